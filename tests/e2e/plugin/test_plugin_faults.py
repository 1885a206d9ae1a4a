"""A few faults and a kill while the plugin builds, others in every run; `make test-faults` tries more of them."""

from __future__ import annotations

import random

import pytest

from tests.e2e.test_reliability_faults import SEED, some
from tests.faults.batch import Batch, destroy_first, up_first
from tests.faults.calls import CALLS
from tests.faults.kills import Accident, happen

pytestmark = pytest.mark.e2e

IMAGES = 3


@pytest.mark.parametrize("api_version", ["v2"])
def test_some_faults_of_builds_by_the_plugin_leave_nothing_behind(yaml_program, cloud, api_version):
    """Three random faults in a build by a program in YAML, three in its destruction; each image goes on by itself."""
    dice = random.Random(SEED)
    calls = CALLS[api_version]
    at_build, at_destroy = (some(api_version, sites, dice, IMAGES) for sites in (calls.build, calls.destroy))
    keys = [f"k{2 * position + case.site.operation.startswith('image.')}" for position, case in enumerate(at_destroy)]
    batch = Batch(yaml_program, cloud)
    order = dice.choice([up_first, destroy_first])
    order(batch, keys, dict(zip(keys, at_build, strict=True)), dict(zip(keys, at_destroy, strict=True)))
    assert len(batch.hits) >= IMAGES, f"too few faults struck anything: {batch.missed}"


def test_a_kill_while_the_plugin_builds_leaves_nothing_behind(yaml_program, cloud):
    """Whoever dies whenever: `cancel` and the next `up` or `destroy` put all right."""
    accident = Accident.random(random.Random(SEED), seconds=9.0)
    print(f"FAULT_SEED={SEED}: {accident}")  # noqa: T201 -- shown when the test fails
    happen(Batch(yaml_program, cloud), ["k0", "k1"], accident)
