"""Small decisions on the host: kernel versions, sizes, apt options, names, missing packages, command lines."""

from __future__ import annotations

import asyncio
import dataclasses
import os
from pathlib import Path

import pytest

from pulumi_hyperone.local_cloud.machines.base import CONTROLLER, DiskRef, MachineError, MachineSpec
from pulumi_hyperone.local_cloud.machines.vm import accelerator, apt, command, disks, host, process, recipe


def test_the_newest_kernel_is_found_by_number():
    """Version 6.1.0-10 is newer than 6.1.0-9, whatever the alphabet says."""
    versions = ["6.1.0-9-cloud-amd64", "6.1.0-10-cloud-amd64", "5.10.0-30-amd64"]
    assert max(versions, key=disks.version_key) == "6.1.0-10-cloud-amd64"


def test_sizes_are_whole_mebibytes():
    """A fraction of a GiB is rounded down to a MiB, since QEMU wants whole sectors."""
    assert disks.size_in_bytes(0.3) == 307 << 20


def test_a_proxy_on_the_hosts_loopback_has_another_address_in_the_guest():
    """Only the loopback host is rewritten; options are written as apt reads them."""
    text = apt.for_guest({"Acquire::http::Proxy": "http://127.0.0.1:3142/", "Acquire::https::Proxy": "http://p:1/"})
    assert text == 'Acquire::http::Proxy "http://10.0.2.2:3142/";\nAcquire::https::Proxy "http://p:1/";\n'


def test_serials_and_node_names_come_from_the_end_of_the_id():
    """The guest sees the last 12 characters; QEMU's node names stay within 31 characters."""
    disk_id = "5f00aaaabbbbccccdddd0001"
    assert command.serial_of(disk_id) == "ccccdddd0001"
    assert len(command.node_of("x" * 64)) <= 31


def test_missing_programs_are_named_by_their_packages(monkeypatch):
    """The message is a command that can be pasted, each package once."""
    monkeypatch.setattr(host.shutil, "which", lambda name, path: None)
    with pytest.raises(MachineError, match=r"apt-get install e2fsprogs qemu-system-x86$"):
        host.require(["mke2fs", "debugfs", "qemu-system-x86_64"], "a virtual machine")


def test_the_recipe_digest_follows_packages_and_files(monkeypatch, tmp_path):
    """Another package or another guest file makes another image; nothing else does."""
    before = recipe.digest()
    assert before == recipe.digest()
    monkeypatch.setattr(recipe, "PACKAGES", (*recipe.PACKAGES, "vim"))
    changed = recipe.digest()
    monkeypatch.setattr(recipe, "GUEST", tmp_path)
    assert len({before, changed, recipe.digest()}) == 3


def spec(folder: Path) -> MachineSpec:
    """A machine whose disk is in `folder`."""
    disk = DiskRef("5f00aaaabbbbccccdddd0001", folder, 1)
    return MachineSpec("i-1", "a,b", folder, "guru", (), None, b"", 64, 128, (), (disk,), (), 22)


def test_a_disk_without_kernel_is_booted_by_the_bios(tmp_path):
    """No -kernel, the OS disk first in the boot order, no more processors than the host has, and enough memory."""
    argv = command.command_line(spec(tmp_path), command.TCG, 9, [], command.Mode.PLAIN)
    assert "-kernel" not in argv
    assert any('"bootindex": 0' in text for text in argv)
    assert int(argv[argv.index("-smp") + 1]) <= (process.os.cpu_count() or 1)
    assert argv[argv.index("-m") + 1] == "512"
    assert "a,,b" in argv


def test_the_os_disk_is_at_its_location(tmp_path):
    """The location that the API names is the LUN, also where the first disk of a machine is not at location 0."""
    for location, lun in ((None, 0), (3, 3)):
        machine = dataclasses.replace(
            spec(tmp_path), disks=(DiskRef("5f00aaaabbbbccccdddd0001", tmp_path, 1, location),)
        )
        argv = command.command_line(machine, command.TCG, 9, [], command.Mode.PLAIN)
        assert any(f'"scsi-id": 0, "lun": {lun},' in text for text in argv)


def test_the_guest_shows_the_controller_that_the_api_names():
    """The unit of the guest has the GUID of the API's `controllerNumber`."""
    unit = recipe.ROOTFS / "etc/systemd/system/local-cloud-vmbus.service"
    assert f"/usr/local/lib/local-cloud/vmbus {CONTROLLER}\n" in unit.read_text()


def test_only_a_first_start_waits_for_its_devices(tmp_path):
    """The kernel is told to wait when it is booted to be saved, not in a plain boot."""
    for name, text in ((disks.KERNEL, ""), (disks.INITRD, ""), (disks.CMDLINE, "root=LABEL=x\n")):
        (tmp_path / name).write_text(text)
    plain = command.command_line(spec(tmp_path), command.TCG, 9, [], command.Mode.PLAIN)
    saved = command.command_line(spec(tmp_path), command.TCG, 9, [], command.Mode.SAVED)
    assert plain[plain.index("-append") + 1] == "root=LABEL=x"
    assert saved[saved.index("-append") + 1] == f"root=LABEL=x {command.WAIT_OPTION}"


def test_a_verdict_on_kvm_counts_for_its_boot_and_qemu_only(tmp_path):
    """Another boot of the host or another QEMU asks again; so does a file that cannot be read."""
    asked = {"qemu": "7.2", "boot": "b1"}
    file = tmp_path / "kvm.json"
    assert accelerator._kept(file, asked) is None
    accelerator._write(file, {**asked, "works": False})
    assert accelerator._kept(file, asked) is False
    assert accelerator._kept(file, {**asked, "boot": "b2"}) is None
    file.write_text("{")
    assert accelerator._kept(file, asked) is None


def test_programs_for_machines_get_no_key_of_the_shell(monkeypatch):
    """QEMU, and the programs that build images, start with what they need of the environment and nothing else."""
    monkeypatch.setenv("HYPERONE_TOKEN", "key-of-the-shell")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    monkeypatch.setenv("https_proxy", "http://proxy:1")
    seen = asyncio.run(host.run(["env"], "looking", timeout=10)).splitlines()
    assert not [line for line in seen if line.startswith(("HYPERONE_TOKEN", "AWS_"))]
    assert {"https_proxy=http://proxy:1", "LC_ALL=C.UTF-8", f"HOME={os.environ['HOME']}"} <= set(seen)
