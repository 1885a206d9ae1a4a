"""What others did to the objects between two runs, and what refresh and up make of it."""

from __future__ import annotations

from tests.support.stacks import image


def remove_builder(cloud):
    """Remove the only VM with its disks, as somebody might."""
    (vm,) = cloud.inventory()["vms"]
    cloud.send("DELETE", f"/v1/vm/{vm['id']}", {"removeDisks": [disk["id"] for disk in cloud.inventory()["disks"]]})


def test_what_others_removed_is_made_again_as_far_as_it_is_needed(stack, cloud):
    """A missing image is made from the builder that stands, without provisioning; a builder gone after it is no drift.

    With neither image nor builder a new build is made, and preview says why.
    """
    stack.configure({"web": image()})
    stack.up().ok()
    first = stack.outputs()["image_id"]
    builder = cloud.inventory()["vms"][0]["id"]
    cloud.send("DELETE", f"/v1/image/{first}")
    stack.refresh().ok()
    stack.up().ok()
    second = stack.outputs()["image_id"]
    assert second != first
    assert [vm["id"] for vm in cloud.inventory()["vms"]] == [builder]

    remove_builder(cloud)
    assert "unchanged" in stack.refresh().ok().text
    before = cloud.mutations()
    stack.up().ok()
    assert cloud.mutations() == before

    cloud.send("DELETE", f"/v1/image/{second}")
    stack.refresh().ok()
    assert "neither an image nor a builder" in stack.preview().ok().text
    stack.up().ok()
    assert [one["id"] for one in cloud.images()] == [stack.outputs()["image_id"]]
    assert stack.outputs()["image_id"] not in (first, second)
    remove_builder(cloud)
    stack.destroy().ok()


def test_an_image_changed_by_hand_is_noticed_and_put_right(stack, cloud):
    """Refresh notices a changed name and tag, up restores them; tags that others added stay, secret ones secret."""
    stack.configure({"web": image(image_tags={"team": "web"})})
    owner = ["--path", "hyperone-image:images.web.image_tags.owner", "hush-owner-95"]
    stack.run("config", "set", "--secret", *owner).ok()
    stack.up().ok()
    assert "output<string>" not in stack.preview("--diff").ok().text, "consumers of an unchanged image see no change"
    id_ = stack.outputs()["image_id"]
    cloud.send("PATCH", f"/v1/image/{id_}", {"name": "renamed"})
    cloud.send("PATCH", f"/v1/image/{id_}/tag", {"team": "other", "published": "true"})
    refreshed = stack.refresh("--diff").ok()
    assert "hush-owner-95" not in refreshed.text + "".join(file.read_text() for file in stack.state_files())
    assert "1 to update" in stack.preview().ok().text
    stack.up().ok()
    made = cloud.get(f"/v1/image/{id_}")
    assert made["name"] == "web"
    assert (made["tag"]["team"], made["tag"]["published"]) == ("web", "true")
