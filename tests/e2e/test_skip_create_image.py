"""Everything but the image: builds that leave nothing in the cloud and know that they are done."""

from __future__ import annotations

import pytest

from tests.support.chroot import chroot_image
from tests.support.options import covers
from tests.support.stacks import image


@covers("skip_create_image")
@pytest.mark.parametrize("api_version", ["v2"])
def test_a_build_without_an_image_is_done_once_and_leaves_nothing(stack, cloud):
    """Done is done, for up and refresh; a failed one keeps its machine and is built anew; then the image is made."""
    dry = image(skip_create_image=True)
    failing = [{"type": "shell", "inline": ["echo broken >&2", "exit 7"]}]
    stack.configure({"web": {**dry, "provisioners": failing}})
    stack.up().failed("broken", "exit")
    assert len(cloud.inventory()["vms"]) == 1
    assert "was left half provisioned" in stack.preview().ok().text
    stack.configure({"web": dry})
    done = stack.up().ok()
    assert "nothing is left: the build succeeded, no image was made (skip_create_image)" in done.text
    cloud.assert_only_images()
    found = stack.outputs()
    assert (found["skip_create_image"], found["image_id"], found["image_size"]) == (True, "", 0)
    assert found["fingerprint"]
    before = cloud.mutations()
    assert "unchanged" in stack.refresh().ok().text
    assert "rebuild" not in stack.up().ok().text
    assert cloud.mutations() == before
    stack.configure({"web": image()})
    assert "rebuild: there is neither an image nor a builder" in stack.up().ok().text
    made = stack.outputs()
    assert "skip_create_image" not in made
    stack.configure({"web": dry})
    assert "rebuild" not in stack.up().ok().text, "the same content was built already"
    cloud.assert_only_images(made["image_id"])
    stack.configure({"web": image()})
    assert "rebuild: there is no builder of the last build" in stack.up().ok().text
    assert stack.outputs()["image_id"] != made["image_id"]
    assert made["image_id"] in {one["id"] for one in cloud.images()}, "an image stays, whatever forgot it"
    stack.configure({"web": dry})
    stack.up().ok()
    before = cloud.mutations()
    stack.destroy().ok()
    assert cloud.mutations() == before, "destroy has nothing left to do"


def test_what_would_be_left_in_an_image_fails_the_check(stack, cloud):
    """A pull request that leaves something in the image is not one that builds."""
    leaving = [{"type": "shell", "inline": ["echo x > /tmp/left"]}]
    stack.configure({"web": image(skip_create_image=True, residue="fail", provisioners=leaving)})
    stack.up().failed("images.web.residue: the image is not made", "/tmp/left (temporary-file")
    stack.configure({"web": image(skip_create_image=True, residue="clean", provisioners=leaving)})
    assert "the build succeeded" in stack.up().ok().text
    cloud.assert_only_images()


def test_a_release_that_fails_goes_on_and_a_builder_that_was_lost_is_said(stack, cloud):
    """The next up removes what stayed; a machine that was removed by hand before it was provisioned has a way out."""
    stack.configure({"web": image(skip_create_image=True)})
    cloud.fault(operation="vm.delete", action="fail", status=403)
    stack.up().failed("403")
    assert len(cloud.inventory()["vms"]) == 1
    assert "rebuild" not in stack.up().ok().text
    cloud.assert_only_images()
    failing = [{"type": "shell", "inline": ["exit 7"]}]
    stack.configure({"web": image(skip_create_image=True, provisioners=failing)})
    stack.up().failed("exit")
    (vm,) = cloud.inventory()["vms"]
    disks = [plug["disk"]["id"] for plug in cloud.get(f"/v1/vm/{vm['id']}/hdd")]
    cloud.send("DELETE", f"/v1/vm/{vm['id']}", {"removeDisks": disks})
    stack.up().failed("run `pulumi destroy`, then `pulumi up` to start over")
    stack.destroy().ok()
    cloud.assert_only_images()


@pytest.mark.vm
@pytest.mark.parametrize("api_version", ["v2"])
def test_a_chroot_build_without_an_image_leaves_no_disk(stack, cloud):
    """The disk is filled, unmounted, unplugged and removed; there is no carrier; an unchanged up does nothing.

    Through v2 the builder finds the disk by its id among /dev/disk/by-id.
    """
    stack.configure({"web": chroot_image(skip_create_image=True)})
    stack.up().ok()
    cloud.assert_only_images()
    assert not {"web-carrier", "web-image"} & stack.resources().keys()
    before = cloud.mutations()
    stack.refresh().ok()
    assert "rebuild" not in stack.up().ok().text
    assert cloud.mutations() == before
