"""What the API is asked about the options of a stack's images before anything is created; reads alone."""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from pulumi_hyperone.provider.api.cloud import Cloud
from pulumi_hyperone.provider.api.nouns.storage import NO_ACCESS_RIGHTS
from pulumi_hyperone.provider.api.records import Image
from pulumi_hyperone.provider.checks.addresses import AddressQuestions, found_or_none, unknown
from pulumi_hyperone.provider.checks.source_filter import find_source
from pulumi_hyperone.provider.foundation.errors import NotFound, Refused
from pulumi_hyperone.provider.foundation.faults import Fault, shown
from pulumi_hyperone.provider.foundation.known import is_known
from pulumi_hyperone.provider.foundation.outside_text import decode_json, one_line

_SERVICE = " service"
ADAPTER_TYPE = "public_netadp_service"
PUBLIC = "public"
RAW_KEY_PREFIXES = ("ssh-", "ecdsa-", "sk-")


class Questions:
    """The API's answers, each asked once per check however many images need it.

    `find_image` gets an image by id or name. `stack` is the running stack (`project/stack`): what its own builders hold
    does not count as taken. `asked` says what to ask about an option (`provider.foundation.option.Asked`).
    """

    def __init__(self, client: Cloud, find_image: Callable[[str], Image], stack: str, asked: Mapping[str, str]) -> None:
        self._client, self._get_image = client, find_image
        self._asked = asked
        self._stack = stack
        self._answers: dict[tuple[Any, ...], Any] = {}
        self._addresses = AddressQuestions(client, self._once, stack)

    def faults(self, images: Mapping[str, Mapping[str, Any]]) -> list[Fault]:
        """What the cloud does not know, or will not do, of all images' options."""
        known = {key: asked_about(options) for key, options in images.items()}
        found = [fault for key, options in known.items() for fault in self._image(f"images.{key}", options)]
        return found + self._addresses.shared(known)

    def warnings(self, images: Mapping[str, Mapping[str, Any]]) -> list[str]:
        """Options that have no effect in this generation of the API."""
        if self._client.credentials.api_version != "v2":
            return []
        typed = (key for key, options in images.items() if asked_about(options).get(ADAPTER_TYPE, PUBLIC) != PUBLIC)
        return [f"images.{key}.{ADAPTER_TYPE} has no effect: adapters of v2 have no types" for key in typed]

    def _image(self, path: str, options: Mapping[str, Any]) -> list[Fault]:
        found: list[Fault | None] = []
        options = self._with_source(path, options, found)
        for name, value in options.items():
            place, asked = f"{path}.{name}", self._asked.get(name, "")
            if asked.endswith(_SERVICE):
                found.append(self._service(place, value, asked.removesuffix(_SERVICE)))
            elif asked == "image":
                found.append(self._image_exists(place, value))
            elif asked == "access rights" and self._client.credentials.api_version == "v2":
                found.append(Fault(place, f"cannot be set: {NO_ACCESS_RIGHTS}"))
            elif asked == "ssh key":
                found += [self._key(f"{place}[{index}]", str(key)) for index, key in enumerate(value)]
        if "source_image" in options:
            found.append(self._large_enough(f"{path}.disk_size", options.get("disk_size"), options["source_image"]))
        if options.get("chroot_disk") and "source_image" in options:
            found.append(self._second_disk(f"{path}.chroot_disk", options["source_image"]))
        return [fault for fault in found if fault] + self._addresses.faults(path, options)

    def _with_source(self, path: str, options: Mapping[str, Any], found: list[Fault | None]) -> Mapping[str, Any]:
        """The options with the source image that a filter finds; without one, and a fault more, when it does not."""
        wanted = options.get("source_image_filter")
        if not wanted:
            return options
        try:
            image = find_source(self._client, wanted, stack=self._stack, image_key=path.partition(".")[2])
        except Refused as error:
            found.append(Fault(f"{path}.source_image_filter", str(error)))
            return options
        self._answers["image", image.id] = image
        return {**options, "source_image": image.id}

    def _once(self, key: tuple[Any, ...], ask: Callable[[], Any]) -> Any:
        if key not in self._answers:
            self._answers[key] = ask()
        return self._answers[key]

    def _find_image(self, name: str) -> Image | None:
        found: Image | None = self._once(("image", name), lambda: found_or_none(self._get_image, name))
        return found

    def _second_disk(self, path: str, name: str) -> Fault | None:
        """A cloud whose machines from an image have one disk says so, and why, in the image's description."""
        image = self._find_image(name)
        reason = why_one_disk(image.description) if image else ""
        if not reason:
            return None
        return Fault(path, f"needs a second disk, and machines from image {shown(name)} have one: {one_line(reason)}")

    def _image_exists(self, path: str, name: str) -> Fault | None:
        image = self._find_image(name)
        if image is None:
            v2 = self._client.credentials.api_version == "v2"
            hint = " (v2 lists no recommended images, so their aliases are unknown)" if v2 else ""
            return Fault(path, f"{unknown('image', name)}{hint}")
        if image.state not in ("Online", ""):
            return Fault(path, f"image {shown(name)} ({image.id}) is {image.state}, not Online")
        return None

    def _large_enough(self, path: str, size: float | None, name: str) -> Fault | None:
        """The system disk is made from the source image; a chroot disk is not."""
        image = self._find_image(name)
        if image is None or size is None or size >= image.system_disk:
            return None
        return Fault(path, f"{size:g} GiB is less than the {image.system_disk:g} GiB of source image {shown(name)}")

    def _service(self, path: str, name: str, resource: str) -> Fault | None:
        services = self._once(("services", resource), lambda: self._client.services.types(resource))
        # A cloud that lists nothing of a kind does not tell which services that kind has.
        if not services or any(name in (service.id, service.name) for service in services):
            return None
        noun = "network adapter" if resource == "netadp" else resource
        known = ", ".join(sorted({service.name for service in services}))
        return Fault(path, f"HyperOne has no {noun} type {shown(name)}; it has {known}")

    def _key(self, path: str, key: str) -> Fault | None:
        if key.strip().startswith(RAW_KEY_PREFIXES):
            return None if is_public_key(key) else Fault(path, "is not a complete public key; copy the whole line")
        if self._once(("ssh_key", key), lambda: self._has_key(key)):
            return None
        return Fault(
            path, f"HyperOne has no SSH key {shown(key)} in this project; give an id, a name or a raw public key"
        )

    def _has_key(self, key: str) -> bool:
        """Whether a project of the token, or its user, has the key. Service tokens need not say which project it is."""
        projects: list[str | None] = [self._client.credentials.project]
        with contextlib.suppress(NotFound, Refused):
            projects += [project.id for project in self._once(("projects",), self._client.projects.list)]
        return any(self._client.projects.find_ssh_key(key, project) for project in dict.fromkeys(projects))


def why_one_disk(description: str) -> str:
    """Why machines from a catalog image have one disk, as `one_disk` of its description (JSON) says; else empty."""
    try:
        facts = decode_json(description)
    except ValueError:
        return ""
    return str(facts.get("one_disk", "")) if isinstance(facts, dict) else ""


def asked_about(options: Any) -> dict[str, Any]:
    """The options that are known and count: without its own type a chroot disk has that of the system disk.

    In a preview one value, or all of them, may stand for something that is still to be made.
    """
    if not isinstance(options, Mapping):
        return {}
    known = {name: value for name, value in options.items() if value and is_known(value)}
    if not known.get("chroot_disk") or known.get("chroot_disk_type") == known.get("disk_type"):
        known.pop("chroot_disk_type", None)
    return known


def is_public_key(line: str) -> bool:
    """Whether an OpenSSH public key line holds a whole key of the kind that it names (RFC 4253, section 6.6)."""
    kind, *rest = line.split()
    try:
        blob = base64.b64decode(rest[0] if rest else "", validate=True)
    except (binascii.Error, ValueError):
        return False
    parts = []
    while blob:
        end = 4 + int.from_bytes(blob[:4], "big")
        if end > len(blob):
            return False
        parts.append(blob[4:end])
        blob = blob[end:]
    return len(parts) > 1 and parts[0] == kind.encode()
