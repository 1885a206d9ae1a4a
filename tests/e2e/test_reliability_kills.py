"""Two kills at random moments in each generation of the API, others in every run; `make test-faults` makes more."""

from __future__ import annotations

import os
import random

import pytest

from tests.faults.batch import Batch
from tests.faults.kills import Accident, happen

SEED = int(os.environ.get("FAULT_SEED", "") or random.SystemRandom().randrange(10**6))


@pytest.mark.parametrize(("api_version", "number"), [("v1", 0), ("v1", 1), ("v2", 2), ("v2", 3)])
def test_a_kill_at_a_random_moment_leaves_nothing_behind(stack, cloud, number):
    """Whoever dies whenever: `cancel` and the next `up` or `destroy` put all right."""
    accident = Accident.random(random.Random(SEED + number), seconds=9.0)
    print(f"FAULT_SEED={SEED}: {accident}")  # noqa: T201 -- shown when the test fails
    happen(Batch(stack, cloud), ["k0", "k1"], accident)
