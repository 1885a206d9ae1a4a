"""From v2's replies to records; references are paths, ids or names, of which the last segment counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_hyperone.provider.api import decoding
from pulumi_hyperone.provider.api.decoding import Json, items, number, text
from pulumi_hyperone.provider.api.records import Event, Image, Netadp, Plug, Service, Vm
from pulumi_hyperone.provider.api.replies import Replies
from pulumi_hyperone.provider.api.v2.places import last_segment

WORKING = "Processing"
"""The state of an object that the cloud works on before it exists (v2 facts 6)."""


class _Replies(Replies):
    def reference(self, value: object) -> str:
        return last_segment(decoding.reference(value))

    def shared(self, raw: Json) -> dict[str, Any]:
        """The fields of every object (v2 facts 1.4, 1.7)."""
        state = text(raw.get("state"))
        tags = [tag for tag in items(raw.get("tag")) if isinstance(tag, Mapping)]
        return {
            "id": text(raw.get("id")),
            "name": text(raw.get("name")),
            "state": state,
            "processing": state == WORKING,
            "created_on": text(raw.get("createdOn")),
            "tags": {text(tag.get("key")): text(tag.get("value")) for tag in tags},
        }

    def event(self, raw: Json) -> Event:
        """An entry of an object's history (v2 facts 1.2), which has no stages."""
        name, state, at = (text(raw.get(key)) for key in ("name", "state", "createdOn"))
        return Event(id=text(raw.get("id")), name=name, state=state, at=at)

    def vm(self, raw: Json) -> Vm:
        """A VM (v2 facts 3.1); what it was started from is not told."""
        return Vm(**self.shared(raw))

    def plug(self, raw: Json) -> Plug:
        """A disk of a VM; on which controller it is, is not told (v2 facts 3.1)."""
        return Plug(disk_id=text(raw.get("id")), disk_name=text(raw.get("name")))

    def image(self, raw: Json) -> Image:
        """An image (v2 facts 3.3); with whom it is shared is not told."""
        size = number(raw.get("size")) or 0
        return Image(**self.shared(raw), description=text(raw.get("description")), size=size)

    def netadp(self, raw: Json) -> Netadp:
        """An adapter without its addresses, which are listed by themselves (v2 facts 3.4)."""
        return Netadp(**self.shared(raw), assigned_id=self.reference(raw.get("assigned")))

    def service(self, raw: Json) -> Service:
        """An entry of the price list (v2 facts 3.5); `resource` is a noun with its namespace: compute/vm."""
        return Service(**self.shared(raw), resource=text(raw.get("resource")).rpartition("/")[2])


replies = _Replies()
