"""Options of chroot builds: the second disk and what is mounted where (API facts 3.1 and 3.3)."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from pulumi_hyperone.provider.foundation.option import Option
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
from pulumi_hyperone.settings.builder_options import DISK_SIZE, MAX_DISK_SIZE

DEFAULT_MOUNTS = (
    ("proc", "proc", "/proc"),
    ("sysfs", "sysfs", "/sys"),
    ("bind", "/dev", "/dev"),
    ("devpts", "devpts", "/dev/pts"),
    ("binfmt_misc", "binfmt_misc", "/proc/sys/fs/binfmt_misc"),
)
"""File system type (or `bind`), source, and the place inside the chroot, in mounting order."""


def _three_each(mounts: list[list[str]]) -> list[list[str]]:
    wrong = [f"entry {index} has {len(mount)}" for index, mount in enumerate(mounts) if len(mount) != 3]
    if wrong:
        raise ValueError(f"every entry needs exactly three elements (type, source, place): {', '.join(wrong)}")
    return mounts


class ChrootOptions(WeakModel):
    """The chroot part of an image's options; `chroot_disk` switches it on."""

    chroot_disk: Annotated[WeakBool, Option(shapes=True, asked="chroot", content="shown")] = False
    chroot_disk_size: Annotated[
        Annotated[WeakFloat, Field(gt=0, le=MAX_DISK_SIZE)] | None,
        Expects(DISK_SIZE),
        Option(content="shown", judged_with="disk_size"),
    ] = None
    chroot_disk_type: Annotated[
        WeakStr | None, Option(asked="disk service", content="shown", text="line", judged_with="disk_type")
    ] = None
    chroot_device: Annotated[WeakStr | None, Option(content="hashed", on_machine=True, text="line")] = None
    chroot_command_wrapper: Annotated[WeakStr, Option(content="hashed", on_machine=True, fields={"Command"})] = (
        "{{.Command}}"
    )
    chroot_mount_path: Annotated[WeakStr, Option(content="hashed", on_machine=True, text="line")] = (
        "/mnt/packer-hyperone-volumes/{{timestamp}}"
    )
    chroot_mounts: Annotated[
        WeakListOfStrLists, AfterValidator(_three_each), Option(content="hashed", on_machine=True)
    ] = Field(default_factory=lambda: [list(mount) for mount in DEFAULT_MOUNTS])
    chroot_copy_files: Annotated[WeakStrList, Option(content="hashed", on_machine=True)] = Field(
        default_factory=lambda: ["/etc/resolv.conf"]
    )
    mount_options: Annotated[WeakStrList, Option(content="shown", on_machine=True)] = Field(default_factory=list)
    mount_partition: Annotated[WeakStr, Option(content="shown", on_machine=True)] = "1"
    pre_mount_commands: Annotated[
        WeakCommandList, Option(content="hashed", on_machine=True, fields={"Device", "MountPath"})
    ] = Field(default_factory=list)
    post_mount_commands: Annotated[
        WeakCommandList, Option(content="hashed", on_machine=True, fields={"Device", "MountPath"})
    ] = Field(default_factory=list)


CHROOT_ONLY = tuple(option for option in ChrootOptions.model_fields if option != "chroot_disk")
"""Options that mean nothing without `chroot_disk: true`."""
