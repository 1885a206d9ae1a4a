"""Faults at calls that name no image: what is asked before anything is created, and the first look at a build's VMs."""

from __future__ import annotations

import pytest

from tests.faults.batch import Batch, destroy_first, up_first
from tests.faults.kinds import CHECKS, FIRST_LOOK, CallSite, UntoldCase
from tests.faults.test_matrix import report

pytestmark = [pytest.mark.faults, pytest.mark.e2e, pytest.mark.timeout(3000)]


@pytest.mark.parametrize("site", CHECKS, ids=lambda site: f"{site.operation}-{site.nth}")
def test_a_fault_before_anything_is_created_costs_nothing(stack, cloud, site):
    """A check that fails ends `up` with a message and an empty cloud; one that gets its answer at last builds."""
    batch = Batch(stack, cloud)
    batch.configure(["k0"])
    for kind in site.kinds:
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
def test_a_fault_at_the_first_look_at_a_builds_vms(stack, cloud, order):
    """Before a builder is created others of its build are looked for: each kind of fault strikes one image's look."""
    faults = {f"k{n:02}": UntoldCase(CallSite("vm.list", n + 1), kind) for n, kind in enumerate(FIRST_LOOK.kinds)}
    batch = Batch(stack, cloud)
    order(batch, list(faults), faults, {})
    report(batch)
