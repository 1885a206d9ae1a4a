"""Fifty kills at random moments in each generation of the API; then `up` or `destroy` puts all right."""

from __future__ import annotations

import os

import pytest

from tests.faults.batch import Batch
from tests.faults.dice import kill
from tests.support.stacks import BOTH

pytestmark = [pytest.mark.faults, pytest.mark.e2e]

KILLS = int(os.environ.get("KILLS", "50"))
KEYS = ["k00", "k01"]
# An engine's whole run on two images takes about this long, in seconds, on a computer that does little else.
USUAL = 9.0


@pytest.mark.parametrize("number", range(KILLS))
@BOTH
def test_kill(stack, cloud, number, record_property):
    """After a kill at a random moment `cancel` and `up` or `destroy` leave each image once, or nothing."""
    record_property("kill", kill(Batch(stack, cloud), KEYS, USUAL, number))
