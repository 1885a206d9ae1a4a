"""v1's nouns but VMs: where they are, how they are read and made."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Unpack

from pulumi_hyperone.provider.api.http.calls import Call, Reply, segment
from pulumi_hyperone.provider.api.http.waiting import Wait, Waiting
from pulumi_hyperone.provider.api.nouns import account, networking, storage
from pulumi_hyperone.provider.api.records import Disk, Image, Ip, Netadp, Network, Project, Service, SshKey
from pulumi_hyperone.provider.api.v1 import bodies
from pulumi_hyperone.provider.api.v1.replies import replies
from pulumi_hyperone.provider.api.v1.spelling import Spelled, Tagged


class Disks(Tagged[Disk], storage.Disks):
    """Disks (API facts 2.2)."""

    _decode = staticmethod(replies.disk)
    _body = staticmethod(bodies.disk)


class Images(Tagged[Image], storage.Images):
    """Images (API facts 2.3)."""

    _decode = staticmethod(replies.image)
    _body = staticmethod(bodies.image)

    def grant(self, image: str, identity: str, **how: Unpack[Waiting]) -> None:
        """Let a project, or everybody, use an image (API facts 1.5)."""
        wait = self._wait(f"image {image} to be shared with {identity}", how)
        operation, body = f"grant {identity} access to image {image}", {"identity": identity}

        def send(held: float) -> Reply:
            return self._change("POST", image, "/accessrights", operation=operation, body=body, wait=held)

        self._share(image, send, lambda seen: identity in seen.access_rights, wait)

    def revoke(self, image: str, identity: str, **how: Unpack[Waiting]) -> None:
        """Take back what `grant` gave."""
        wait = self._wait(f"image {image} to be no longer shared with {identity}", how)
        operation = f"revoke {identity}'s access to image {image}"
        place, kind = f"/accessrights/{segment(identity, 'access right')}", "/accessrights/{identity}"

        def send(held: float) -> Reply:
            return self._change("DELETE", image, place, operation=operation, kind=kind, wait=held)

        self._share(image, send, lambda seen: identity not in seen.access_rights, wait)

    def _share(self, image: str, send: Callable[[float], Reply], done: Callable[[Image], bool], wait: Wait) -> None:
        """Send a change of access rights, which the cloud may only have queued, and wait until it is there."""

        def is_done() -> bool:
            return done(self._look(image, wait))

        if self._carry_out(lambda: send(self._held(wait.deadline)), is_done, wait) is None:
            return
        while not is_done():
            wait.pause("not done")


class Ips(Tagged[Ip], networking.Ips):
    """Addresses (API facts 2.4)."""

    _decode = staticmethod(replies.ip)


class Netadps(Spelled[Netadp], networking.Netadps):
    """Adapters (API facts 2.4)."""

    _decode = staticmethod(replies.netadp)


class Networks(Spelled[Network], networking.Networks):
    """Networks (API facts 2.4)."""

    _decode = staticmethod(replies.network)


class Services(Spelled[Service], account.Services):
    """The price list (API facts 2.5)."""

    _decode = staticmethod(replies.service)

    def types(self, resource: str) -> list[Service]:
        """The types of `resource`; the reply is filtered once more."""
        return [found for found in self._search({"resource": resource}, {}) if found.resource == resource]


class Projects(Spelled[Project], account.Projects):
    """Projects (API facts 2.5); asked without `x-project`."""

    scoped: ClassVar[bool] = False

    _decode = staticmethod(replies.project)
    _ssh_key = staticmethod(replies.ssh_key)

    def user_ssh_keys(self) -> list[SshKey]:
        """SSH keys of the token's user; service-account tokens have no user and are refused."""
        path = "/user/me/credential/certificate"
        call = Call(method="GET", path=path, kind=f"GET {path}", operation="list your ssh keys", scoped=False)
        return self._read(call, self._keys)
