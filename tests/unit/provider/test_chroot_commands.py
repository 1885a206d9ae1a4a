"""The command lines of a chroot build, from its options."""

from __future__ import annotations

import dataclasses
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from pulumi_hyperone.provider.chroot.commands import (
    copy_commands,
    extra_mount_commands,
    mount_commands,
    rendered,
)
from pulumi_hyperone.provider.chroot.device import discovery_command
from pulumi_hyperone.provider.chroot.options import ChrootSteps
from pulumi_hyperone.provider.foundation.errors import SettingsError
from pulumi_hyperone.provider.ssh.chroot import wrap

STEPS = ChrootSteps(
    mount_path="/mnt/x",
    pre_mount_commands=(),
    post_mount_commands=(),
    command_wrapper="sudo {{.Command}}",
    copy_files=("/etc/resolv.conf",),
    mounts=(("proc", "proc", "/proc"), ("bind", "/dev", "/dev")),
    mount_options=("noatime", "data=writeback"),
    mount_partition="1",
    device="",
    disk_id="5b3f7c863adfaa0d10f7b445",
    controller_number="{F8B3781A-1E82-4818-A1C3-63D806EC15BB}",
    controller_location=1,
)


def test_every_mount_option_gets_a_flag_of_its_own():
    """mount_options a and b become `-o a -o b`."""
    assert mount_commands(STEPS, "/dev/sdb") == [
        "mkdir -m 755 -p /mnt/x",
        "mount -o noatime -o data=writeback /dev/sdb1 /mnt/x",
    ]


def test_a_partition_is_text_put_behind_the_device():
    """`p3` works as well as `1`, and an empty text means the whole disk."""
    for partition, device, mounted in (("p3", "/dev/nvme0n1", "/dev/nvme0n1p3"), ("", "/dev/sdb", "/dev/sdb")):
        _, mount = mount_commands(dataclasses.replace(STEPS, mount_partition=partition), device)
        assert f" {mounted} " in mount


def test_extra_mounts_bind_or_name_their_type():
    """Type `bind` binds; any other is the file system's type; each folder is made first."""
    assert extra_mount_commands(STEPS) == [
        "mkdir -m 755 -p /mnt/x/proc",
        "mount -t proc proc /mnt/x/proc",
        "mkdir -m 755 -p /mnt/x/dev",
        "mount --bind /dev /mnt/x/dev",
    ]


def test_copied_files_go_to_their_own_place_inside():
    """Each file keeps its path, seen from the new root, whatever its name holds."""
    steps = dataclasses.replace(STEPS, copy_files=("/etc/resolv.conf", "/srv/it's here"))
    assert copy_commands(steps) == [
        "cp --remove-destination /etc/resolv.conf /mnt/x/etc/resolv.conf",
        """cp --remove-destination '/srv/it'"'"'s here' '/mnt/x/srv/it'"'"'s here'""",
    ]


@pytest.mark.parametrize("line", ["[ -e /x ] || yum -y install y", "VAR=x cmd | tee >/dev/null", "echo `id` $HOME"])
def test_the_wrapper_is_a_textual_prefix(line):
    """Pipes, `||`, redirections and leading assignments stay as they are."""
    assert wrap(STEPS.command_wrapper, line) == f"sudo {line}"


def test_fields_are_filled_and_unknown_ones_refused():
    """`{{.Device}}` with or without blanks is filled; an unknown field names the known ones."""
    assert rendered("mkfs {{ .Device }}1 {{.MountPath}}", {"Device": "/dev/sdb", "MountPath": "/m"}, "x") == (
        "mkfs /dev/sdb1 /m"
    )
    with pytest.raises(SettingsError, match=r"pre_mount_commands: unknown field \{\{\.Disk\}\}; it knows \{\{\.Device"):
        rendered("mkfs {{.Disk}}", {"Device": "/dev/sdb"}, "pre_mount_commands")


def test_the_device_is_looked_for_by_controller_and_by_serial():
    """The VMBus path uses the GUID in lower case without braces; by-id ends in the id's last twelve characters."""
    command = discovery_command(STEPS)
    assert "/sys/bus/vmbus/devices/f8b3781a-1e82-4818-a1c3-63d806ec15bb/" in command
    assert "'*:1/block'" in command
    assert "/dev/disk/by-id/scsi-*aa0d10f7b445" in command


def test_without_a_controller_the_device_is_looked_for_by_serial_alone():
    """v2 of the API tells neither controller nor location."""
    options = {"chroot_mount_path": "/mnt/x", "chroot_command_wrapper": "{{.Command}}"}
    plugged = {"disk_id": STEPS.disk_id, "controller_number": None, "controller_location": None}
    command = discovery_command(ChrootSteps.of(options, plugged))
    assert "vmbus" not in command
    assert "/dev/disk/by-id/scsi-*aa0d10f7b445" in command


def test_the_discovery_command_is_sh_and_finds_nothing_quietly():
    """On a machine without such a disk it prints nothing and succeeds."""
    done = subprocess.run(["sh", "-c", discovery_command(STEPS)], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_the_example_of_the_documentation_is_the_stack_that_is_tested():
    """docs/chroot.md shows stacks/Pulumi.chroot-debootstrap.yaml, which a test builds."""
    root = Path(__file__).parents[3]
    shown = re.search(r"```yaml\n(.*?)```", (root / "docs/chroot.md").read_text(), re.DOTALL)
    assert shown
    assert yaml.safe_load(shown[1]) == yaml.safe_load((root / "stacks/Pulumi.chroot-debootstrap.yaml").read_text())


def test_the_vmbus_path_gives_the_device(tmp_path):
    """On a machine with VMBus the block device below the controller's location is printed, and no other one."""
    guid = "f8b3781a-1e82-4818-a1c3-63d806ec15bb"
    for location, name in ((0, "sda"), (1, "sdb")):
        (tmp_path / f"sys/bus/vmbus/devices/{guid}/host0/target0:0:0/0:0:0:{location}/block/{name}").mkdir(parents=True)
    command = discovery_command(STEPS).replace("/sys/", f"{tmp_path}/sys/")
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("/dev/sdb\n", "")
