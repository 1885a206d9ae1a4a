"""The command lines of a chroot build: pure text, no machine."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from pulumi_hyperone.provider.chroot.options import ChrootSteps
from pulumi_hyperone.provider.foundation.errors import SettingsError
from pulumi_hyperone.provider.foundation.fields import FIELD


def rendered(template: str, values: Mapping[str, str], option: str) -> str:
    """Fill the `{{.Name}}` fields of `template`; raises SettingsError for a field that `option` does not have."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            known = ", ".join(f"{{{{.{name}}}}}" for name in values)
            raise SettingsError(f"{option}: unknown field {match[0]}; it knows {known}")
        return values[match[1]]

    return FIELD.sub(value, template)


def mount_commands(steps: ChrootSteps, device: str) -> list[str]:
    """Make the mount point and mount the partition on it; each option gets a `-o` of its own.

    The partition is the disk's device and mount_partition (`1`, `p3`) put together.
    """
    path = shlex.quote(steps.mount_path)
    options = "".join(f"-o {shlex.quote(option)} " for option in steps.mount_options)
    return [f"mkdir -m 755 -p {path}", f"mount {options}{shlex.quote(device + steps.mount_partition)} {path}"]


def extra_mount_commands(steps: ChrootSteps) -> list[str]:
    """For each entry of chroot_mounts: make its folder inside, mount it there (type `bind` binds)."""
    commands = []
    for kind, source, inner in steps.mounts:
        path = shlex.quote(inside(steps, inner))
        how = "--bind" if kind == "bind" else f"-t {shlex.quote(kind)}"
        commands += [f"mkdir -m 755 -p {path}", f"mount {how} {shlex.quote(source)} {path}"]
    return commands


def copy_commands(steps: ChrootSteps) -> list[str]:
    """Copy each of chroot_copy_files to its own place inside, replacing what is there (a dangling link, say)."""
    return [
        f"cp --remove-destination {shlex.quote(file)} {shlex.quote(inside(steps, file))}" for file in steps.copy_files
    ]


def inside(steps: ChrootSteps, path: str) -> str:
    """Where `path` of the new root is on the machine."""
    return f"{steps.mount_path}/{path.lstrip('/')}"
