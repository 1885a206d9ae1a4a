"""Bad input: one clear report, an exit code that is not 0, nothing created."""

from __future__ import annotations

import pytest

from tests.support.stacks import image


def nothing_created(cloud) -> bool:
    """No mutating call ever reached the cloud."""
    return cloud.mutations() == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param({"source_image": "no-such"}, ["images.web.source_image", "no-such"], id="source image"),
        pytest.param({"vm_type": "z9.huge"}, ["images.web.vm_type", "z9.huge", "a1.nano"], id="vm type"),
        pytest.param({"disk_size": 0}, ["images.web.disk_size"], id="zero"),
        pytest.param({"disk_size": -1}, ["images.web.disk_size", "-1"], id="negative"),
        pytest.param({"disk_size": "big"}, ["images.web.disk_size", "big"], id="no number"),
        pytest.param({"vm_flavour": "a1.nano"}, ["images.web.vm_flavour", "did you mean vm_type"], id="old name"),
        pytest.param({"disk_sizes": 4}, ["images.web.disk_sizes", "disk_size"], id="unknown option"),
        pytest.param(
            {"provisioners": [{"type": "shell", "script": "gone.sh"}]}, ["provisioners[0]", "gone.sh"], id="no script"
        ),
    ],
)
def test_a_wrong_option_is_refused_with_its_path_before_anything_is_created(stack, cloud, options, said):
    """Each wrong option is named with its path and value; the cloud sees no mutating call, in preview or in up."""
    stack.configure({"web": image(**options)})
    stack.preview().failed(*said)
    stack.up().failed(*said)
    assert nothing_created(cloud)


def test_all_faults_of_two_images_come_in_one_report(stack, cloud):
    """Faults of both images stand in one report, those that need no API and those that do."""
    stack.configure({"a": image(disk_size=0, vm_flavour="x"), "b": image(disk_size="no")})
    stack.up().failed("images.a.disk_size", "images.a.vm_flavour", "images.b.disk_size")
    stack.configure({"a": image(vm_type="z9"), "b": image(source_image="none-such"), "c": image(disk_size=0)})
    stack.up().failed("3 faults", "images.a.vm_type", "images.b.source_image", "images.c.disk_size")
    assert nothing_created(cloud)


def ids_of(stack) -> dict[str, str | None]:
    """The ids of all resources in the state."""
    return {name: one.get("id") for name, one in stack.resources().items()}


def test_faults_leave_a_stack_that_is_there_as_it_is(stack, cloud):
    """With a fault nothing is built, changed or removed, neither of other images nor of the one that was taken out."""
    stack.configure({"a": image(), "gone": image(image_name="gone")})
    stack.up().ok()
    before, ids = cloud.inventory(), ids_of(stack)
    stack.configure({"a": image(image_name="renamed"), "b": image(disk_size=0)})
    stack.preview().failed("images.b.disk_size")
    stack.up().failed("images.b.disk_size")
    assert (cloud.inventory(), ids_of(stack)) == (before, ids)
    assert stack.outputs("gone")["image_name"] == "gone"
    stack.configure({"a": image(), "gone": image(image_name="gone")})
    assert "unchanged" in stack.up().ok().text
    stack.destroy().ok()


def test_a_wrong_token_is_said_without_showing_it(stack, cloud):
    """A token that the cloud refuses: one line that says where it came from, and not the token."""
    stack.configure({"web": image()})
    done = stack.up(HYPERONE_TOKEN="wrong-token-1234").failed("token", "HYPERONE_TOKEN")
    assert "wrong-token-1234" not in done.text
    assert nothing_created(cloud)


def test_no_token_names_every_way_to_give_one(stack, cloud):
    """Without any token the message lists the ways."""
    stack.configure({"web": image()})
    stack.up(HYPERONE_TOKEN="").failed("hyperone:token", "HYPERONE_TOKEN", "conf.json")


def test_a_dead_server_is_said_in_one_line(stack, cloud):
    """Nothing listens at api_url: the address and the reason, at once."""
    stack.configure({"web": image()})
    stack.up(HYPERONE_API_URL="http://127.0.0.1:9/v1").failed("http://127.0.0.1:9/v1", "refused")


def test_a_failing_provisioner_shows_its_output_and_the_way_in(stack, cloud):
    """Exit code, last output lines, log file and ssh line are shown; destroy then removes everything."""
    failing = {"type": "shell", "inline": ["echo about to fail", "exit 3"]}
    stack.configure({"web": image(provisioners=[failing])})
    stack.up().failed("exit code 3", "about to fail", "ssh", ".log")
    assert len(cloud.inventory()["vms"]) == 1, "the builder stays for inspection"
    stack.destroy().ok()
    cloud.assert_only_images()


def test_on_failure_cleanup_removes_the_builder_at_once(stack, cloud):
    """With on_failure: cleanup nothing stays after a failed provisioner."""
    stack.configure({"web": image(on_failure="cleanup", provisioners=[{"type": "shell", "inline": ["exit 3"]}])})
    stack.up().failed("exit code 3", "on_failure: cleanup")
    cloud.assert_only_images()
