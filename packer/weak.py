"""Warnings about values that Packer's loose typing reads in a way that may surprise."""

from __future__ import annotations

import re
from typing import Any

from pulumi_hyperone.packer.options import COMMAND_LISTS, DURATIONS, LISTS
from pulumi_hyperone.packer.result import Findings, Place

_DURATION = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)")


def warn(name: str, path: str, value: Any, place: Place, findings: Findings, *, secret: bool) -> None:
    """Note a warning where a value is split at commas, is a bare number of nanoseconds, or is no duration at all."""
    displayed = "" if secret else value
    if name in COMMAND_LISTS and isinstance(value, str) and "," in value:
        note = f"one text: it is split at its commas into {value.count(',') + 1} commands, as in Packer; write a list"
        findings.row("warning", path, displayed, place, note)
    if name in DURATIONS:
        _duration(path, value, place, findings)
    if name == "chroot_mounts" and isinstance(value, list) and not value:
        findings.row("warning", path, value, place, "an empty list means the five default mounts, as in Packer")


def _duration(path: str, value: Any, place: Place, findings: Findings) -> None:
    if isinstance(value, bool) or value in (0, "0", "", None):
        return
    if isinstance(value, int | float):
        note = 'a bare number is a number of nanoseconds, as in Packer; write a text such as "5m"'
        findings.row("warning", path, value, place, note)
    elif isinstance(value, str) and "{{" not in value and _DURATION.sub("", value.lstrip("+-")):
        findings.fault(place, f'{path} is no duration: it takes numbers with units, such as "90s", "5m" or "1h30m"')


def read_note(name: str, value: Any) -> str:
    """Say how a value is understood that is not written as what it is."""
    if name in LISTS and isinstance(value, str):
        parts = value.split(",") if value else []
        return "an empty list, which is not the default" if not parts else f"a list of {len(parts)}, split at commas"
    if name == "image_description":
        return "byte for byte"
    return ""
