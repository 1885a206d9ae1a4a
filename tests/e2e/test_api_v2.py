"""Whole stacks through the second generation of the API."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
import yaml

from pulumi_hyperone.provider.ssh.keys import generate
from tests.support.machines import run_on_machine_from
from tests.support.stacks import account, image

TEMPLATE = """
packer {
  required_plugins {
    hyperone = {
      version = ">= 2.0.0"
      source  = "github.com/hyperonecom/hyperone"
    }
  }
}
source "hyperone" "web" {
  location          = "pl-waw-1"
  network           = "public"
  source_image      = "sandbox"
  vm_type           = "a1.nano"
  disk_size         = 1
  image_name        = "from-packer"
  image_description = "by a template"
  image_tags        = { team = "web" }
  ssh_port          = PORT
}
build {
  sources = ["source.hyperone.web"]
  provisioner "shell" {
    inline = ["echo ${source.type}.${source.name} > proof"]
  }
}
"""

pytestmark = pytest.mark.parametrize("api_version", ["v2"])


def only_v2(cloud) -> None:
    """Fail unless every call of the provider went to the second generation."""
    paths = {call["path"] for call in cloud.get("/_local/calls") if not call["path"].startswith(("/_local", "/v1"))}
    assert any(path.startswith("/v2/compute/pl-waw-1/project/") for path in paths), paths


def test_a_stack_lives_and_dies(stack, cloud):
    """Up, nothing to do, refresh, a change in place, destroy: the image holds what was built, and it alone is left."""
    printing = {"type": "shell-local", "inline": [f"cat {cloud.local.passport()}"]}
    steps = [*image()["provisioners"], printing]
    stack.configure({"web": image(image_tags={"team": "web"}, image_description="first", provisioners=steps)})
    assert "has no effect" not in stack.up().ok().text
    outputs = stack.outputs()
    made = cloud.get(f"/v1/image/{outputs['image_id']}")
    assert (made["state"], made["name"], made["tag"]["team"]) == ("Online", "web", "web")
    only_v2(cloud)
    log = "".join(path.read_text() for path in (stack.folder / "logs").rglob("*") if path.is_file())
    assert f"API v2 at {cloud.local.url_v2} (the end of the address from the environment variable" in log
    before = cloud.mutations()
    assert "unchanged" in stack.up().ok().text
    stack.refresh().ok()
    assert cloud.mutations() == before
    stack.configure({"web": image(image_tags={"team": "ops"}, image_description="second", provisioners=steps)})
    stack.up().ok()
    changed = cloud.get(f"/v1/image/{outputs['image_id']}")
    assert (changed["tag"]["team"], changed["description"]) == ("ops", "second")
    assert run_on_machine_from(cloud, outputs["image_id"], "cat proof") == "built\n"
    key = json.loads(cloud.local.passport().read_text())["private_key"].splitlines()[1]
    assert "subject_id" in log, "the passport was printed"
    assert key not in log
    assert all(key not in path.read_text(errors="replace") for path in stack.state_files())
    stack.destroy().ok()
    cloud.assert_only_images(outputs["image_id"])


def test_a_bad_image_is_kept_apart_and_old_ones_go(stack, cloud):
    """Boot test, `current`, a hand that changed a tag, quarantine and keep_last: as through v1."""
    web = image(verify=["grep good state"], release="after-image", keep_last=1, image_tags={"team": "web"})

    def writing(text: str) -> list[dict[str, Any]]:
        return [{"type": "shell", "inline": [f"echo {text} > state"]}]

    stack.configure({"web": {**web, "provisioners": writing("good")}})
    stack.up().ok()
    first = stack.outputs()
    cloud.send("PATCH", f"/v1/image/{first['image_id']}/tag", {"team": "other", "by": "hand"})
    stack.refresh().ok()
    stack.configure({"web": {**web, "provisioners": writing("bad"), "on_verify_failure": "quarantine"}})
    stack.up().failed("is kept under the tag quarantine")
    assert stack.outputs() == first
    tags = {found["id"]: found["tag"] for found in cloud.images()}
    (bad,) = tags.keys() - {first["image_id"]}
    assert "quarantine" in tags[bad]
    assert tags[first["image_id"]]["current"] == "web"
    stack.configure({"web": {**web, "provisioners": writing("good-again")}})
    stack.up().ok()
    second = stack.outputs()["image_id"]
    assert {found["id"]: found["tag"].get("current") for found in cloud.images()} == {second: "web", bad: None}
    only_v2(cloud)
    stack.destroy().ok()


@pytest.mark.parametrize(("made", "ended"), [("v1", "v2"), ("v2", "v1")])
def test_a_stack_moves_from_one_generation_to_the_other(stack, cloud, made, ended):
    """They are the same objects under the same ids: `up` and refresh change nothing, an image is adopted."""
    first, second = ({"HYPERONE_PASSPORT_FILE": "", **account(cloud, api_version)} for api_version in (made, ended))
    stack.configure({"web": image(), "old": image(image_name="old", keep_image=False)})
    stack.environment |= first
    stack.up().ok()
    before, built = cloud.mutations(), stack.outputs()["image_id"]
    stack.environment |= second
    assert "unchanged" in stack.up().ok().text
    stack.refresh().ok()
    assert cloud.mutations() == before
    stack.configure({"web": {"existing_id": "web"}, "old": image(image_name="old", keep_image=False)})
    stack.up().ok()
    assert stack.outputs()["image_id"] == built
    stack.destroy().ok()
    cloud.assert_only_images(built)


def test_a_template_of_the_second_plugin_generation_builds_what_it_says(stack, cloud):
    """The imported stack file names generation and location; machine, image and its content are the template's."""
    stack.write("web.pkr.hcl", TEMPLATE.replace("PORT", str(stack.port)))
    command = [sys.executable, "-m", "pulumi_hyperone", "import-packer", "web.pkr.hcl", "-o", "imported.yaml"]
    subprocess.run(command, cwd=stack.folder, env=stack.environment, check=True, capture_output=True)
    imported = yaml.safe_load((stack.folder / "imported.yaml").read_text())["config"]
    assert imported["hyperone:api_version"] == "v2"
    assert imported["hyperone:location"] == "pl-waw-1"
    path = stack.folder / "stacks" / f"Pulumi.{stack.name}.yaml"
    kept = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump({**kept, "config": imported}))
    stack.up().ok()
    only_v2(cloud)
    calls = [call for call in cloud.get("/_local/calls") if call["operation"] == "vm.create"]
    body = calls[0]["body"]
    assert (body["service"], body["netadp"], body["disk"][0]["size"]) == ("a1.nano", [{"network": "public"}], 1)
    (made,) = cloud.images()
    assert (made["name"], made["tag"]["team"], made["description"]) == ("from-packer", "web", "by a template")
    assert run_on_machine_from(cloud, made["id"], "cat proof") == "hyperone.web\n"
    stack.destroy().ok()


def effects(stack, cloud) -> dict[str, Any]:
    """Build the image `web`: what its options made of VM, disk, addresses and image. The stack is destroyed again."""
    stack.up().ok()
    found = cloud.inventory()
    (vm,), (disk,), image_ = found["vms"], found["disks"], cloud.get(f"/v1/image/{stack.outputs()['image_id']}")
    (adapter,) = cloud.get(f"/v1/vm/{vm['id']}/netadp")
    own = [{key: one["tag"].get(key) for key in ("team", "release")} for one in (vm, image_)]
    told = {
        "vm": (vm["name"], vm["flavour"], vm["userMetadata"], len(vm["sshKeys"])),
        "disk": (disk["name"], disk["size"], disk["flavour"]),
        "network": adapter["network"],
        "associated": [ip["address"] for ip in found["ips"] if ip["state"] == "Associated"],
        "image": (image_["name"], image_["description"], image_["flavour"]),
        "tags": own,
        "address": stack.resources()["web-builder"]["outputs"]["address"],
        "user": run_on_machine_from(cloud, image_["id"], "cat /home/builder/user"),
    }
    stack.destroy().ok()
    return told


def test_options_have_the_same_effect_in_both_generations(make_stack, cloud):
    """Types, names, sizes, tags, user and user data, keys, network and public address, seen on what they made."""
    network = cloud.send("POST", "/v1/network", {"name": "inner"})
    public = cloud.send("POST", "/v1/ip", {})
    options = {
        "vm_type": "a1.small",
        "vm_name": "machine",
        "vm_tags": {"team": "ops"},
        "disk_size": 2.5,
        "disk_type": "hissd",
        "disk_name": "os",
        "image_description": "made of options",
        "image_tags": {"release": "12"},
        "ssh_username": "builder",
        "ssh_keys": [generate("ed25519").public],
        "user_data": "#cloud-config\n",
        "network": "inner",
        "public_ip": public["address"],
        "provisioners": [{"type": "shell", "inline": ["whoami > user"]}],
    }
    seen = []
    for api_version in ("v1", "v2"):
        stack = make_stack(api_version)
        stack.environment |= {"HYPERONE_PASSPORT_FILE": "", **account(cloud, api_version)}
        stack.configure({"web": image(**options)})
        seen.append(effects(stack, cloud))
    assert seen[0] == seen[1]
    assert seen[0]["disk"] == ("os", 2.5, "hissd")
    assert seen[0]["vm"][:2] == ("machine", "a1.small")
    assert seen[0]["address"] == public["address"]
    assert public["address"] in seen[0]["associated"]
    assert seen[0]["tags"] == [{"team": "ops", "release": None}, {"team": None, "release": "12"}]
    assert seen[0]["user"] == "builder\n"
    cloud.send("DELETE", f"/v1/ip/{public['id']}")
    cloud.send("DELETE", f"/v1/network/{network['id']}")


def test_a_failed_build_is_cleaned_up(stack, cloud):
    """With on_failure: cleanup nothing of the build is left but the message."""
    failing = [{"type": "shell", "inline": ["echo broken >&2", "exit 7"]}]
    stack.configure({"web": image(provisioners=failing, on_failure="cleanup")})
    stack.up().failed("exit", "broken")
    cloud.assert_only_images()
    stack.destroy().ok()


def test_what_the_cloud_does_not_know_is_said_before_anything_is_made(stack, cloud):
    """Types, images and keys are checked in v2's own lists; an adapter's type, which v2 has not, is warned about."""
    unknown = {"vm_type": "z9.huge", "source_image": "nothing", "disk_type": "tape", "ssh_keys": ["nobody"]}
    stack.configure({"web": image(**unknown, image_access_rights=["*"], public_netadp_service="gold")})
    stack.preview().failed(
        "images.web.vm_type: HyperOne has no vm type 'z9.huge'",
        "images.web.source_image: HyperOne has no image 'nothing' that this project can see; "
        "give an existing id or name (v2 lists no recommended images, so their aliases are unknown)",
        "images.web.disk_type: HyperOne has no disk type 'tape'",
        "images.web.ssh_keys[0]: HyperOne has no SSH key 'nobody'",
        "images.web.image_access_rights: cannot be set: the second generation of HyperOne's API has no access rights",
        "images.web.public_netadp_service has no effect: adapters of v2 have no types",
    )
    cloud.assert_only_images()
