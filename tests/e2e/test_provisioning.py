"""What Provisioning does around the provisioners, through the engine."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.support.cloud import Cloud
from tests.support.machines import run_on_machine_from
from tests.support.stacks import image, new_stack, rows

FAILING = [{"type": "shell", "inline": ["echo evidence > /home/guru/evidence", "exit 7"]}]
CLEANUP = {"type": "shell", "inline": ["echo saved: $(cat /home/guru/evidence)"]}
PLANT = [
    "mkdir -p .ssh",
    "test -e .ssh/authorized_keys || touch .ssh/authorized_keys",
    "echo $BUILD_KEY >> .ssh/authorized_keys",
]
STEPS = [{"type": "shell", "inline": ["true"]}, {"type": "shell", "inline": ["echo old"]}]
WAITS = [{"type": "sleep", "duration": "1s"}, {"type": "breakpoint", "disable": True}]
CHANGED = [*WAITS, STEPS[0], {"type": "shell", "inline": ["echo new"]}]


@dataclass
class Told:
    """What was made of four images, one of which fails, and then of waits in front of the steps of another one.

    `images` are the names of all images that the stack left when it was destroyed.
    """

    up: str
    made: dict[str, str]
    kept: str
    images: list[str]
    public_key: str
    authorized_keys: str
    logs: str
    with_waits: str
    changed: str


@pytest.fixture(scope="module")
def told(session_cloud, engine_path, api_version, tmp_path_factory) -> Told:
    """Four images, one of each kind, built side by side; then waits come in front of the steps of one."""
    session_cloud.reset()
    cloud = Cloud(session_cloud)
    stack = new_stack(tmp_path_factory.mktemp("provisioning") / "project", engine_path, cloud, "test", api_version)
    planted = [{"type": "shell", "inline": PLANT}]
    images = {
        "cleared": image(image_name="cleared", ssh_clear_authorized_keys=True, provisioners=planted),
        "silent": image(image_name="silent", communicator="none", provisioners=None, ssh_port=1, ssh_timeout="5s"),
        "waits": image(image_name="waits", provisioners=STEPS),
    }
    failing = image(image_name="failing", provisioners=FAILING, error_cleanup_provisioner=CLEANUP)
    stack.configure({**images, "failing": failing})
    up = stack.up("--continue-on-error").failed("exit code 7").text
    made = {key: stack.resources()[f"{key}-image"]["id"] for key in images}
    authorized = "cat .ssh/authorized_keys 2>/dev/null || true"
    left = run_on_machine_from(cloud, made["cleared"], authorized)
    logs = "".join(path.read_text() for path in (stack.folder / "logs").rglob("failing-*.log"))
    images["waits"]["provisioners"] = [*WAITS, *STEPS]
    stack.configure(images)
    with_waits, again = stack.preview().ok().text, stack.up().ok().text
    kept = stack.outputs("waits")["image_id"]
    images["waits"]["provisioners"] = CHANGED
    stack.configure(images)
    changed = stack.preview().ok().text
    public = stack.resources()["cleared-build"]["outputs"]["public_key"].split()[1]
    stack.destroy().ok()
    return Told(
        up, made, kept, [one["name"] for one in cloud.images()], public, left, logs, with_waits + again, changed
    )


def test_the_error_cleanup_provisioner_runs_on_the_machine_before_the_build_fails(told):
    """When a provisioner fails, error_cleanup_provisioner runs; its output is in the log and the failure stands."""
    assert "provisioners[0]" in told.up
    assert "saved: evidence" in told.logs
    assert "failing" not in told.images


def test_ssh_clear_authorized_keys_takes_the_build_key_out_of_the_image(told):
    """The image does not hold the build's public key in any authorized_keys."""
    assert told.public_key not in told.authorized_keys


def test_communicator_none_makes_an_image_without_ever_logging_in(told):
    """With communicator: none the machine is started, stopped and imaged, though its port of SSH has nobody there."""
    assert "SSH" not in "\n".join(rows(told.up, "silent-provisioning"))
    assert told.images.count("silent") == 1


def test_waits_in_front_of_provisioners_do_not_rebuild(told):
    """Preview sees no reason in a new sleep and breakpoint; a script that changes is named by its new place."""
    assert "rebuild" not in told.with_waits
    assert told.kept == told.made["waits"]
    assert told.images.count("waits") == 1
    assert "rebuild: provisioners[3]: settings changed" in told.changed
