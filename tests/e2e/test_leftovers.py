"""`hyperone status` and `sweep`: when the state is lost, the tags still tell, whichever API a build went through."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from tests.faults.processes import alive, family, kill
from tests.support.stacks import ROOT, Run, account, image, wait_for

THROUGH_V2 = pytest.mark.parametrize("api_version", ["v2"])
FAILING = [{"type": "shell", "inline": ["exit 3"]}]


@pytest.fixture
def hyperone(stack):
    """Run a command of ours with the stack's credentials, or others; returns exit code and output."""

    def run(*arguments: str, answer: str = "", **environment: str) -> Run:
        done = subprocess.run(
            [sys.executable, "-m", "pulumi_hyperone", *arguments],
            cwd=ROOT,
            env={**stack.environment, "COLUMNS": "200", **environment},
            input=answer,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
        )
        return Run(done.returncode, done.stdout)

    return run


@pytest.fixture
def lost(make_stack, stack, cloud):
    """A failed build through each generation of the API; the state of v1's stack is lost. Returns both identities."""
    other = make_stack("other")
    other.environment |= account(cloud, "v2")
    for one in (stack, other):
        one.configure({"web": image(provisioners=FAILING)})
        one.up().failed("exit code 3")
    identities = [one.resources()["preflight"]["id"] for one in (stack, other)]
    shutil.rmtree(stack.folder / "backend")
    (stack.folder / "backend").mkdir()
    return identities


def test_status_and_sweep_work_without_any_state(cloud, hyperone, lost, stack):
    """Status names both stacks; sweep removes what the lost one left and nothing of the other, asking first.

    What was built through one generation of the API is removed through the other.
    """
    mine, others = lost
    v2 = account(cloud, "v2")
    listed = json.loads(hyperone("status", "--json").ok().text)
    assert listed == json.loads(hyperone("status", "--json", **v2).ok().text)
    assert {build["stack_id"] for build in listed} == {mine, others}
    assert {build["stack"] for build in listed} == {"hyperone-image/test", "hyperone-image/other"}
    shown = hyperone("status").ok().text
    assert "Kept images" not in shown
    assert listed[0]["since"][:10] in shown
    assert all(one[key] in shown for one in listed for key in ("stack_id", "build_id")), "what sweep is given is whole"

    assert "left alone" in hyperone("sweep", mine, "--yes").ok().text, "a build that was just active may be running"
    assert len(cloud.inventory()["vms"]) == 2

    hyperone("sweep", mine, "--quiet", "0s", answer="n\n").failed()
    assert len(cloud.inventory()["vms"]) == 2, "the answer was no"

    hyperone("sweep", mine, "--quiet", "0s", "--yes", **v2).ok()
    assert [vm["tag"]["pulumi-stack-id"] for vm in cloud.inventory()["vms"]] == [others]
    hyperone("sweep", others, "--quiet", "0s", "--yes").ok()
    assert cloud.inventory()["vms"] == cloud.inventory()["disks"] == []
    stack.run("stack", "init").ok()


def test_sweep_refuses_an_identity_that_left_nothing(hyperone):
    """An unknown identity is an error that says where to find the right one."""
    hyperone("sweep", "f" * 32, "--yes").failed("make status")


def test_status_says_so_when_nothing_is_left(hyperone):
    """In an empty project status says that nothing is left."""
    assert "Nothing is left of any build" in hyperone("status").ok().text


def test_status_without_credentials_says_how_to_use_those_of_a_stack(hyperone, tmp_path):
    """Without a stack it names the option; with one that Pulumi does not know it says that nothing was read."""
    nothing = {"HYPERONE_TOKEN": "", "HOME": str(tmp_path)}
    hyperone("status", **nothing).failed("with your key in ssh-agent", "add --stack NAME")
    said = hyperone("status", "--stack", "nope", **nothing).failed("note: the config of stack nope cannot be read")
    assert "--stack NAME" not in said.text


@THROUGH_V2
def test_machines_come_first_and_kept_images_are_folded(cloud, hyperone, make_stack):
    """However many images were kept, status ends the list of machines with one line for each stack that has some."""
    kept, failed = make_stack("kept"), make_stack("failed")
    kept.configure({name: image(image_name=name, release="after-image") for name in ("a", "b", "c")})
    kept.up().ok()
    failed.configure({"web": image(provisioners=FAILING)})
    failed.up().failed("exit code 3")
    shown = hyperone("status").ok().text
    machines, images = shown.split("Kept images (--images lists them):")
    assert "hyperone-image/failed" in machines
    assert "1 VM" in machines
    identity = kept.resources()["preflight"]["id"]
    assert images.strip() == f"hyperone-image/kept  identity {identity}  3 images"
    builds = {one["build_id"] for one in json.loads(hyperone("status", "--json").ok().text)}
    assert all(build in hyperone("status", "--images").ok().text for build in builds)


def image_calls(cloud):
    """How many images the cloud was asked to make so far."""
    return sum(call["operation"] == "image.create" for call in cloud.mutations())


@THROUGH_V2
def test_an_image_that_no_state_knows_of_is_named_by_destroy_and_swept_alone(stack, cloud, hyperone):
    """Everything dies while an image is made: destroy names it among those that stay; sweep can remove it alone."""
    stack.configure({"web": image()})
    stack.up().ok()
    known = stack.outputs()["image_id"]
    stack.configure({"web": image(), "app": image(image_name="app")})
    cloud.fault(operation="image.create", action="event_slow", seconds=2)
    process = stack.start("up", "--yes", "--skip-preview")
    wait_for(lambda: image_calls(cloud) == 2, what="the call for the second image")
    everything = family(process)
    kill(everything)
    process.communicate(timeout=30)
    wait_for(lambda: not alive(everything), what="the end of all processes")
    orphan = wait_for(lambda: next((one for one in cloud.images() if one["name"] == "app"), None), what="the image")
    stack.cancel()
    stack.run("refresh", "--yes", "--skip-preview", "--clear-pending-creates").ok()
    destroyed = stack.destroy().ok().text
    cloud.assert_only_images(known, orphan["id"])
    for id_ in (known, orphan["id"]):
        assert f"({id_}) stays (keep_image)" in destroyed

    tags = orphan["tag"]
    hyperone("sweep", tags["pulumi-stack-id"], "--build", "0" * 32, "--images", "--yes").failed("make status")
    hyperone("sweep", tags["pulumi-stack-id"], "--build", tags["pulumi-build"], "--images", "--yes").ok()
    cloud.assert_only_images(known)
