"""A root file system built on a second disk: find it, mount it, work inside, always unmount it."""

from pulumi_hyperone.provider.chroot.options import ChrootSteps
from pulumi_hyperone.provider.chroot.steps import mounted_chroot, unmount_chroot

__all__ = ["ChrootSteps", "mounted_chroot", "unmount_chroot"]
