"""Times and API calls of a step, recorded with its outputs."""

from __future__ import annotations

from datetime import datetime

import pytest
from pulumi.dynamic import CreateResult

from pulumi_hyperone.provider.process.timing import count_call, timed


@timed
def inner(_provider, props):
    """A step of two calls."""
    count_call()
    count_call()
    return CreateResult("inner", props)


@timed
def outer(provider, props):
    """A step of one call around another step."""
    count_call()
    made = inner(provider, {})
    return CreateResult("outer", {**props, "inside": made.outs["api_calls"]})


def test_a_step_counts_its_calls_and_those_of_steps_inside_it():
    """The inputs stay, the times come beside them."""
    count_call()
    made = outer(None, {"name": "web"})
    assert (made.id, made.outs["name"], made.outs["inside"], made.outs["api_calls"]) == ("outer", "web", 2, 3)
    assert made.outs["seconds"] >= 0
    assert datetime.fromisoformat(made.outs["started_at"]).tzinfo is not None


def test_a_failed_step_leaves_no_count_behind():
    """What follows in the same thread is counted from nothing."""

    @timed
    def fails(_provider, _props):
        count_call()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        fails(None, {})
    assert inner(None, {}).outs["api_calls"] == 2
