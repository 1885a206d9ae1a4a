"""From v1's replies to records, tolerant of the variants that API facts 1.2 and 5 list."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pulumi_hyperone.provider.api import decoding
from pulumi_hyperone.provider.api.decoding import Json, as_mapping, items, number, tags, text
from pulumi_hyperone.provider.api.records import Event, Image, Ip, Netadp, Plug, Service, Vm
from pulumi_hyperone.provider.api.replies import Replies


class _Replies(Replies):
    def reference(self, value: object) -> str:
        return decoding.reference(value)

    def shared(self, raw: Json) -> dict[str, Any]:
        """The fields of every object (API facts 1.2)."""
        return {
            "id": self.reference(raw),
            "name": text(raw.get("name")),
            "state": text(raw.get("state")),
            "processing": raw.get("processing") is True,
            "created": raw.get("created") is not False,
            "created_on": text(raw.get("createdOn")),
            "tags": tags(raw.get("tag")),
            "events": tuple(self.event(entry) for entry in items(raw.get("queue")) if isinstance(entry, Mapping)),
        }

    def event(self, raw: Json) -> Event:
        """An entry of an object's queue (API facts 1.3); `stage` may be a text or an object."""
        stage = raw.get("stage")
        return Event(
            id=self.reference(raw),
            name=text(raw.get("name")),
            state=text(raw.get("state")),
            stage=json.dumps(stage) if isinstance(stage, Mapping) else text(stage),
            at=text(raw.get("queued")),
        )

    def vm(self, raw: Json) -> Vm:
        """A VM (API facts 2.1.1)."""
        return Vm(**self.shared(raw), source_image_id=self.reference(raw.get("sourceImage")))

    def plug(self, raw: Json) -> Plug:
        """An hdd entry (API facts 2.1.2); the disk may be an object or a plain id, the controller number a text."""
        location = number(raw.get("controllerLocation"))
        return Plug(
            disk_id=self.reference(raw.get("disk")),
            disk_name=text(as_mapping(raw.get("disk")).get("name")),
            controller_number=text(raw.get("controllerNumber")),
            controller_location=None if location is None else int(location),
        )

    def image(self, raw: Json) -> Image:
        """An image (API facts 2.3); it is shared when its access rights name another project than its own."""
        disks = [entry for entry in items(raw.get("disks")) if isinstance(entry, Mapping)]
        rights = {text(right) for right in items(raw.get("accessRights"))} - {""}
        return Image(
            **self.shared(raw),
            description=text(raw.get("description")),
            size=sum(number(entry.get("size")) or 0 for entry in disks),
            system_disk=next((number(entry.get("size")) or 0 for entry in disks), 0),
            shared=bool(rights - {self.reference(raw.get("project"))}),
            access_rights=frozenset(rights),
        )

    def netadp(self, raw: Json) -> Netadp:
        """An adapter; its addresses are a list or a single one, each an object or dotted (API facts 5 #13)."""
        found = raw.get("ip")
        ips = tuple(
            self.ip(entry) if isinstance(entry, Mapping) else Ip(id=text(entry), address=text(entry))
            for entry in (found if isinstance(found, list) else [found])
            if entry
        )
        return Netadp(**self.shared(raw), ips=ips, assigned_id=self.reference(raw.get("assigned")))

    def service(self, raw: Json) -> Service:
        """An entry of the price list (API facts 2.5)."""
        return Service(**self.shared(raw), resource=text(raw.get("resource")))


replies = _Replies()
