"""A whole build on a real virtual machine, from debian-12 to a machine that boots from the image."""

from __future__ import annotations

import json

import pytest

from tests.support.machines import run_on_machine_from
from tests.support.stacks import image

pytestmark = pytest.mark.vm


def test_an_image_of_a_real_vm_boots_and_holds_what_was_provisioned(stack, cloud):
    """`up` provisions a booted Debian 12 and makes its image; a machine booted from it has the file; destroy cleans."""
    commands = ["sudo sh -c 'uname -r > /srv/kernel'", "sudo apt-get --version > /dev/null", "sync"]
    settings = image(
        source_image="debian-12",
        vm_type="a1.small",
        disk_size=4,
        state_timeout="15m",
        ssh_timeout="10m",
        provisioners=[{"type": "shell", "inline": commands}],
        record=True,
        residue="clean",
    )
    stack.configure({"web": settings})
    stack.up().ok()
    id_ = stack.outputs()["image_id"]
    assert cloud.get(f"/v1/image/{id_}")["state"] == "Online"
    records = stack.folder / "logs" / "records" / id_
    packages = json.loads((records / "record.cdx.json").read_text())["components"]
    assert {"openssh-server", "cloud-init"} <= {one["name"] for one in packages}
    residue = json.loads((records / "residue.json").read_text())
    assert {one["kind"] for one in residue} <= {"log"}, "cleaning leaves nothing, and a machine boots and logs in"
    stack.destroy().ok()
    cloud.assert_only_images(id_)
    said = run_on_machine_from(cloud, id_, "cat /srv/kernel && uname -r && df --output=size -BG / | tail -1", size=5)
    built, running, size = said.split()
    assert built == running
    assert size == "5G", "the root grew to the disk of the new machine"


@pytest.mark.slow
def test_a_real_vm_is_tried_before_its_image_is_handed_out_and_nothing_else_is_left(stack, cloud):
    """Boot test, tag `current` and `release: after-image` on a booted Debian: one `up` leaves the image alone."""
    settings = image(
        source_image="debian-12",
        vm_type="a1.small",
        disk_size=4,
        state_timeout="15m",
        ssh_timeout="10m",
        provisioners=[{"type": "shell", "inline": ["sudo sh -c 'uname -r > /srv/kernel'"]}],
        verify=["systemctl is-system-running --wait", '[ "$(cat /srv/kernel)" = "$(uname -r)" ]'],
        release="after-image",
    )
    stack.configure({"web": settings})
    stack.up().ok()
    id_ = stack.outputs()["image_id"]
    cloud.assert_only_images(id_)
    assert cloud.get(f"/v1/image/{id_}")["tag"]["current"] == "web"
    assert "unchanged" in stack.refresh().ok().text
    before = cloud.mutations()
    stack.destroy().ok()
    assert cloud.mutations() == before
