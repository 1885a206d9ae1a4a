"""A few cells of the fault matrix, others in every run; `make test-faults` tries all of them."""

from __future__ import annotations

import random

from tests.faults.batch import (
    Batch,
    destroy_first,
    meet,
    rebuild_destroy_first,
    rebuild_up_first,
    up_first,
    with_statement,
)
from tests.faults.calls import CALLS
from tests.faults.dice import SEED, some
from tests.faults.pluggable_cloud import CHROOT_OPTIONS, pluggable_cloud
from tests.support.stacks import BOTH, new_stack

IMAGES = 4


@BOTH
def test_some_faults_of_the_matrix_leave_nothing_behind(stack, cloud, api_version):
    """Four random faults in a build, four in its destruction: afterwards there are the images and nothing else."""
    dice = random.Random(SEED)
    calls = CALLS[api_version]
    at_build, at_destroy = (some(api_version, sites, dice, IMAGES) for sites in (calls.build, calls.destroy))
    batch = Batch(stack, cloud)
    meet(batch, dice.choice([up_first, destroy_first]), at_build, at_destroy)
    assert len(batch.hits) >= IMAGES, f"too few faults struck anything: {batch.missed}"


@BOTH
def test_some_faults_of_a_build_anew_leave_an_image_at_any_time(stack, cloud, api_version):
    """Two random faults while finished images are built anew: none is ever missing, nothing else is left."""
    dice = random.Random(SEED)
    chosen = some(api_version, CALLS[api_version].rebuild, dice, 2)
    faults = {f"k{2 * n + dice.randrange(2)}": case for n, case in enumerate(chosen)}
    dice.choice([rebuild_up_first, rebuild_destroy_first])(Batch(stack, cloud), list(faults), faults)


@BOTH
def test_some_faults_of_a_statement_leave_the_image_with_it(stack, cloud, tmp_path, api_version):
    """Two random faults at the calls of a statement: after the next `up` the image's tags name what was signed."""
    chosen = some(api_version, CALLS[api_version].statement, random.Random(SEED), 2)
    faults = {f"k{2 * n}": case for n, case in enumerate(chosen)}
    batch = Batch(stack, cloud, options=with_statement(tmp_path))
    up_first(batch, list(faults), faults, {})
    assert not batch.missed
    assert all({"pulumi-statement", "pulumi-record"} <= one["tag"].keys() for one in cloud.images())


@BOTH
def test_some_faults_of_chroot_builds_leave_nothing_behind(engine_path, tmp_path, api_version):
    """Two random faults at calls that only chroot builds have, on machines that only count their disks."""
    dice = random.Random(SEED)
    both = CALLS[api_version].chroot_build, CALLS[api_version].chroot_destroy
    faults = [{f"k{2 * n}": case for n, case in enumerate(some(api_version, sites, dice, 2))} for sites in both]
    with pluggable_cloud(tmp_path / "cloud") as cloud:
        stack = new_stack(tmp_path / "stack", engine_path, cloud, "test", api_version)
        batch = Batch(stack, cloud, options=CHROOT_OPTIONS)
        dice.choice([up_first, destroy_first])(batch, list(faults[0]), *faults)
