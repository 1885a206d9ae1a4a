"""v2's nouns but VMs: where they are, how they are read and made."""

from __future__ import annotations

import builtins
import contextlib
from collections.abc import Mapping
from typing import Any, ClassVar

from pulumi_hyperone.provider.api.decoding import text
from pulumi_hyperone.provider.api.http.calls import Call, segment
from pulumi_hyperone.provider.api.nouns import account, networking, storage
from pulumi_hyperone.provider.api.nouns.storage import NO_ACCESS_RIGHTS
from pulumi_hyperone.provider.api.records import Disk, Image, Ip, Netadp, Network, Project, Service, SshKey
from pulumi_hyperone.provider.api.specs import ImageSpec
from pulumi_hyperone.provider.api.v2 import bodies
from pulumi_hyperone.provider.api.v2.places import project_id, uri
from pulumi_hyperone.provider.api.v2.replies import replies
from pulumi_hyperone.provider.api.v2.spelling import Shared, Spelled, Tagged
from pulumi_hyperone.provider.foundation.errors import Refused

KINDS = {"vm": "compute/vm", "disk": "storage/disk", "image": "storage/image"}
"""What services are for, as v2 names it; it has none for adapters (v2 facts 5.1)."""


class Disks(Tagged[Disk], storage.Disks):
    """Disks (v2 facts 3.2)."""

    namespace: ClassVar[str] = "storage"
    _decode = staticmethod(replies.disk)
    _body = staticmethod(bodies.disk)

    def detachment(self, disk: str, operation: str, wait: float) -> Call:
        """The call that unplugs a disk from whatever VM it is in; the cloud may hold the reply for `wait` seconds."""
        return self._call("POST", disk, "/actions/detach", operation=operation, wait=wait)


class Images(Shared[Image], Tagged[Image], storage.Images):
    """Images (v2 facts 3.3)."""

    namespace: ClassVar[str] = "storage"
    _decode = staticmethod(replies.image)

    def _body(self, spec: ImageSpec) -> dict[str, Any]:
        return bodies.image(spec, uri(self._transport, "compute", "vm", spec.vm))

    def grant(self, image: str, identity: str, **_wait: object) -> None:
        """Refused: v2 has no access rights (v2 facts 3.3)."""
        raise Refused(f"cannot grant {identity} access to image {image}: {NO_ACCESS_RIGHTS}")

    def revoke(self, image: str, identity: str, **_wait: object) -> None:
        """Refused: v2 has no access rights (v2 facts 3.3)."""
        raise Refused(f"cannot revoke {identity}'s access to image {image}: {NO_ACCESS_RIGHTS}")


class Ips(Tagged[Ip], networking.Ips):
    """Addresses (v2 facts 3.4)."""

    namespace: ClassVar[str] = "networking"
    _decode = staticmethod(replies.ip)

    def list(self, name: str | None = None, tags: Mapping[str, str] | None = None) -> builtins.list[Ip]:
        """As for all nouns; the name, which v2 has no filter for, is looked for here."""
        return [item for item in self._search({}, tags or {}) if name is None or item.name == name]

    def of_netadp(self, netadp: str) -> builtins.list[Ip]:
        """The addresses of an adapter (id)."""
        found = self._search({"associated.netadp": netadp}, {})
        return [ip for ip in found if not ip.associated_netadp or ip.associated_netadp == netadp]

    def reference(self, reference: str, network: str = "") -> str:
        """An address as bodies hold it: the path of an id, or of the dotted address or name of one that exists.

        With `network` (id) only those in it count, as another network may have the same address.
        """
        named = [] if "/" in reference else self._named(reference)
        known = [ip for ip in named if not network or ip.network == network]
        return uri(self._transport, self.namespace, self.noun, known[0].id if known else reference)

    def _named(self, name: str) -> builtins.list[Ip]:
        return [ip for ip in self._search({}, {}) if name in (ip.id, ip.address, ip.name)]


class Netadps(Spelled[Netadp], networking.Netadps):
    """Adapters (v2 facts 3.4)."""

    namespace: ClassVar[str] = "networking"
    _decode = staticmethod(replies.netadp)

    def of_vm(self, vm: str) -> builtins.list[Netadp]:
        """The adapters of a VM (id), without their addresses."""
        return [found for found in self._search({"assigned.id": vm}, {}) if found.assigned_id == vm]


class Networks(Shared[Network], networking.Networks):
    """Networks (v2 facts 3.4); the public one is the platform's."""

    namespace: ClassVar[str] = "networking"
    _decode = staticmethod(replies.network)


class Services(Spelled[Service], account.Services):
    """The price list (v2 facts 3.5)."""

    namespace: ClassVar[str] = "billing"

    def _place(self) -> str:
        return f"/billing/project/{project_id(self._transport)}/service"

    _decode = staticmethod(replies.service)

    def types(self, resource: str) -> builtins.list[Service]:
        """The types of `resource`; the reply is filtered once more. Empty for adapters, which have no types in v2."""
        if resource not in KINDS:
            return []
        return [found for found in self._search({"kind": KINDS[resource]}, {}) if found.resource == resource]


class Projects(Spelled[Project], account.Projects):
    """Projects and their keys (v2 facts 3.5)."""

    namespace: ClassVar[str] = "iam"

    def _place(self) -> str:
        return "/iam/project"

    _decode = staticmethod(replies.project)
    _ssh_key = staticmethod(replies.ssh_key)

    def user_ssh_keys(self) -> builtins.list[SshKey]:
        """SSH keys of the token's user; service accounts have none and are refused."""
        import jwt  # noqa: PLC0415 - loads cryptography, which few builds have a use for here

        operation, path = "list your ssh keys", ""
        with contextlib.suppress(jwt.InvalidTokenError):
            claims = jwt.decode(self._transport.credentials.token, options={"verify_signature": False})
            path = text(claims.get("sub"))  # the account, /iam/project/P/sa/S or /iam/user/U (v2 facts 2.2)
        if not path.startswith("/iam/user/"):
            raise Refused(f"cannot {operation}: the token is not a user's")
        user = segment(path.removeprefix("/iam/user/"), "user")
        call = Call(
            method="GET",
            path=f"/iam/user/{user}/credential",
            kind="GET /user/{id}/credential",
            operation=operation,
        )
        return self._read(call, self._keys)
