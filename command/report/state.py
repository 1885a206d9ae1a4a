"""A stack's images, read from its state as `pulumi stack export` prints it."""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi_hyperone.provider.foundation.component_type import COMPONENT
from pulumi_hyperone.provider.foundation.errors import SettingsError
from pulumi_hyperone.provider.process.log_path import log_name, logs_folder

TIMEOUT = 120.0
"""Seconds for the engine to print a state."""


@dataclass(frozen=True)
class Built:
    """One image of a stack: its outputs, and all properties of each resource that built it by its kind (`Build`)."""

    name: str
    outputs: Mapping[str, Any]
    steps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def text(self, kind: str, key: str) -> str:
        """A text among the properties of a resource; empty where there is none, or a secret."""
        value = self.steps.get(kind, {}).get(key)
        return value if isinstance(value, str) else ""

    @property
    def image_id(self) -> str:
        """The image's id; empty while there is none."""
        return self.text("Image", "id") or self.text("ExistingImage", "id")

    @property
    def log_file(self) -> str:
        """The log of its build, also of one that failed, which leaves no provisioning; empty without a build."""
        facts = (self.text("Build", key) for key in ("id", "image_key", "stack"))
        known = self.text("Provisioning", "log_file")
        return known or (str(logs_folder() / log_name(*facts)) if "Build" in self.steps else "")

    @property
    def base(self) -> str:
        """The image of the same stack that it starts from; empty without one."""
        return self.text("Build", "depends_on_image")

    @property
    def phases(self) -> Mapping[str, Mapping[str, Any]]:
        """For each phase `started_at`, `seconds` and `api_calls`."""
        phases = self.outputs.get("phases")
        found = phases if isinstance(phases, Mapping) else {}
        return {name: times for name, times in found.items() if isinstance(times, Mapping)}


def exported(stack: str) -> str:
    """Return the state of a stack. Raises SettingsError: no engine, no such stack."""
    command = ["pulumi", "stack", "export", "--stack", stack, "--non-interactive"]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
    except FileNotFoundError:
        raise SettingsError(
            "there is no `pulumi` on PATH to ask for the state; --state names an export of it"
        ) from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SettingsError(f"cannot read the state of the stack {stack}: {error}") from None
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["pulumi said nothing"]
        raise SettingsError(f"cannot read the state of the stack {stack}: {said[-1].removeprefix('error: ')}")
    return done.stdout


def images(text: str) -> list[Built]:
    """Return the images in an exported state, each after the one it starts from. Raises SettingsError."""
    try:
        resources = (json.loads(text).get("deployment") or {}).get("resources") or []
        found = list(_images([one for one in resources if isinstance(one, dict)]))
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError):
        raise SettingsError("this is not a state as `pulumi stack export` prints it") from None
    return _ordered({one.name: one for one in found})


def read(file: Path) -> str:
    """Return what a file holds. Raises SettingsError."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise SettingsError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _images(resources: list[dict[str, Any]]) -> Iterator[Built]:
    steps: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    phases: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for one in resources:
        if not one.get("delete"):  # what a replacement has left to remove
            kind, parent = str(one.get("type")).rpartition(":")[2], str(one.get("parent"))
            known = {**(one.get("inputs") or {}), **(one.get("outputs") or {})}  # the state holds nothing twice
            steps[parent][kind] = {**known, "id": str(one.get("id") or "")}
            if "started_at" in known:
                phases[parent][_phase(str(one["urn"]), parent)] = known
    for one in resources:
        if one.get("type") == COMPONENT:
            urn = str(one["urn"])
            yield Built(urn.rpartition("::")[2], {**(one.get("outputs") or {}), "phases": phases[urn]}, steps[urn])


def _phase(urn: str, component: str) -> str:
    """`chroot disk` of the resource `web-chroot-disk` of the image `web`."""
    image, name = (one.rpartition("::")[2] for one in (component, urn))
    return name.removeprefix(f"{image}-").replace("-", " ")


def _ordered(found: Mapping[str, Built]) -> list[Built]:
    ordered: dict[str, Built] = {}

    def add(name: str, below: tuple[str, ...]) -> None:
        if name in found and name not in ordered and name not in below:
            add(found[name].base, (*below, name))
            ordered[name] = found[name]

    for name in found:
        add(name, ())
    return list(ordered.values())
