"""What others did to the objects between two runs, and what refresh and up make of it."""

from __future__ import annotations

from tests.support.stacks import image


def test_a_builder_gone_after_the_image_is_no_drift(stack, cloud):
    """Without a builder that has done its work refresh and up change nothing, and destroy does not stumble."""
    stack.configure({"web": image()})
    stack.up().ok()
    vm = cloud.inventory()["vms"][0]
    disks = [disk["id"] for disk in cloud.inventory()["disks"]]
    cloud.send("DELETE", f"/v1/vm/{vm['id']}", {"removeDisks": disks})
    assert "unchanged" in stack.refresh().ok().text
    before = cloud.mutations()
    stack.up().ok()
    assert cloud.mutations() == before
    stack.destroy().ok()


def test_an_image_gone_while_its_builder_stands_is_made_again(stack, cloud):
    """After a refresh `up` makes the missing image from the builder that is still there, without provisioning again."""
    stack.configure({"web": image()})
    stack.up().ok()
    first = stack.outputs()["image_id"]
    builder = cloud.inventory()["vms"][0]["id"]
    cloud.send("DELETE", f"/v1/image/{first}")
    stack.refresh().ok()
    stack.up().ok()
    assert stack.outputs()["image_id"] != first
    assert [vm["id"] for vm in cloud.inventory()["vms"]] == [builder]


def test_image_and_builder_gone_build_all_anew(stack, cloud):
    """With neither image nor builder left a new build is made, and preview says why."""
    stack.configure({"web": image()})
    stack.up().ok()
    first = stack.outputs()["image_id"]
    vm = cloud.inventory()["vms"][0]["id"]
    disks = [disk["id"] for disk in cloud.inventory()["disks"]]
    cloud.send("DELETE", f"/v1/vm/{vm}", {"removeDisks": disks})
    cloud.send("DELETE", f"/v1/image/{first}")
    stack.refresh().ok()
    assert "neither an image nor a builder" in stack.preview().ok().text
    stack.up().ok()
    assert len(cloud.images()) == 1
    assert stack.outputs()["image_id"] != first


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


def test_a_half_provisioned_builder_is_never_used_again(stack, cloud):
    """After a failed provisioner the next `up` starts a new build, and the half-done machine goes."""
    stack.configure({"web": image(provisioners=[{"type": "shell", "inline": ["exit 3"]}])})
    stack.up().failed("exit code 3")
    failed = cloud.inventory()["vms"][0]["id"]
    stack.configure({"web": image()})
    stack.up().ok()
    assert failed not in {vm["id"] for vm in cloud.inventory()["vms"]}
    assert len(cloud.images()) == 1


def test_the_same_settings_after_a_failure_rebuild_because_of_the_half_done_builder(stack, cloud):
    """With nothing changed after a failure, preview says that the builder was left half provisioned."""
    stack.write("flaky.sh", "#!/bin/sh\nexit 3\n")
    stack.configure({"web": image(provisioners=[{"type": "shell", "inline": ["test -e /nowhere"]}])})
    stack.up().failed()
    assert "was left half provisioned" in stack.preview().ok().text
