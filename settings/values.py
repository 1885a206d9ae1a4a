"""Rules about single values that only show once templates are filled: names, paths, addresses, keys."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from pulumi_hyperone.provider.foundation.api_address import is_host
from pulumi_hyperone.provider.foundation.faults import Fault, below, shown
from pulumi_hyperone.provider.foundation.option import those
from pulumi_hyperone.settings.image_settings import FACTS
from pulumi_hyperone.settings.rendered import RenderedSettings

MAX_NAME = 255
"""Longest name in characters. HyperOne documents none (API facts 5, no. 23); no known cloud takes longer ones."""
_USER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}")
"""Names that Linux systems take for users, upper case included."""

_PROJECT = re.compile(r"[A-Za-z0-9_-]{1,64}")
EVERYBODY = "*"
"""The access right of all projects."""

_Found = Iterator[tuple[str, str]]


def value_faults(settings: RenderedSettings, path: str) -> list[Fault]:
    """Find values that cannot work, each with its place below `path`."""
    kinds = (_texts, _logins, _addresses, _keys, _tags, _rights, _commands, _chroot)
    return [Fault(below(path, place), message) for find in kinds for place, message in find(settings)]


def _texts(settings: RenderedSettings) -> _Found:
    for option in those(FACTS, lambda fact: fact.text in ("line", "name")):
        text = getattr(settings, option)
        if not isinstance(text, str):
            continue
        if not text.strip():
            yield option, "must not be blank"
        elif _has_control(text):
            yield option, f"must be one line without control characters, not {shown(text)}"
        elif FACTS[option].text == "name" and len(text) > MAX_NAME:
            yield option, f"must have at most {MAX_NAME} characters, not {len(text)}"


def _logins(settings: RenderedSettings) -> _Found:
    for option in those(FACTS, lambda fact: fact.text in ("host", "user")):
        text = getattr(settings, option)
        if FACTS[option].text == "host" and text and not is_host(text):
            yield option, f"must be a host name or an IP address, not {shown(text)}"
        elif FACTS[option].text == "user" and text and not _USER.fullmatch(text):
            yield option, f"must be a user name of up to 32 letters, digits, . _ and -, not {shown(text)}"


def _addresses(settings: RenderedSettings) -> _Found:
    for option in ("private_ip", "public_ip"):
        text = getattr(settings, option) or ""
        if not re.fullmatch(r"[\d.]+|[0-9a-fA-F]*:[0-9a-fA-F:.]*", text):
            continue
        try:
            ipaddress.ip_address(text)
        except ValueError:
            yield option, f"must be an IP address, or the id or name of one, not {shown(text)}"


def _keys(settings: RenderedSettings) -> _Found:
    for index, key in enumerate(settings.ssh_keys):
        if not key.strip():
            yield f"ssh_keys[{index}]", "must not be blank"
        elif "-----BEGIN" in key:
            yield f"ssh_keys[{index}]", "must be a public key (or its id or name), not a private one"
        elif _has_control(key.strip()):
            yield f"ssh_keys[{index}]", "must be one line: one public key, or its id or name"


def _tags(settings: RenderedSettings) -> _Found:
    for option, tags in (("image_tags", settings.image_tags), ("vm_tags", settings.vm_tags)):
        for name in tags:
            if not name.strip() or _has_control(name):
                yield option, f"must have names of one line that are not blank, not {shown(name)}"


def _rights(settings: RenderedSettings) -> _Found:
    for place, right in _entries("image_access_rights", settings.image_access_rights):
        if right != EVERYBODY and not _PROJECT.fullmatch(right):
            yield place, f"must be the id of a project, or * for everybody, not {shown(right)}"


def _commands(settings: RenderedSettings) -> _Found:
    for option in ("pre_mount_commands", "post_mount_commands", "verify"):
        for place, entry in _entries(option, getattr(settings, option)):
            if not entry.strip() or "\0" in entry:
                yield place, "must be a command, not blank"


def _chroot(settings: RenderedSettings) -> _Found:
    if not settings.chroot_disk:
        return
    for option in ("chroot_mount_path", "chroot_device"):
        text = getattr(settings, option)
        if text and text.strip() and not _is_place(text):
            yield option, f"must be an absolute path other than /, not {shown(text)}"
    partition = settings.mount_partition
    if not re.fullmatch(r"[A-Za-z0-9_.-]+", partition):
        yield "mount_partition", f"must be what follows the device's name, such as 1 or p3, not {shown(partition)}"
    if "{{.Command}}" not in settings.chroot_command_wrapper:
        yield "chroot_command_wrapper", "must contain {{.Command}}, else no command would run"
    yield from _chroot_lists(settings)


def _chroot_lists(settings: RenderedSettings) -> _Found:
    for place, entry in _entries("mount_options", settings.mount_options):
        if not entry.strip() or _has_control(entry):
            yield place, f"must be an option of mount, such as noatime, not {shown(entry)}"
    for index, (kind, source, place) in enumerate(settings.mounts):
        if not kind.strip() or not source.strip() or not _is_place(place):
            yield f"chroot_mounts[{index}]", "must be a type, a source, and an absolute path in the chroot other than /"
    for place, entry in _entries("chroot_copy_files", settings.chroot_copy_files):
        if not _is_place(entry):
            yield place, f"must be the absolute path of a file, not {shown(entry)}"


def _entries(option: str, texts: list[str]) -> _Found:
    return ((f"{option}[{index}]", text) for index, text in enumerate(texts))


def _is_place(text: str) -> bool:
    """Whether a text is an absolute path that stays below the root it is seen from, and is not that root."""
    parts = [part for part in text.split("/") if part not in {"", "."}]
    return text.startswith("/") and bool(parts) and ".." not in parts and not _has_control(text)


def _has_control(text: str) -> bool:
    return any(ord(character) < 32 or ord(character) == 127 for character in text)
