"""The records of resources' inputs: what they read, what they refuse, what diffs learn from them."""

from __future__ import annotations

import dataclasses
import sys
import traceback

import pytest
from pulumi.runtime.rpc import UNKNOWN

from pulumi_hyperone.provider.resources.image import ImageProvider
from pulumi_hyperone.provider.schema.image import ImageInputs
from pulumi_hyperone.provider.schema.inputs import IDENTITY, SECRET, SILENT, Inputs
from pulumi_hyperone.provider.schema.post_processing import PostProcessingInputs
from pulumi_hyperone.provider.schema.provisioning import ProvisioningInputs
from pulumi_hyperone.provider.schema.release import Release  # noqa: F401 - makes its record known
from pulumi_hyperone.provider.schema.resource import SDK_FRAMES, no_stack_trace

OWNER = {"build_id": "b1", "image_key": "web", "stack": "p/dev", "stack_id": "s1", "state_timeout": 300.0}
IMAGE = {**OWNER, "vm_id": "v1", "name": "web-1", "service": "image"}


def records() -> list[type[Inputs]]:
    """All records of inputs."""
    found, todo = [], [Inputs]
    while todo:
        todo += (kinds := todo.pop().__subclasses__())
        found += kinds
    return found


def test_a_record_reads_its_fields_and_leaves_outputs_alone():
    """What the provider computed stands beside the inputs in the state."""
    inputs = ImageInputs.of({**IMAGE, "size": 10.0, "description": None})
    assert (inputs.name, inputs.description, inputs.tags) == ("web-1", None, None)
    assert inputs.owner.tags("image")["pulumi-build"] == "b1"


@pytest.mark.parametrize("record", records())
def test_no_record_can_be_changed(record):
    """Inputs are what the engine gave, from the first call to the last."""
    assert record.__dataclass_params__.frozen


@pytest.mark.parametrize("wrong", [{"vm": "v1"}, {"name": None}])
def test_missing_and_unknown_inputs_are_refused(wrong):
    """A wrong name in a component is noticed before anything is registered."""
    with pytest.raises(TypeError, match=r"ImageInputs: missing .*, unknown"):
        ImageInputs.props(**{**IMAGE, **wrong})


def test_what_is_none_is_left_out_of_the_state():
    """Only what is said takes room in the state."""
    assert "description" not in ImageInputs.props(**IMAGE, description=None)


def test_an_input_that_is_no_longer_given_is_a_change():
    """Taking a description or tags away changes the image in place, and the state forgets them."""
    olds = {**IMAGE, "description": "old", "tags": {"a": "1"}, "size": 1.0}
    assert ImageProvider().changed(olds, IMAGE) == ["description", "tags"]


def test_an_identity_that_is_unknown_in_a_preview_replaces():
    """The id of a build that is still to be made is another id; other unknown inputs count as unchanged."""
    diff = ImageProvider().diff("i1", IMAGE, {**IMAGE, "build_id": UNKNOWN, "name": UNKNOWN})
    assert (diff.changes, diff.replaces) == (True, ["build_id"])


def test_a_subclass_may_say_something_else_of_a_field():
    """The machine is gone when post-processors run: what it was is no reason to run them again."""
    assert "communicator" not in ProvisioningInputs.names(SILENT)
    assert "communicator" in PostProcessingInputs.names(SILENT)
    assert set(PostProcessingInputs.names(IDENTITY)) == {"build_id", "image_id", "post_processors"}


def test_what_can_hold_secrets_is_secret_in_every_record():
    """A copy under the same name is encrypted wherever it stands."""
    facts = {
        one.name: {
            SECRET in field.metadata
            for record in records()
            for field in dataclasses.fields(record)
            if field.name == one.name
        }
        for record in records()
        for one in dataclasses.fields(record)
    }
    assert all(len(said) == 1 for said in facts.values())


def test_registering_stores_no_stack_trace_and_keeps_that_of_errors_whole():
    """The SDK sees its own frames alone while a resource is registered; tracebacks outside of that keep theirs."""
    with no_stack_trace():
        assert len(traceback.extract_stack()) == SDK_FRAMES
    assert not hasattr(sys, "tracebacklimit")
