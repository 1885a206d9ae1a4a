"""Two kills at random moments in each generation of the API, others in every run; `make test-faults` makes more."""

from __future__ import annotations

import pytest

from tests.faults.batch import Batch
from tests.faults.dice import kill


@pytest.mark.parametrize(("api_version", "number"), [("v1", 0), ("v1", 1), ("v2", 2), ("v2", 3)])
def test_a_kill_at_a_random_moment_leaves_nothing_behind(stack, cloud, number):
    """Whoever dies whenever: `cancel` and the next `up` or `destroy` put all right."""
    kill(Batch(stack, cloud), ["k0", "k1"], 9.0, number)
