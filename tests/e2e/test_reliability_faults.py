"""A few cells of the fault matrix, others in every run; `make test-faults` tries all of them."""

from __future__ import annotations

import os
import random

from tests.faults.batch import Batch, destroy_first, up_first
from tests.faults.kinds import BUILD, DESTROY, ONLY_ONCE, CallSite, Case, cases

SEED = int(os.environ.get("FAULT_SEED", "") or random.SystemRandom().randrange(10**6))
IMAGES = 8


def some(sites: list[CallSite], dice: random.Random) -> list[Case]:
    """Random cases that are quick: lasting ones are the matter of the full matrix."""
    quick = [case for case in cases(sites) if not case.lasting and case.kind not in ONLY_ONCE]
    return dice.sample(quick, IMAGES)


def test_some_faults_of_the_matrix_leave_nothing_behind(stack, cloud):
    """Eight random faults in a build, eight in its destruction: afterwards there are the images and nothing else."""
    print(f"FAULT_SEED={SEED} runs the same faults again")  # noqa: T201 -- shown when the test fails
    dice = random.Random(SEED)
    at_build, at_destroy = some(BUILD, dice), some(DESTROY, dice)
    print(*map(str, at_build + at_destroy), sep="\n")  # noqa: T201 -- as above
    keys = [f"k{2 * position + case.site.operation.startswith('image.')}" for position, case in enumerate(at_destroy)]
    batch = Batch(stack, cloud)
    order = dice.choice([up_first, destroy_first])
    order(batch, keys, dict(zip(keys, at_build, strict=True)), dict(zip(keys, at_destroy, strict=True)))
    assert len(batch.hits) >= IMAGES, f"too few faults struck anything: {batch.missed}"
