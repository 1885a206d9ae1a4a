"""A few faults and a kill while the plugin builds, others in every run; `make test-faults` tries more of them."""

from __future__ import annotations

import random

import pytest

from tests.faults.batch import Batch, destroy_first, meet, up_first
from tests.faults.calls import CALLS
from tests.faults.dice import SEED, kill, some

pytestmark = pytest.mark.e2e

IMAGES = 3


@pytest.mark.parametrize("api_version", ["v2"])
def test_some_faults_of_builds_by_the_plugin_leave_nothing_behind(yaml_program, cloud, api_version):
    """Three random faults in a build by a program in YAML, three in its destruction; each image goes on by itself."""
    dice = random.Random(SEED)
    calls = CALLS[api_version]
    at_build, at_destroy = (some(api_version, sites, dice, IMAGES) for sites in (calls.build, calls.destroy))
    batch = Batch(yaml_program, cloud)
    meet(batch, dice.choice([up_first, destroy_first]), at_build, at_destroy)
    assert len(batch.hits) >= IMAGES, f"too few faults struck anything: {batch.missed}"


def test_a_kill_while_the_plugin_builds_leaves_nothing_behind(yaml_program, cloud):
    """Whoever dies whenever: `cancel` and the next `up` or `destroy` put all right."""
    kill(Batch(yaml_program, cloud), ["k0", "k1"], 9.0)
