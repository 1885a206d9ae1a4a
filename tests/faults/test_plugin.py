"""Faults and kills while a program in YAML has the plugin build its images: the same cases, another way to them."""

from __future__ import annotations

import os
import random

import pytest

from tests.faults.batch import Batch, destroy_first, meet, rebuild_destroy_first, rebuild_up_first, up_first
from tests.faults.calls import CALLS
from tests.faults.dice import SEED, kill
from tests.faults.kinds import cases
from tests.support.stacks import BOTH
from tests.support.yaml_stacks import yaml_stack

pytestmark = [pytest.mark.faults, pytest.mark.e2e, pytest.mark.timeout(3000)]

IMAGES = 24
KILLS = int(os.environ.get("KILLS", "12"))
USUAL = 11.0
"""Seconds that an engine's whole run on two images takes: the plugin starts first."""


@pytest.fixture
def batch(make_stack, cloud):
    """A stack whose images the plugin makes."""
    made = Batch(yaml_stack(make_stack("home")), cloud)
    yield made
    print(f"FAULT_SEED={SEED}: struck {len(made.hits)}, not met {len(made.missed)}: {made.missed}")  # noqa: T201 -- the counts


def spread(calls, sites, number):
    """Random cases, once and lasting ones: each run of the tests tries others."""
    return random.Random(SEED).sample(cases(calls, sites), number)


@pytest.mark.parametrize("order", [up_first, destroy_first], ids=["up-first", "destroy-first"])
@BOTH
def test_faults_of_builds_by_the_plugin_leave_nothing_behind(batch, api_version, order):
    """Whatever fault strikes which call, the next `up` or `destroy` leaves exactly the images and nothing else."""
    calls = CALLS[api_version]
    at_build, at_destroy = (spread(calls, sites, IMAGES) for sites in (calls.build, calls.destroy))
    meet(batch, order, at_build, at_destroy)


@pytest.mark.parametrize("order", [rebuild_up_first, rebuild_destroy_first], ids=["up-first", "destroy-first"])
@BOTH
def test_faults_of_builds_anew_by_the_plugin_leave_an_image_at_any_time(batch, api_version, order):
    """Whatever strikes a build anew, no key is ever without an image, and old ones go only where they may."""
    faults = {f"k{n:02}": case for n, case in enumerate(spread(CALLS[api_version], CALLS[api_version].rebuild, IMAGES))}
    order(batch, list(faults), faults)


@pytest.mark.parametrize("number", range(KILLS))
@BOTH
def test_a_kill_while_the_plugin_builds_leaves_nothing_behind(batch, number):
    """After a kill at a random moment `cancel` and `up` or `destroy` leave each image once, or nothing."""
    kill(batch, ["k00", "k01"], USUAL, number)
