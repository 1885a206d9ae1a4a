"""Bad input: one clear report, an exit code that is not 0, nothing created."""

from __future__ import annotations

from tests.support.stacks import image


def nothing_created(cloud) -> bool:
    """No mutating call ever reached the cloud."""
    return cloud.mutations() == []


WRONG = {
    "unknown-source": ({"source_image": "no-such"}, ["source_image", "no-such"]),
    "unknown-type": ({"vm_type": "z9.huge"}, ["vm_type", "z9.huge", "a1.nano"]),
    "zero": ({"disk_size": 0}, ["disk_size"]),
    "negative": ({"disk_size": -1}, ["disk_size", "-1"]),
    "word": ({"disk_size": "big"}, ["disk_size", "big"]),
    "old-name": ({"vm_flavour": "a1.nano"}, ["vm_flavour", "did you mean vm_type"]),
    "unknown-option": ({"disk_sizes": 4}, ["disk_sizes", "disk_size"]),
    "no-script": ({"provisioners": [{"type": "shell", "script": "gone.sh"}]}, ["provisioners[0]", "gone.sh"]),
}
"""Options of one image each, and what is said of it."""


def test_wrong_options_are_refused_with_their_path_before_anything_is_created(stack, cloud):
    """One report names each with its path and value, by preview and by up; the cloud sees no mutating call."""
    stack.configure({name: image(**options) for name, (options, _) in WRONG.items()})
    for run in (stack.preview(), stack.up()):
        run.failed(f"{len(WRONG)} faults")
        for name, (_, said) in WRONG.items():
            (line,) = [one for one in run.text.splitlines() if f"images.{name}." in one]
            assert not [word for word in said if word not in line], line
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
