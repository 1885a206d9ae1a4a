"""Options of chroot builds: the second disk and what is mounted where (API facts 3.1 and 3.3)."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from pulumi_hyperone.provider.foundation.weak_types import (
    Expects,
    WeakBool,
    WeakCommandList,
    WeakFloat,
    WeakListOfStrLists,
    WeakModel,
    WeakStr,
    WeakStrList,
)

DEFAULT_MOUNTS = (
    ("proc", "proc", "/proc"),
    ("sysfs", "sysfs", "/sys"),
    ("bind", "/dev", "/dev"),
    ("devpts", "devpts", "/dev/pts"),
    ("binfmt_misc", "binfmt_misc", "/proc/sys/fs/binfmt_misc"),
)
"""File system type (or `bind`), source, and the place inside the chroot, in mounting order."""
CHROOT_ONLY = (
    "chroot_command_wrapper",
    "chroot_copy_files",
    "chroot_device",
    "chroot_disk_size",
    "chroot_disk_type",
    "chroot_mount_path",
    "chroot_mounts",
    "mount_options",
    "mount_partition",
    "post_mount_commands",
    "pre_mount_commands",
)
"""Options that mean nothing without `chroot_disk: true`."""


def _three_each(mounts: list[list[str]]) -> list[list[str]]:
    wrong = [f"entry {index} has {len(mount)}" for index, mount in enumerate(mounts) if len(mount) != 3]
    if wrong:
        raise ValueError(f"every entry needs exactly three elements (type, source, place): {', '.join(wrong)}")
    return mounts


class ChrootOptions(WeakModel):
    """The chroot part of an image's options; `chroot_disk` switches it on."""

    chroot_disk: WeakBool = False
    chroot_disk_size: Annotated[Annotated[WeakFloat, Field(gt=0)] | None, Expects("a number of GiB greater than 0")] = (
        None
    )
    chroot_disk_type: WeakStr | None = None
    chroot_device: WeakStr | None = None
    chroot_command_wrapper: WeakStr = "{{.Command}}"
    chroot_mount_path: WeakStr = "/mnt/packer-hyperone-volumes/{{timestamp}}"
    chroot_mounts: Annotated[WeakListOfStrLists, AfterValidator(_three_each)] = Field(
        default_factory=lambda: [list(mount) for mount in DEFAULT_MOUNTS]
    )
    chroot_copy_files: WeakStrList = Field(default_factory=lambda: ["/etc/resolv.conf"])
    mount_options: WeakStrList = Field(default_factory=list)
    mount_partition: WeakStr = "1"
    pre_mount_commands: WeakCommandList = Field(default_factory=list)
    post_mount_commands: WeakCommandList = Field(default_factory=list)
