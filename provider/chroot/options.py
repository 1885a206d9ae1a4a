"""What a chroot build needs to know on the machine: the options of API facts 3.1 and 3.3, rendered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

COMMAND_TIMEOUT = 3600.0


@dataclass(frozen=True)
class ChrootSteps:
    """One chroot build, values under Packer's names; `mounts` holds (type, source, path inside) triples.

    `disk_id`, `controller_number` (a GUID, braces and case as the API gives them) and `controller_location` say which
    disk of the machine it is; `device` (chroot_device) overrides them. `timeout` bounds each command, in seconds.
    """

    mount_path: str
    pre_mount_commands: tuple[str, ...]
    post_mount_commands: tuple[str, ...]
    command_wrapper: str
    copy_files: tuple[str, ...]
    mounts: tuple[tuple[str, str, str], ...]
    mount_options: tuple[str, ...]
    mount_partition: str
    device: str
    disk_id: str
    controller_number: str
    controller_location: int
    timeout: float = COMMAND_TIMEOUT

    @classmethod
    def of(cls, chroot: Mapping[str, Any], plugged: Mapping[str, Any]) -> Self:
        """From the options of a build (`chroot_*` and mount options) and from where the ChrootDisk is plugged."""
        return cls(
            mount_path=chroot["chroot_mount_path"].rstrip("/"),
            pre_mount_commands=tuple(chroot.get("pre_mount_commands") or ()),
            post_mount_commands=tuple(chroot.get("post_mount_commands") or ()),
            command_wrapper=chroot["chroot_command_wrapper"],
            copy_files=tuple(chroot.get("chroot_copy_files") or ()),
            mounts=tuple((kind, source, path) for kind, source, path in chroot.get("chroot_mounts") or ()),
            mount_options=tuple(chroot.get("mount_options") or ()),
            mount_partition=chroot.get("mount_partition") or "",
            device=chroot.get("chroot_device") or "",
            disk_id=plugged["disk_id"],
            controller_number=plugged.get("controller_number") or "",
            controller_location=int(plugged.get("controller_location") or 0),
        )
