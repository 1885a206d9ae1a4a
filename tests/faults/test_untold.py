"""Faults at calls that name no image: what is asked before anything is created, and the first look at a build's VMs."""

from __future__ import annotations

import pytest

from tests.faults.batch import Batch, destroy_first, up_first
from tests.faults.calls import CALLS, FIRST_LOOK, CallSite
from tests.faults.kinds import UntoldCase, kinds
from tests.faults.test_matrix import report
from tests.support.stacks import BOTH

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


@pytest.mark.parametrize("order", [up_first, destroy_first], ids=["up-first", "destroy-first"])
@BOTH
def test_a_fault_at_the_first_look_at_a_builds_vms(stack, cloud, api_version, order):
    """Before a builder is created others of its build are looked for: each kind of fault strikes one image's look."""
    every = enumerate(kinds(CALLS[api_version], FIRST_LOOK))
    faults = {f"k{n:02}": UntoldCase(CallSite("vm.list", n + 1), kind) for n, kind in every}
    batch = Batch(stack, cloud)
    order(batch, list(faults), faults, {})
    report(batch)
