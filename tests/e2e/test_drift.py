"""What others did to the objects between two runs, and what refresh and up make of it."""

from __future__ import annotations

from tests.support.stacks import image


def remove_builder(cloud, key):
    """Remove the builder of an image with its disks, as somebody might."""
    (vm,) = (vm["id"] for vm in cloud.inventory()["vms"] if vm["tag"]["pulumi-image"] == key)
    disks = [hdd["disk"]["id"] for hdd in cloud.get(f"/v1/vm/{vm}/hdd")]
    cloud.send("DELETE", f"/v1/vm/{vm}", {"removeDisks": disks})


def test_what_others_changed_and_removed_is_put_right_as_far_as_it_is_needed(stack, cloud):
    """Refresh notices a changed name and tag, up restores them; tags that others added stay, secret ones secret.

    A missing image is made from the builder that stands, without provisioning; a builder gone after it is no drift.
    With neither image nor builder a new build is made, and preview says why.
    """
    stack.configure({"web": image(), "own": image(image_name="own", image_tags={"team": "web"})})
    owner = ["--path", "hyperone-image:images.own.image_tags.owner", "hush-owner-95"]
    stack.run("config", "set", "--secret", *owner).ok()
    stack.up().ok()
    assert "output<string>" not in stack.preview("--diff").ok().text, "consumers of an unchanged image see no change"
    first, own = (stack.outputs(name)["image_id"] for name in ("web", "own"))
    builders = {vm["id"] for vm in cloud.inventory()["vms"]}
    cloud.send("DELETE", f"/v1/image/{first}")
    cloud.send("PATCH", f"/v1/image/{own}", {"name": "renamed"})
    cloud.send("PATCH", f"/v1/image/{own}/tag", {"team": "other", "published": "true"})
    refreshed = stack.refresh("--diff").ok()
    assert "hush-owner-95" not in refreshed.text + "".join(file.read_text() for file in stack.state_files())
    assert "1 to update" in stack.preview().ok().text
    stack.up().ok()
    made = cloud.get(f"/v1/image/{own}")
    assert made["name"] == "own"
    assert (made["tag"]["team"], made["tag"]["published"]) == ("web", "true")
    second = stack.outputs()["image_id"]
    assert second != first
    assert {vm["id"] for vm in cloud.inventory()["vms"]} == builders

    remove_builder(cloud, "web")
    assert "unchanged" in stack.refresh().ok().text
    before = cloud.mutations()
    stack.up().ok()
    assert cloud.mutations() == before

    cloud.send("DELETE", f"/v1/image/{second}")
    stack.refresh().ok()
    assert "neither an image nor a builder" in stack.preview().ok().text
    stack.up().ok()
    third = stack.outputs()["image_id"]
    assert third not in (first, second)
    assert {one["id"] for one in cloud.images()} == {own, third}
    remove_builder(cloud, "web")
    stack.destroy().ok()
