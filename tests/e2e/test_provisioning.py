"""What Provisioning does around the provisioners, through the engine."""

from __future__ import annotations

from tests.support.machines import run_on_machine_from
from tests.support.stacks import image


def test_the_error_cleanup_provisioner_runs_on_the_machine_before_the_build_fails(stack, cloud):
    """When a provisioner fails, error_cleanup_provisioner runs; its output is in the log and the failure stands."""
    failing = [{"type": "shell", "inline": ["echo evidence > /home/guru/evidence", "exit 7"]}]
    cleanup = {"type": "shell", "inline": ["echo saved: $(cat /home/guru/evidence)"]}
    stack.configure({"web": image(provisioners=failing, error_cleanup_provisioner=cleanup)})
    stack.up().failed("exit code 7")
    logs = "".join(path.read_text() for path in (stack.folder / "logs").rglob("*.log"))
    assert "saved: evidence" in logs


def test_ssh_clear_authorized_keys_takes_the_build_key_out_of_the_image(stack, cloud):
    """The image does not hold the build's public key in any authorized_keys."""
    key = "test -e .ssh/authorized_keys || touch .ssh/authorized_keys"
    plant = {"type": "shell", "inline": ["mkdir -p .ssh", key, "echo $BUILD_KEY >> .ssh/authorized_keys"]}
    stack.configure({"web": image(ssh_clear_authorized_keys=True, provisioners=[plant])})
    stack.up().ok()
    public = stack.resources()["web-build"]["outputs"]["public_key"].split()[1]
    found = run_on_machine_from(cloud, stack.outputs()["image_id"], "cat .ssh/authorized_keys 2>/dev/null || true")
    assert public not in found


def test_communicator_none_makes_an_image_without_ever_logging_in(stack, cloud):
    """With communicator: none the machine is started, stopped and imaged; nothing waits for SSH."""
    stack.configure({"web": image(communicator="none", provisioners=None)})
    done = stack.up().ok()
    assert "waiting for SSH" not in done.text
    assert len(cloud.images()) == 1


def test_waits_in_front_of_provisioners_do_not_rebuild(stack, cloud):
    """Preview sees no reason in a new sleep and breakpoint; a script that changes is named by its new place."""
    steps = [{"type": "shell", "inline": ["true"]}, {"type": "shell", "inline": ["echo old"]}]
    stack.configure({"web": image(provisioners=steps)})
    stack.up().ok()
    waits = [{"type": "sleep", "duration": "1s"}, {"type": "breakpoint", "disable": True}]
    stack.configure({"web": image(provisioners=[*waits, *steps])})
    assert "rebuild" not in stack.preview().ok().text
    stack.up().ok()
    assert len(cloud.images()) == 1
    stack.configure({"web": image(provisioners=[*waits, steps[0], {"type": "shell", "inline": ["echo new"]}])})
    assert "rebuild: provisioners[3]: settings changed" in stack.preview().ok().text
