"""Debian machines from power-on to an image of them; few boots, much asked of each."""

from __future__ import annotations

import dataclasses
import json

import paramiko
import pytest

from pulumi_hyperone.local_cloud.machines.base import CONTROLLER, MachineError

pytestmark = [pytest.mark.cloud, pytest.mark.vm]
ADDRESS, SECOND, THIRD = "127.77.201.11", "127.77.201.12", "127.77.201.13"
USER_DATA = b"#cloud-config\nruncmd:\n- echo ran > /var/lib/user-data\n"


@pytest.fixture(scope="module")
def machine(bench, debian):
    """A machine of debian-12 with a second disk, started and stopped once for the module."""
    spec = bench.spec(bench.disk(5, debian), bench.disk(1), address=ADDRESS, user_data=USER_DATA)
    bench.run(bench.vms.start(spec))
    yield spec
    bench.run(bench.vms.turn_off(spec.vm_id))


@pytest.fixture(scope="module")
def client(bench, machine):
    """An SSH session of guru on the machine; a login takes an emulated processor seconds."""
    client = bench.login(ADDRESS)
    yield client
    client.close()


def by_id(disk):
    """The path under which the guest finds a disk."""
    return f"/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_{disk.id[-12:]}"


def test_cloud_init_ends_without_errors_and_ran_the_user_data(client, in_guest):
    """The RbxCloud source is used, user data has run, the user may do everything, name and disk size arrived."""
    assert "status: done" in in_guest(client, "cloud-init status --wait")
    result = json.loads(in_guest(client, "cat /run/cloud-init/result.json"))
    assert result["v1"] == {"datasource": "DataSourceRbxCloud [seed=None]", "errors": []}
    answer = in_guest(client, "cat /var/lib/user-data; id -un; sudo -n id -u; hostname")
    assert answer.split() == [
        "ran",
        "guru",
        "0",
        "web",
    ]
    assert int(in_guest(client, "df --output=size -BM / | tail -n1").rstrip("M")) > 4700
    assert in_guest(client, "systemctl --failed --no-legend") == ""


def test_both_disks_are_found_by_their_ids(bench, client, in_guest, machine):
    """The OS disk and the disk that was there at start carry the last 12 characters of their ids."""
    os_disk, second = machine.disks
    in_guest(client, f"for i in $(seq 60); do test -b {by_id(second)} && break; sleep 0.5; done")
    root = in_guest(client, "findmnt -no SOURCE /")
    assert in_guest(client, f"readlink -f {by_id(os_disk)}") == root
    assert in_guest(client, f"sudo blockdev --getsize64 {by_id(second)}") == str(1 << 30)


def test_a_hot_plugged_disk_can_be_used_and_taken_out(bench, client, in_guest, machine):
    """Plug, partition, make a file system, mount, write, unmount, unplug; it is there again when plugged again."""
    disk = bench.disk(1)
    bench.run(bench.vms.plug(machine.vm_id, disk))
    wait = f"for i in $(seq 60); do test -b {by_id(disk)} && break; sleep 0.5; done; "
    make = "sudo sgdisk -n 1:0:0 {0} && sudo udevadm settle && sudo mkfs.ext4 -q {0}-part1 && sudo mount {0}-part1 /mnt"
    in_guest(client, wait + make.format(by_id(disk)) + " && echo kept | sudo tee /mnt/file && sudo umount /mnt")
    bench.run(bench.vms.unplug(machine.vm_id, disk.id))
    in_guest(client, f"sudo udevadm settle; ! test -e {by_id(disk)}")
    bench.run(bench.vms.plug(machine.vm_id, disk))
    again = f"sudo udevadm settle; sudo mount {by_id(disk)}-part1 /mnt && cat /mnt/file; sudo umount /mnt"
    assert "kept" in in_guest(client, wait + again)
    bench.run(bench.vms.unplug(machine.vm_id, disk.id))


def test_packer_finds_disks_by_controller_and_location(bench, client, in_guest, machine):
    """As its v1 builder looks, below /sys/bus/vmbus: the disk there at start, and a plugged one while it is in."""
    find = f"find /sys/bus/vmbus/devices/{CONTROLLER}/ -path *:{{}}/block -exec ls {{{{}}}} \\;"
    by_ids = "readlink -f /dev/disk/by-id/scsi-*{}"
    second = machine.disks[1]
    in_guest(client, f"for i in $(seq 60); do test -b {by_id(second)} && break; sleep 0.5; done")
    for disk, location in ((machine.disks[0], 0), (second, 1)):
        device = in_guest(client, f"readlink -f {by_id(disk)}")
        assert in_guest(client, find.format(location)) == device.removeprefix("/dev/")
        assert in_guest(client, by_ids.format(disk.id[-12:])) == device
    plugged = dataclasses.replace(bench.disk(1), location=5)
    bench.run(bench.vms.plug(machine.vm_id, plugged))
    in_guest(client, f"for i in $(seq 60); do test -b {by_id(plugged)} && break; sleep 0.5; done")
    device = in_guest(client, f"readlink -f {by_id(plugged)}")
    assert in_guest(client, find.format(5)) == device.removeprefix("/dev/")
    with pytest.raises(MachineError, match=r"location 5 .* is taken"):
        bench.run(bench.vms.plug(machine.vm_id, dataclasses.replace(bench.disk(1), location=5)))
    bench.run(bench.vms.unplug(machine.vm_id, plugged.id))
    assert in_guest(client, find.format(5)) == ""
    assert in_guest(client, "ls /sys/bus/pci/devices/*/vendor | head -n1; sudo udevadm trigger && echo works").endswith(
        "works"
    )


def test_passwords_do_not_work_where_none_is_set(bench, client):
    """A machine made without a password lets nobody in by one."""
    for password in ("", "guru"):
        with pytest.raises(paramiko.AuthenticationException):
            bench.login(ADDRESS, pkey=None, password=password)


def test_the_guest_reaches_the_package_mirrors_and_has_the_chroot_tools(client, in_guest):
    """The index of the security suite can be fetched, and a root file system can be built without more packages."""
    # Reading the index of all of Debian takes an emulated processor minutes.
    in_guest(
        client, "grep -e -security /etc/apt/sources.list > security.list || cp /etc/apt/sources.list security.list"
    )
    only = "-o Dir::Etc::sourcelist=$PWD/security.list -o Dir::Etc::sourceparts=-"
    in_guest(client, f"sudo apt-get update {only} -o APT::Update::Error-Mode=any")
    in_guest(client, "for t in debootstrap sgdisk sfdisk mkfs.ext4 mkfs.vfat curl python3; do sudo which $t; done")
    in_guest(
        client,
        "sudo modprobe binfmt_misc && sudo mount -t binfmt_misc x /proc/sys/fs/binfmt_misc && "
        "sudo umount /proc/sys/fs/binfmt_misc",
    )


def test_a_second_machine_is_one_of_its_own(bench, client, debian, in_guest):
    """Machines that go on from the same saved first start differ in host keys, machine id, and randomness."""
    spec = bench.spec(bench.disk(4, debian), address=SECOND, name="other")
    bench.run(bench.vms.start(spec))
    other = bench.login(SECOND)
    for question in ("cat /etc/machine-id", "head -c 16 /dev/urandom | od -An -tx1", "cat /etc/ssh/ssh_host_*_key.pub"):
        assert in_guest(client, question) != in_guest(other, question)
    assert abs(int(in_guest(other, "date +%s")) - int(in_guest(client, "date +%s"))) < 15
    assert in_guest(other, "sudo journalctl -b --no-pager | grep -c cloud-init") != "0"
    in_guest(other, "sudo systemd-run --on-active=1 poweroff")
    other.close()
    bench.wait_until(lambda: spec.vm_id in bench.off, timeout=300)


def test_a_stopped_machine_becomes_an_image_that_makes_machines_of_their_own(bench, client, in_guest, machine):
    """Capture after stop; a machine of the image has the files, a new user key, new host keys, and its own ids."""
    in_guest(client, "echo from-the-first | sudo tee /srv/file")
    old_keys = in_guest(client, "cat /etc/ssh/ssh_host_*_key.pub")
    client.close()
    bench.run(bench.vms.stop(machine.vm_id))
    assert machine.vm_id not in bench.off
    assert "Power down" in bench.vms.serial_log(machine.folder), "the guest was not shut down but cut off"
    image = bench.new_folder("image")
    assert bench.run(bench.vms.capture(machine.disks[0], image)) < 2 << 30

    bench.key = paramiko.ECDSAKey.generate()
    spec = bench.spec(bench.disk(6, image), address=THIRD, name="third", user_data=b"#!/bin/sh\ntouch /srv/second\n")
    bench.run(bench.vms.start(spec))
    third = bench.login(THIRD)
    assert "status: done" in in_guest(third, "cloud-init status --wait")
    assert in_guest(third, "cat /srv/file; hostname; ls /srv").split() == ["from-the-first", "third", "file", "second"]
    assert in_guest(third, "cat /etc/ssh/ssh_host_*_key.pub") != old_keys
    third.close()
    bench.run(bench.vms.turn_off(spec.vm_id))
    again = dataclasses.replace(spec, ssh_keys=())
    bench.run(bench.vms.start(again))
    assert bench.vms.is_running(spec.vm_id)
    bench.run(bench.vms.turn_off(spec.vm_id))
