"""v1's nouns but VMs: where they are, how they are read and made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from pulumi_hyperone.provider.api.decoding import Json
from pulumi_hyperone.provider.api.http.calls import Call, Reply, segment
from pulumi_hyperone.provider.api.http.retries import change
from pulumi_hyperone.provider.api.http.waiting import OnWait, Wait
from pulumi_hyperone.provider.api.nouns import account, networking, storage
from pulumi_hyperone.provider.api.records import Disk, Image, Ip, Netadp, Network, Project, Service, SshKey
from pulumi_hyperone.provider.api.specs import DiskSpec, ImageSpec
from pulumi_hyperone.provider.api.v1 import bodies, replies
from pulumi_hyperone.provider.api.v1.spelling import Spelled, Tagged
from pulumi_hyperone.provider.foundation.deadline import Deadline


class Disks(Tagged[Disk], storage.Disks):
    """Disks (API facts 2.2)."""

    path: ClassVar[str] = "/disk"

    def _decode(self, raw: Json) -> Disk:
        return replies.disk(raw)

    def _body(self, spec: DiskSpec) -> dict[str, Any]:
        return bodies.disk(spec)


class Images(Tagged[Image], storage.Images):
    """Images (API facts 2.3)."""

    path: ClassVar[str] = "/image"

    def _decode(self, raw: Json) -> Image:
        return replies.image(raw)

    def _body(self, spec: ImageSpec) -> dict[str, Any]:
        return bodies.image(spec)

    def grant(
        self, image: str, identity: str, *, deadline: Deadline | float | None = None, on_wait: OnWait | None = None
    ) -> None:
        """Let a project, or everybody, use an image (API facts 1.5)."""
        what = f"image {image} to be shared with {identity}"
        operation, body = f"grant {identity} access to image {image}", {"identity": identity}

        def call(held: float) -> Call:
            return self._call("POST", image, "/accessrights", operation=operation, body=body, wait=held)

        self._share(image, call, lambda seen: identity in seen.access_rights, self._wait(what, deadline, on_wait))

    def revoke(
        self, image: str, identity: str, *, deadline: Deadline | float | None = None, on_wait: OnWait | None = None
    ) -> None:
        """Take back what `grant` gave."""
        what = f"image {image} to be taken back from {identity}"
        operation = f"revoke {identity}'s access to image {image}"
        place, kind = f"/accessrights/{segment(identity, 'access right')}", "/accessrights/{identity}"

        def call(held: float) -> Call:
            return self._call("DELETE", image, place, operation=operation, kind=kind, wait=held)

        self._share(image, call, lambda seen: identity not in seen.access_rights, self._wait(what, deadline, on_wait))

    def _share(self, image: str, call: Callable[[float], Call], done: Callable[[Image], bool], wait: Wait) -> None:
        """Send a change of access rights, which the cloud may only have queued, and wait until it is there."""

        def is_done() -> bool:
            return done(self._look(image, wait))

        if self._carry_out(lambda: change(self._transport, call(self._held(wait.deadline))), is_done, wait) is None:
            return
        while not is_done():
            wait.pause("not done")


class Ips(Tagged[Ip], networking.Ips):
    """Addresses (API facts 2.4)."""

    path: ClassVar[str] = "/ip"

    def _decode(self, raw: Json) -> Ip:
        return replies.ip(raw)


class Netadps(Spelled[Netadp], networking.Netadps):
    """Adapters (API facts 2.4)."""

    path: ClassVar[str] = "/netadp"

    def _decode(self, raw: Json) -> Netadp:
        return replies.netadp(raw)


class Networks(Spelled[Network], networking.Networks):
    """Networks (API facts 2.4)."""

    path: ClassVar[str] = "/network"

    def _decode(self, raw: Json) -> Network:
        return replies.network(raw)


class Services(Spelled[Service], account.Services):
    """The price list (API facts 2.5)."""

    path: ClassVar[str] = "/service"

    def _decode(self, raw: Json) -> Service:
        return replies.service(raw)

    def types(self, resource: str) -> list[Service]:
        """The types of `resource`; the reply is filtered once more."""
        return [found for found in self._search({"resource": resource}, {}) if found.resource == resource]


class Projects(Spelled[Project], account.Projects):
    """Projects (API facts 2.5); asked without `x-project`."""

    path: ClassVar[str] = "/project"
    scoped: ClassVar[bool] = False

    def _decode(self, raw: Json) -> Project:
        return replies.project(raw)

    def ssh_keys(self, project: str) -> list[SshKey]:
        """SSH keys in a project's credential store."""
        call = self._call("GET", project, "/credentialStore", operation=f"list the ssh keys of project {project}")
        return self._read(call, _keys)

    def user_ssh_keys(self) -> list[SshKey]:
        """SSH keys of the token's user; service-account tokens have no user and are refused."""
        path = "/user/me/credential/certificate"
        call = Call(method="GET", path=path, kind=f"GET {path}", operation="list your ssh keys", scoped=False)
        return self._read(call, _keys)


def _keys(reply: Reply) -> list[SshKey]:
    return [replies.ssh_key(raw) for raw in reply.mappings()]
