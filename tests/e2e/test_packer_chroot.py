"""Chroot templates on real virtual machines: what arrives in the cloud and on the machine, against a table.

The table is derived from features 3.2 (W) and 3.3 (J) and from API facts 3.1 and 3.3.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.cloud import Cloud
from tests.support.stacks import Stack, new_stack

pytestmark = [pytest.mark.e2e, pytest.mark.vm, pytest.mark.slow]

TEMPLATES = Path(__file__).parent / "packer"
# API facts 3.1: the disk has the size of chroot_disk_size and, without a type of its own, the type of disk_type.
DISKS = {"chroot": {"service": "ssd", "size": 0.5}, "device": {"service": "ssd", "size": 0.25}}
COMMANDS = {
    "chroot": [
        "pre_mount_commands[0]: [ -x /usr/sbin/sgdisk ] || sudo apt-get install -y gdisk",
        "pre_mount_commands[1]: sgdisk --zap-all --new=4:0:0 <device> | tee partitioned >/dev/null",
        "pre_mount_commands[2]: udevadm settle",
        "pre_mount_commands[3]: LABEL=root sh -c 'mkfs.ext4 -q -L $LABEL <device>4'",
        "mount[0]: mkdir -m 755 -p <path>",
        "mount[1]: mount <device>4 <path>",
        "post_mount_commands[1]: sh -c 'echo <device> <path> $(findmnt -n -o SOURCE <path>) > <path>/seen'",
        "post_mount_commands[2]: cp ./partitioned <path>/opt/",
        "chroot_mounts[1]: mount -t proc proc <path>/proc",
        "chroot_mounts[3]: mount -t sysfs sysfs <path>/sys",
        "chroot_mounts[5]: mount --bind /dev <path>/dev",
        "chroot_mounts[7]: mount -t devpts devpts <path>/dev/pts",
        "chroot_mounts[9]: mount -t binfmt_misc binfmt_misc <path>/proc/sys/fs/binfmt_misc",
        "chroot_copy_files[0]: cp --remove-destination /etc/resolv.conf <path>/etc/resolv.conf",
    ],
    "device": [
        "pre_mount_commands[1]: sgdisk --zap-all --new=3:0:0 /dev/chroot/da1",
        "mount[0]: mkdir -m 755 -p <path>",
        "mount[1]: mount -o noatime -o nodev /dev/chroot/da1p3 <path>",
        "chroot_mounts[1]: mount --bind /dev <path>/dev",
    ],
}
"""What the builder is told, in order (API facts 3.3, steps 8 to 12)."""
ABSENT = {"device": ("chroot_copy_files", "chroot_mounts[2]")}
"""W4: an empty text copies nothing. One entry of chroot_mounts is one, not five."""


@dataclass
class Built:
    """The stack after `up`, the calls, and the builds' logs."""

    stack: Stack
    calls: list[dict[str, Any]]
    resources: dict[str, dict[str, Any]]

    def call(self, operation: str, name: str, role: str = "") -> dict[str, Any]:
        """The body of the one call of an operation for an image (and a role)."""
        bodies = [call["body"] for call in self.calls if call["operation"] == operation]
        found = [body for body in bodies if body["tag"]["pulumi-image"] == name]
        (body,) = [body for body in found if not role or body["tag"]["pulumi-role"] == role]
        return body

    def timestamp(self, name: str) -> str:
        """Unix seconds of a build."""
        return str(int(self.resources[f"{name}-build"]["outputs"]["timestamp"]))

    def log(self, name: str) -> str:
        """The whole output of a build."""
        return Path(self.resources[f"{name}-provisioning"]["outputs"]["log_file"]).read_text()

    def got(self, path: str) -> list[str]:
        """Lines of a file that a template had downloaded."""
        return (self.stack.folder / "got" / path).read_text().splitlines()


@pytest.fixture(scope="module")
def cloud(session_cloud) -> Cloud:
    """One cloud for the module, with the key that a template names."""
    session_cloud.reset()
    cloud = Cloud(session_cloud)
    cloud.add_ssh_key("my-ssh")
    return cloud


@pytest.fixture(scope="module")
def built(cloud, engine_path, tmp_path_factory) -> Built:
    """One stack with both templates, brought up one after the other: their machines may be emulated."""
    stack = new_stack(tmp_path_factory.mktemp("packer") / "project", engine_path, cloud, "test")
    shutil.copytree(TEMPLATES, stack.folder, dirs_exist_ok=True)
    images: dict[str, Any] = {}
    for name in DISKS:
        images[name] = {"packer": f"{name}.json"}
        stack.configure(images)
        stack.run("up", "--yes", "--skip-preview", timeout=800).ok()
    return Built(stack, cloud.mutations(), stack.resources())


@pytest.mark.parametrize("name", DISKS)
def test_the_second_disk_and_the_image_are_asked_for_as_packer_would(name, built):
    """Size from a text or a number (W1); the image is made of a VM that has that disk alone and is never started."""
    disk = built.call("disk.create", name)
    assert {key: disk[key] for key in ("service", "size")} == DISKS[name]
    builder = built.call("vm.create", name, "builder")
    assert (builder["name"], builder["disk"]) == ("image-builder-debian", [{"service": "ssd", "size": 4}])
    carrier = built.call("vm.create", name, "carrier")
    assert (len(carrier["disk"]), carrier["boot"]) == (1, False)
    assert "image" not in carrier
    image = built.call("image.create", name)
    expected = {
        "chroot": (f"debian-{built.timestamp('chroot')}", '{"arch": "x86_64",  "release":"12"}'),
        "device": ("device", None),
    }
    assert (image["name"], image.get("description")) == expected[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_machine_is_told_what_packer_would_tell_it(name, built):
    """Every command in order: wrapper as a textual prefix, device and path filled in, partitions 4 and p3, mounts."""
    log = built.log(name)
    path = f"/mnt/{built.timestamp('device')}" if name == "device" else built.got("chroot/seen")[0].split()[1]
    device = "/dev/chroot/da1" if name == "device" else built.got("chroot/seen")[0].split()[0]
    at = 0
    for line in COMMANDS[name]:
        wanted = line.replace("<path>", path).replace("<device>", device)
        found = log.find(f" {wanted}\n", at)
        assert found >= 0, f"{wanted!r} is not (in this order) in:\n{log}"
        at = found
    for word in ABSENT.get(name, ()):
        assert word not in log


def test_the_default_mount_path_has_the_build_s_time(built):
    """API facts 3.1; the partition was mounted there."""
    device, path, source = built.got("chroot/seen")[0].split()
    assert path == f"/mnt/packer-hyperone-volumes/{built.timestamp('chroot')}"
    assert re.fullmatch(r"/dev/sd[a-z]", device)
    assert source == f"{device}4"


def test_provisioners_run_inside_the_chroot(built):
    """As root in /, with Packer's environment; `{{.Device}}` has no value there (features 3.1)."""
    lines = built.got("chroot/environment")
    found = dict(line.split("=", 1) for line in lines if "=" in line)
    expected = {"RELEASE": "12", "DEVICE": "<no value>", "PACKER_BUILD_NAME": "hyperone"}
    assert {key: found.get(key) for key in expected} == expected
    at = lines.index("/")
    assert lines[at : at + 4] == ["/", "0", "second 12", "deep"]
    assert "/proc/self/status" in lines
    assert "/dev/null" in lines


def test_mount_options_are_in_effect(built):
    """W3: a comma text is a list of options; without extra mounts there is no /proc, without files no resolv.conf."""
    options, null = built.got("device/seen")
    assert {"noatime", "nodev"} <= set(options.split(","))
    assert null == "/dev/null"


def test_a_second_up_changes_nothing(built, cloud):
    """The time in the mount path is no part of the fingerprint."""
    before = cloud.mutations()
    assert "unchanged" in built.stack.up().ok().text
    assert cloud.mutations() == before


def test_destroy_leaves_the_images(built, cloud):
    """Builders, carriers and disks go."""
    built.stack.destroy().ok()
    cloud.assert_only_images(*(image["id"] for image in cloud.images()))
    assert len(cloud.images()) == len(DISKS)
