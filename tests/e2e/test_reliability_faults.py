"""A few cells of the fault matrix, others in every run; `make test-faults` tries all of them."""

from __future__ import annotations

import os
import random

from tests.faults.batch import Batch, destroy_first, rebuild_destroy_first, rebuild_up_first, up_first
from tests.faults.kinds import (
    BUILD,
    CHROOT_BUILD,
    CHROOT_DESTROY,
    DESTROY,
    ONLY_ONCE,
    REBUILD,
    CallSite,
    Case,
    cases,
)
from tests.faults.pluggable_cloud import CHROOT_OPTIONS, pluggable_cloud
from tests.support.stacks import new_stack

SEED = int(os.environ.get("FAULT_SEED", "") or random.SystemRandom().randrange(10**6))
IMAGES = 8


def some(sites: list[CallSite], dice: random.Random, number: int = IMAGES) -> list[Case]:
    """Random cases that are quick: lasting ones are the matter of the full matrix."""
    quick = [case for case in cases(sites) if not case.lasting and case.kind not in ONLY_ONCE]
    chosen = dice.sample(quick, number)
    print(f"FAULT_SEED={SEED} runs the same faults again:", *map(str, chosen), sep="\n")  # noqa: T201 -- shown when the test fails
    return chosen


def test_some_faults_of_the_matrix_leave_nothing_behind(stack, cloud):
    """Eight random faults in a build, eight in its destruction: afterwards there are the images and nothing else."""
    dice = random.Random(SEED)
    at_build, at_destroy = some(BUILD, dice), some(DESTROY, dice)
    keys = [f"k{2 * position + case.site.operation.startswith('image.')}" for position, case in enumerate(at_destroy)]
    batch = Batch(stack, cloud)
    order = dice.choice([up_first, destroy_first])
    order(batch, keys, dict(zip(keys, at_build, strict=True)), dict(zip(keys, at_destroy, strict=True)))
    assert len(batch.hits) >= IMAGES, f"too few faults struck anything: {batch.missed}"


def test_some_faults_of_a_build_anew_leave_an_image_at_any_time(stack, cloud):
    """Four random faults while finished images are built anew: none is ever missing, nothing else is left."""
    dice = random.Random(SEED)
    faults = {f"k{2 * n + dice.randrange(2)}": case for n, case in enumerate(some(REBUILD, dice, 4))}
    dice.choice([rebuild_up_first, rebuild_destroy_first])(Batch(stack, cloud), list(faults), faults)


def test_some_faults_of_chroot_builds_leave_nothing_behind(engine_path, tmp_path):
    """Four random faults at calls that only chroot builds have, on machines that only count their disks."""
    dice = random.Random(SEED)
    faults = [
        {f"k{2 * n}": case for n, case in enumerate(some(sites, dice, 4))} for sites in (CHROOT_BUILD, CHROOT_DESTROY)
    ]
    with pluggable_cloud(tmp_path / "cloud") as cloud:
        stack = new_stack(tmp_path / "stack", engine_path, cloud, "test")
        batch = Batch(stack, cloud, options=CHROOT_OPTIONS)
        dice.choice([up_first, destroy_first])(batch, list(faults[0]), *faults)
