"""A local cloud whose machines of kind vm are sandboxes that take further disks: chroot builds in seconds.

The API, its events and its records are the real ones. What a plugged disk is on the machine is left out, so builds on
it name a device (`chroot_device`) and have a wrapper that runs nothing (`chroot_command_wrapper`).
`python -m tests.faults.pluggable_cloud serve --until-eof` is the server; `pluggable_cloud` runs one for a test.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pulumi_hyperone.local_cloud import LocalCloud
from pulumi_hyperone.local_cloud.command import control
from pulumi_hyperone.local_cloud.command.main import main
from pulumi_hyperone.local_cloud.machines import kinds as machine_kinds
from pulumi_hyperone.local_cloud.machines.base import DiskRef, MachineError, MachineSpec, PowerOffHandler
from pulumi_hyperone.local_cloud.machines.sandbox import SandboxMachines
from pulumi_hyperone.local_cloud.state.home import Home
from tests.support.cloud import Cloud
from tests.support.stacks import ROOT

CHROOT_OPTIONS = {
    "source_image": "debian-12",
    "vm_type": "a1.small",
    "disk_size": 4,
    "chroot_disk": True,
    "chroot_disk_size": 1,
    "chroot_device": "/dev/none",
    "chroot_command_wrapper": "true {{.Command}}",
    "pre_mount_commands": ["mkfs.ext4 {{.Device}}1"],
    "provisioners": [],
}
"""A chroot build all of whose calls are made and none of whose commands is run."""


class PluggableMachines(SandboxMachines):
    """Sandboxes that run from their first disk and keep count of the others."""

    def __init__(self, on_power_off: PowerOffHandler) -> None:
        super().__init__(on_power_off)
        self._plugged: defaultdict[str, set[str]] = defaultdict(set)

    async def build_image(self, _name: str, folder: Path, _report: Callable[[str], None]) -> None:
        """Make the disk of a catalog image: that of a new sandbox."""
        await self.make_disk(DiskRef("catalog", folder, 1), None)

    async def start(self, spec: MachineSpec) -> None:
        """Start from the first disk alone."""
        await super().start(replace(spec, disks=spec.disks[:1]))
        self._plugged[spec.vm_id] = {disk.id for disk in spec.disks}

    async def plug(self, vm_id: str, disk: DiskRef) -> None:
        """Count the disk; one that is plugged already is refused, as by real machines."""
        if disk.id in self._plugged[vm_id]:
            raise MachineError(f"disk {disk.id} is plugged in already")
        self._plugged[vm_id].add(disk.id)

    async def unplug(self, vm_id: str, disk_id: str) -> None:
        """Forget the disk; one that is not plugged is refused."""
        if disk_id not in self._plugged[vm_id]:
            raise MachineError(f"disk {disk_id} is not plugged in")
        self._plugged[vm_id].remove(disk_id)

    async def kill_leftovers(self, _folders: list[Path]) -> None:
        """Sandboxes end with their server."""


@contextmanager
def pluggable_cloud(home: Path) -> Iterator[Cloud]:
    """Such a cloud on the folder `home` while the block runs; fails when it holds VMs, disks or IPs in the end."""
    place = Home(home.absolute())
    place.prepare()
    with place.log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, "serve", "--until-eof"],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd=place.root,
            env={**os.environ, "HYPERONE_LOCAL_HOME": str(place.root), "PYTHONPATH": str(ROOT)},
        )
    local = LocalCloud(place, process, control.wait_until_ready(place, process, control.START_DEADLINE))
    try:
        cloud = Cloud(local)
        yield cloud
        left = cloud.inventory()
    finally:
        local.stop()
    assert (left["vms"], left["disks"], left["ips"]) == ([], [], []), f"the test left something behind: {left}"


if __name__ == "__main__":
    machine_kinds.KINDS["vm"] = ("tests.faults.pluggable_cloud", "PluggableMachines")
    main()
