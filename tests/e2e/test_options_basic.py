"""The basic example of the reference page, as it stands there: a token, an image by name, a1.nano, 10 GiB."""

from __future__ import annotations

BASIC = {"source_image": "debian", "disk_size": 10, "vm_type": "a1.nano"}


def test_the_basic_example_builds_an_image(stack, cloud):
    """Three options are enough: the image has a name by the clock, the disk its 10 GiB, and nothing else is left."""
    sandbox = {"name": "s", "service": "a1.nano", "image": "sandbox", "disk": [{"service": "ssd", "size": 1}]}
    vm = cloud.send("POST", "/v1/vm", sandbox)
    debian = cloud.send("POST", "/v1/image", {"name": "debian", "vm": vm["id"]})["id"]
    disks = [hdd["disk"]["id"] for hdd in cloud.get(f"/v1/vm/{vm['id']}/hdd")]
    cloud.send("DELETE", f"/v1/vm/{vm['id']}", {"removeDisks": disks})
    stack.environment.pop("HYPERONE_TOKEN")
    stack.configure({"basic": BASIC})
    stack.run("config", "set", "--secret", "hyperone:token", cloud.local.token).ok()
    stack.up().ok()
    made = stack.outputs("basic")
    assert made["source_image_id"] == debian
    assert made["image_name"].startswith("packer-1")
    assert cloud.inventory()["disks"][0]["size"] == 10
    stack.destroy().ok()
    cloud.assert_only_images(debian, made["image_id"])
