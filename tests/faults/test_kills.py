"""Fifty kills at random moments in each generation of the API; then `up` or `destroy` puts all right."""

from __future__ import annotations

import os
import random

import pytest

from tests.faults.batch import Batch
from tests.faults.kills import Accident, happen
from tests.support.stacks import BOTH

pytestmark = [pytest.mark.faults, pytest.mark.e2e]

KILLS = int(os.environ.get("KILLS", "50"))
SEED = int(os.environ.get("FAULT_SEED", "") or random.SystemRandom().randrange(10**6))
KEYS = ["k00", "k01"]
# An engine's whole run on two images takes about this long, in seconds, on a computer that does little else.
USUAL = 9.0


@pytest.mark.parametrize("number", range(KILLS))
@BOTH
def test_kill(stack, cloud, number, record_property):
    """After a kill at a random moment `cancel` and `up` or `destroy` leave each image once, or nothing."""
    accident = Accident.random(random.Random(SEED + number), USUAL)
    ended = happen(Batch(stack, cloud), KEYS, accident)
    record_property("kill", f"{accident}: {ended}")
    print(f"FAULT_SEED={SEED} number {number}: {accident}: {ended}")  # noqa: T201 -- for running it again
