"""One real virtual machine with a second disk, reached by the real SSH layer; tests build chroots on it in turn."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from pulumi_hyperone.local_cloud import LocalCloud
from pulumi_hyperone.provider.chroot.options import ChrootSteps
from pulumi_hyperone.provider.chroot.steps import mounted_chroot
from pulumi_hyperone.provider.foundation.errors import HyperOneError
from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.ssh.chroot import ChrootMachine
from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions
from pulumi_hyperone.provider.ssh.keys import KeyPair, generate
from pulumi_hyperone.provider.ssh.machine import Machine
from pulumi_hyperone.provider.ssh.ssh_machine import SshMachine
from tests.support.cloud import Cloud
from tests.support.small_root import SMALL_ROOT

CONNECT_WITHIN = "500s"
# GPT with two partitions: 1 has a small root file system, 3 another with nothing in it.
PREPARE = f"""
set -e
sgdisk --zap-all --new=1:0:+200M --new=3:0:+100M "$1"
udevadm settle
mkfs.ext4 -q -L first "$1"1
mkfs.ext4 -q -L third "$1"3
mkdir -p /mnt/prepare
mount "$1"1 /mnt/prepare
{SMALL_ROOT.replace("ROOT", "/mnt/prepare")}
umount /mnt/prepare
"""


@dataclasses.dataclass
class Builder:
    """The machine, and what the provider knows about the disk that is plugged into it."""

    machine: SshMachine
    plugged: dict[str, Any]
    connect: Callable[[Interruption], SshMachine]
    said: list[str] = dataclasses.field(default_factory=list)
    output: bytearray = dataclasses.field(default_factory=bytearray)
    mounts: int = 0

    def steps(self, **options: Any) -> ChrootSteps:
        """The steps of a short build: sudo, a path of its own, a command that does nothing, /dev as the only mount."""
        self.mounts += 1
        defaults = {
            "chroot_mount_path": f"/mnt/packer-hyperone-volumes/{self.mounts}",
            "chroot_command_wrapper": "sudo {{.Command}}",
            "chroot_mounts": [["bind", "/dev", "/dev"]],
            "chroot_copy_files": [],
            "mount_options": [],
            "mount_partition": "1",
            "pre_mount_commands": ["true"],
        }
        return ChrootSteps.of({**defaults, **options}, self.plugged)

    def chroot(
        self,
        steps: ChrootSteps,
        *,
        machine: Machine | None = None,
        interruption: Interruption | None = None,
        unmounter: Callable[[], Machine] | None = None,
    ) -> AbstractContextManager[ChrootMachine]:
        """The mounted chroot, as Provisioning makes it."""
        self.said.clear()
        self.output.clear()
        return mounted_chroot(
            machine or self.machine,
            steps,
            interruption=interruption or Interruption(),
            say=self.said.append,
            on_output=self.output.extend,
            unmounter=unmounter or (lambda: self.connect(Interruption())),
        )

    def failure(
        self, steps: ChrootSteps, work: Callable[[ChrootMachine], object] | None = None, **how: Any
    ) -> HyperOneError:
        """The error of a build that has to fail: before it gets inside, or in `work` there."""

        def build() -> None:
            with self.chroot(steps, **how) as inside:
                assert work, "the chroot must not be entered"
                work(inside)

        with pytest.raises(HyperOneError) as caught:
            build()
        return caught.value

    def run(self, command: str) -> str:
        """What a command prints on the machine, outside of the chroot."""
        return self.machine.run(command, timeout=60, capture=True, check=True).text

    def mounted(self) -> str:
        """The mount table as far as it is about chroots."""
        return self.run("grep packer-hyperone-volumes /proc/self/mounts || true")


@pytest.fixture(scope="module")
def shared_builder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builder]:
    """A debian-12 machine with a second disk, partitioned once; all tests of the module share it."""
    local = LocalCloud.start(tmp_path_factory.mktemp("cloud"))
    try:
        cloud, pair = Cloud(local), generate("ed25519")
        vm = cloud.send("POST", "/v1/vm", _vm_body(pair))
        disk = cloud.send("POST", "/v1/disk", {"name": "second", "service": "ssd", "size": 1})
        cloud.send("POST", f"/v1/vm/{vm['id']}/hdd", {"disk": disk["id"]})
        address = cloud.get(f"/v1/vm/{vm['id']}/netadp")[0]["ip"][0]["address"]

        def connect(interruption: Interruption) -> SshMachine:
            options = CommunicatorOptions(ssh_port=local.ssh_port, ssh_timeout=CONNECT_WITHIN)
            return SshMachine.connect(options, address, private_keys=[pair.private], interruption=interruption)

        with connect(Interruption()) as machine:
            builder = Builder(machine, _plugged(cloud, vm["id"], disk["id"]), connect)
            device = builder.run(f"readlink -f /dev/disk/by-id/scsi-*{disk['id'][-12:]}")
            machine.run(f"sudo sh -s {device}", stdin=PREPARE.encode(), timeout=120, check=True)
            yield builder
    finally:
        local.stop()


def _vm_body(pair: KeyPair) -> dict[str, Any]:
    return {
        "name": "builder",
        "service": "a1.small",
        "image": "debian-12",
        "username": "guru",
        "sshKeys": [pair.public],
        "disk": [{"service": "ssd", "size": 4, "name": "os"}],
        "netadp": [{"service": "public"}],
    }


def _plugged(cloud: Cloud, vm_id: str, disk_id: str) -> dict[str, Any]:
    hdd = next(hdd for hdd in cloud.get(f"/v1/vm/{vm_id}/hdd") if hdd["disk"]["id"] == disk_id)
    return {
        "disk_id": disk_id,
        "controller_number": hdd["controllerNumber"],
        "controller_location": hdd["controllerLocation"],
    }


@pytest.fixture
def builder(shared_builder: Builder) -> Iterator[Builder]:
    """The machine; a test that leaves anything mounted fails, and the next one finds nothing mounted."""
    yield shared_builder
    left = shared_builder.mounted()
    if left:
        points = [line.split(" ")[1] for line in reversed(left.splitlines())]
        shared_builder.machine.run(f"sudo umount -l {' '.join(points)}", timeout=60)
    assert left == "", f"the test left mounts behind:\n{left}"
