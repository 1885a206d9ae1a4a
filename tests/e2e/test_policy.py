"""The policy pack under the real engine, on the project's own program."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pulumi_hyperone.provider.ssh.keys import generate
from tests.support.checkout import as_in_git
from tests.support.stacks import ROOT, image

SECRET = "hunter2Hunter"
PACK = ROOT / "policy"
PROD = json.loads((PACK / "prod.json").read_text())
OFF = dict.fromkeys(PROD, "disabled")


@pytest.fixture
def policy(tmp_path: Path) -> Callable[[dict[str, Any]], list[str]]:
    """Arguments that run the pack with a configuration."""

    def arguments(config: dict[str, Any]) -> list[str]:
        path = tmp_path / "policy.json"
        path.write_text(json.dumps(config))
        return ["--policy-pack", str(PACK), "--policy-pack-config", str(path)]

    return arguments


def source_id(cloud: Any) -> str:
    """The id of the image that sandbox machines are made from."""
    return str(cloud.get("/v1/image/sandbox")["_id"])


def advisory(config: dict[str, Any]) -> dict[str, Any]:
    """The same configuration, every rule on and none mandatory."""
    return {
        name: {**({} if isinstance(entry, str) else entry), "enforcementLevel": "advisory"}
        for name, entry in config.items()
    }


def good_image(cloud: Any, **options: Any) -> dict[str, Any]:
    """An image that satisfies prod.json under the name `base`."""
    fitting = {
        "source_image": source_id(cloud),
        "image_name": "base-{{timestamp}}",
        "image_tags": {"environment": "prod"},
        "ssh_clear_authorized_keys": True,
        "state_timeout": "5m",
        "verify": ["true"],
        "residue": "clean",
    }
    return image(**{**fitting, **options})


def test_preview_shows_all_violations_and_fails_when_a_rule_is_mandatory(stack, cloud, policy):
    """Each image breaks one rule; each message names its image and what to change; nothing is made."""
    by_id = {"source_image": source_id(cloud), "image_name": "x"}
    images = {
        "named": image(**by_id | {"source_image": "sandbox"}),
        "big": image(**by_id, disk_size=3),
        "thrown": image(**by_id, keep_image=False),
        "hasty": image(**by_id, state_timeout="20s"),
    }
    rules = {
        "source-image-pinned": "mandatory",
        "disk-size-limited": {"enforcementLevel": "mandatory", "max_gib": 2},
        "image-retained": "mandatory",
        "source-image-allowed": {"enforcementLevel": "mandatory", "allowed": ["sand*"]},
        "state-timeout-bounded": "mandatory",
        "image-verified": "advisory",
        "vm-type-allowed": "mandatory",
    }
    stack.configure(images)
    said = stack.preview(*policy({**OFF, **rules})).failed().text
    assert (
        f"images.named.source_image: sandbox is a name, whose image may change; write its id {source_id(cloud)}" in said
    )
    assert "images.big.disk_size: 3 GiB is too much here; use at most 2 GiB" in said
    assert "images.thrown.keep_image: false deletes the image with its stack" in said
    assert "images.hasty.state_timeout: 20s is out of bounds; use 60s to 3600s" in said
    assert f"images.big.source_image: {source_id(cloud)} is not allowed here; use one of sand*" in said
    assert said.count("[mandatory]  source-image-pinned") == 1
    assert said.count("[mandatory]  source-image-allowed") == len(images) - 1
    assert said.count("[mandatory]  disk-size-limited") == 1
    assert said.count("[mandatory]  image-retained") == 1
    assert said.count("[mandatory]  state-timeout-bounded") == 1
    assert said.count("[advisory]  image-verified") == len(images)
    assert said.count("rule vm-type-allowed is on but lacks allowed") == len(images)
    assert cloud.mutations() == []


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_a_shipped_stack_passes_the_shipped_policy(stack, cloud, policy, name):
    """stacks/Pulumi.prod.yaml breaks no rule of prod.json once its image to start from is filled in; so does dev.

    The preview is of the file as it is, beside an image that is too big; the update, where a sandbox machine has no
    packages to install, of all but its commands. Both are judged with everything mandatory that is not switched off.
    """
    config = yaml.safe_load(as_in_git(f"stacks/Pulumi.{name}.yaml"))["config"]
    shipped = config["hyperone-image:images"]["base"]
    shipped["source_image"] = source_id(cloud)
    rules = {rule: mandatory(entry) for rule, entry in json.loads((PACK / f"{name}.json").read_text()).items()}
    if name == "dev":
        rules["source-image-allowed"]["allowed"].append(shipped["source_image"])
    stack.configure({"base": shipped, "big": {**shipped, "disk_size": 200}})
    said = stack.preview(*policy(rules)).failed("[mandatory]", "images.big.disk_size: 200 GiB").text
    assert "images.base." not in said
    commands = [{"type": "shell", "inline": ["true"]}]
    quick = {**shipped, "provisioners": commands, **({"verify": ["true"]} if "verify" in shipped else {})}
    stack.configure({"base": quick})
    assert "Policy Violations" not in stack.up(*policy(rules)).ok().text
    kept = [found["id"] for found in cloud.images()]
    stack.destroy().ok()
    cloud.assert_only_images(*(kept if shipped["keep_image"] else []))


def mandatory(entry: Any) -> Any:
    """The same entry of a configuration, mandatory unless it is switched off."""
    if isinstance(entry, str):
        return "disabled" if entry == "disabled" else "mandatory"
    return {**entry, "enforcementLevel": "mandatory"}


def test_a_configuration_of_the_wrong_type_is_refused_before_anything_runs(stack, cloud, policy):
    """The engine checks the configuration against the rules' schemas and names rule and value."""
    stack.configure({"base": good_image(cloud)})
    config = {"disk-size-limited": {"enforcementLevel": "mandatory", "max_gib": "big"}}
    stack.preview(*policy(config)).failed("disk-size-limited: max_gib")
    assert cloud.mutations() == []


def test_each_rule_of_prod_passes_one_image_and_names_what_is_wrong_with_another(stack, cloud, policy):
    """Advisory: the image that breaks every rule is built all the same; messages never hold what they found."""
    stack.write("id", generate("ed25519", 0, comment="mine").private)
    options = {
        "vm_type": "m2.tiny",
        "disk_size": 21,
        "image_name": "Web {{timestamp}}",
        "image_tags": {"environment": "test"},
        "keep_image": False,
        "state_timeout": "2m",
        "user_data": f"#cloud-config\npassword: {SECRET}\n",
        "ssh_agent_auth": True,
        "ssh_private_key_file": str(stack.folder / "id"),
        "provisioners": [
            {"type": "shell", "inline": ["true", f"PASSWORD={SECRET} true", "true # StrictHostKeyChecking=no"]}
        ],
    }
    stack.configure({"web": image(**options), "base": good_image(cloud)})
    rules = {**advisory(PROD), "source-image-allowed": "disabled"}
    said = stack.up(*policy(rules)).ok().text
    for rule in {*rules} - {"source-image-allowed"}:
        assert f"[advisory]  {rule} " in said, f"{rule} is not in:\n{said}"
    for place in (
        "vm_type: m2.tiny",
        "disk_size: 21 GiB",
        "network: without a network",
        "state_timeout: 120s",
        "source_image: sandbox is a name",
        "image_name: 'Web 1",
        "image_tags.environment: 'test' is not allowed",
        "keep_image: false",
        "verify: the image is not tried",
        "residue: the image may hold",
        "provisioners[0].inline[1]: seems to hold a password",
        "user_data: line 2 seems to hold a password",
        "ssh_agent_auth: the build depends",
        "ssh_private_key_file: is a private key",
        "provisioners[0].inline[2]: accepts any host key",
        "ssh_clear_authorized_keys: the key of the build stays",
    ):
        assert f"images.web.{place}" in said, f"{place} is not in:\n{said}"
    assert "images.base." not in said
    assert SECRET not in said


def test_what_a_preview_cannot_know_is_refused_by_the_update_before_it_is_done(stack, cloud, policy):
    """A command with a template is unknown in preview, which passes; the update runs nothing on the machine."""
    bad = {"type": "shell", "inline": [f"echo {{{{timestamp}}}}; TOKEN={SECRET} true"]}
    stack.configure({"base": good_image(cloud, provisioners=[bad])})
    said = stack.run("up", "--yes", *policy(PROD)).failed(
        "Updating", "[mandatory]  no-secret-literals", "images.base.provisioners[0].inline[0]: seems to hold a password"
    )
    assert SECRET not in said.text
    assert "base-provisioning" not in stack.resources()
