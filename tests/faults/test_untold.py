"""Faults at calls that name no image: what is asked before anything is created."""

from __future__ import annotations

import pytest

from tests.faults.batch import Batch
from tests.faults.calls import CALLS, CallSite
from tests.faults.kinds import UntoldCase, kinds
from tests.faults.test_matrix import report

pytestmark = [pytest.mark.faults, pytest.mark.e2e, pytest.mark.timeout(3000)]


@pytest.mark.parametrize(
    ("api_version", "site"),
    [(api, site) for api, calls in CALLS.items() for site in calls.checks],
    ids=lambda value: "-".join(map(str, value)) if isinstance(value, CallSite) else value,
)
def test_a_fault_before_anything_is_created_costs_nothing(stack, cloud, api_version, site):
    """A check that fails ends `up` with a message and an empty cloud; one that gets its answer at last builds."""
    batch = Batch(stack, cloud)
    batch.configure(["k0"])
    for kind in kinds(CALLS[api_version], site):
        before = cloud.mutations()
        if batch.run("up", {"k0": UntoldCase(site, kind)}).code:
            assert cloud.mutations() == before, kind
    assert not batch.missed
    batch.run("up")
    kept = batch.kept_images()
    batch.run("destroy")
    cloud.assert_only_images(*kept)
    report(batch)
