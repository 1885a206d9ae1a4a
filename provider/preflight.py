"""Preflight: everything that only the API can tell, asked for all images of the stack before anything is created."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, Resource

from provider.base import HyperOneProvider, Props, is_known
from provider.errors import HyperOneError, NotFound
from provider.faults import Fault, report
from provider.session import session

SERVICES = {
    "vm_type": ("vm", "flavour"),
    "disk_type": ("disk", "flavour"),
    "chroot_disk_type": ("disk", "flavour"),
}
RAW_KEY_PREFIXES = ("ssh-", "ecdsa-", "sk-")


class PreflightProvider(HyperOneProvider):
    """Checks only. Its id is the random identity of the stack, which tags everything the stack makes."""

    identities = ()

    def check(self, _olds: Props, news: Props) -> CheckResult:
        """All faults of all images in one report; the text carries the paths, never a property (pulumi-facts)."""
        try:
            faults = self._faults(news.get("images") or {})
        except HyperOneError as error:
            return CheckResult(news, [CheckFailure("", str(error))])
        return CheckResult(news, [CheckFailure("", report(faults))] if faults else [])

    def create(self, props: Props) -> CreateResult:
        """Creates nothing in the cloud."""
        return CreateResult(uuid.uuid4().hex, props)

    def _faults(self, images: Mapping[str, Mapping[str, Any]]) -> list[Fault]:
        session().credentials()
        asked = _Questions(self.client)
        return [fault for key, options in images.items() for fault in asked.faults(f"images.{key}", options)]


class _Questions:
    """The API's answers, each asked once per check however many images need it."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._answers: dict[tuple[Any, ...], Any] = {}

    def _once(self, key: tuple[Any, ...], ask: Callable[[], Any]) -> Any:
        if key not in self._answers:
            self._answers[key] = ask()
        return self._answers[key]

    def faults(self, path: str, options: Mapping[str, Any]) -> list[Fault]:
        """What the cloud does not know of one image's options."""
        known = {name: value for name, value in options.items() if value and is_known(value)}
        found = [self._service(f"{path}.{name}", known[name], name) for name in SERVICES if name in known]
        for name, collection in (("source_image", "images"), ("network", "networks"), ("public_ip", "ips")):
            if name in known:
                found.append(self._object(f"{path}.{name}", known[name], collection))
        for index, key in enumerate(known.get("ssh_keys", [])):
            if not str(key).startswith(RAW_KEY_PREFIXES):
                found.append(self._ssh_key(f"{path}.ssh_keys[{index}]", str(key)))
        return [fault for fault in found if fault]

    def _object(self, path: str, name: str, collection: str) -> Fault | None:
        def ask() -> bool:
            try:
                getattr(self._client, collection).get(name)
            except NotFound:
                return False
            return True

        if self._once((collection, name), ask):
            return None
        noun = {"images": "image", "networks": "network", "ips": "IP address"}[collection]
        return Fault(path, f"HyperOne has no {noun} {name!r} that this project can see; give an existing id or name")

    def _service(self, path: str, name: str, option: str) -> Fault | None:
        resource, type_ = SERVICES[option]
        services = self._once((resource, type_), lambda: self._client.services.list(resource=resource, type=type_))
        names = sorted(service.name for service in services)
        if not names or any(name in (service.id, service.name) for service in services):
            return None
        return Fault(path, f"HyperOne has no {resource} type {name!r}; it has {', '.join(names)}")

    def _ssh_key(self, path: str, name: str) -> Fault | None:
        if self._once(("ssh_key", name), lambda: self._client.projects.find_ssh_key(name)):
            return None
        return Fault(path, f"HyperOne has no SSH key {name!r} in this project; give an id, a name or a raw public key")


class Preflight(Resource, module="hyperone", name="Preflight"):
    """The check of all images of a stack; every Build depends on it."""

    def __init__(
        self, name: str, images: Mapping[str, Mapping[str, Any]], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """`images` maps each image's key to the options that the API can judge."""
        super().__init__(PreflightProvider(), name, {"images": dict(images)}, opts)
