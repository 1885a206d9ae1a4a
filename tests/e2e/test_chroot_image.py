"""A Debian built on a second disk boots by that disk's own boot loader."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import debian_root
from tests.support.stacks import ROOT, image

pytestmark = [pytest.mark.e2e, pytest.mark.vm]

# GPT: partition 1 is the root, partition 2 holds GRUB's core image for BIOS machines.
PARTITION = [
    "sgdisk --zap-all --new=2:1M:+1M --typecode=2:ef02 --new=1:0:0 --typecode=1:8304 {{.Device}}",
    "udevadm settle",
    "mkfs.ext4 -q -L root {{.Device}}1",
]
# QEMU's user network shows the host's loopback under the gateway's address.
HOST = "$(ip route | awk '/^default/ { print $3; exit }')"


@pytest.fixture
def root_url() -> Iterator[str]:
    """Where a builder downloads the ready-made root file system."""
    archive = debian_root.archive()
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=archive.parent)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://{HOST}:{server.server_port}/{archive.name}"
        server.shutdown()
        thread.join()


def test_an_image_built_in_a_chroot_boots_by_its_own_boot_loader(stack, cloud, root_url):
    """Partitions, an unpacked Debian, a boot loader installed inside: the boot test lets its user in.

    With release: after-image nothing but the image is left then, and refresh and destroy know that.
    """
    for script in ("chroot-system.sh", "chroot-boot-loader.sh"):
        stack.write(f"scripts/{script}", (ROOT / "scripts" / script).read_text())
    options = image(
        source_image="debian-12",
        vm_type="a1.small",
        disk_size=4,
        state_timeout="10m",
        ssh_timeout="10m",
        chroot_disk=True,
        chroot_disk_size=2,
        chroot_command_wrapper="sudo {{.Command}}",
        pre_mount_commands=PARTITION,
        mount_options=["noatime"],
        post_mount_commands=[f"curl -sSf {root_url} | sudo tar -xp --numeric-owner -C {{{{.MountPath}}}}"],
        provisioners=[
            {"type": "shell", "scripts": ["scripts/chroot-system.sh", "scripts/chroot-boot-loader.sh"]},
            {"type": "shell", "inline": ["echo made in a chroot > /etc/motd", "echo x > /tmp/left"]},
        ],
        verify=["cat /etc/motd /proc/cmdline", "findmnt -n -o OPTIONS /", "id -un"],
        release="after-image",
        record=True,
        residue="clean",
    )
    stack.configure({"web": options})
    stack.up().ok()
    log = next((stack.folder / "logs").rglob("web-*.log"))
    assert "pre_mount_commands[2]: mkfs.ext4" in log.read_text()
    image_id, resources = stack.outputs()["image_id"], stack.resources()
    cloud.assert_only_images(image_id)
    records = stack.folder / "logs" / "records" / image_id
    record = (records / "record.cdx.json").read_text()
    assert "pkg:deb/debian/grub-pc-bin@" in record, "what is inside the chroot"
    assert "listening ports: nothing runs in a chroot" in record
    residue = json.loads((records / "residue.json").read_text())
    assert {one["kind"] for one in residue} <= {"log"}, "what was cleaned is gone, and the boot test could log in"
    before = cloud.mutations()
    assert "unchanged" in stack.refresh().ok().text, "builder, carrier and disk are gone, and that is no drift"
    stack.destroy().ok()
    assert cloud.mutations() == before
    log = resources["web-provisioning"]["outputs"]["log_file"]
    said = Path(log).read_text().rpartition("verify[0]")[2]
    assert "made in a chroot" in said
    assert "BOOT_IMAGE=" in said, "GRUB names the kernel that it loaded; a kernel loaded by QEMU has no such word"
    assert said.endswith("guru\n")
