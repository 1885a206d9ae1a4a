"""The full matrix: every fault at every call of a build and of its destruction, `up` and `destroy` in both orders."""

from __future__ import annotations

import itertools
import random

import pytest

from tests.faults.batch import Batch, destroy_first, up_first
from tests.faults.kinds import BUILD, DESTROY, Case, cases

pytestmark = [pytest.mark.faults, pytest.mark.e2e, pytest.mark.timeout(3000)]

IMAGES = 48
# Shuffled, so that the slow ones are spread; with a fixed seed, so that a batch can be run again alone.
SEED = 7


def batches() -> list[tuple[list[Case], list[Case]]]:
    """All cases of the build and of destroy, in groups of one per image; the shorter list starts again."""
    at_build, at_destroy = cases(BUILD), cases(DESTROY)
    for group in (at_build, at_destroy):
        random.Random(SEED).shuffle(group)
    length = max(len(at_build), len(at_destroy))
    pairs = list(itertools.islice(zip(itertools.cycle(at_build), itertools.cycle(at_destroy), strict=False), length))
    groups = [pairs[start : start + IMAGES] for start in range(0, length, IMAGES)]
    return [([one for one, _ in group], [other for _, other in group]) for group in groups]


@pytest.mark.parametrize("order", [up_first, destroy_first], ids=["up-first", "destroy-first"])
@pytest.mark.parametrize("number", range(len(batches())))
def test_matrix(stack, cloud, number, order, record_property):
    """Whatever fault strikes which call, the next `up` or `destroy` leaves exactly the images and nothing else."""
    at_build, at_destroy = batches()[number]
    # Odd images are not kept (batch.keeps): only those have the calls that list and remove images.
    keys = [
        f"k{2 * position + case.site.operation.startswith('image.'):02}" for position, case in enumerate(at_destroy)
    ]
    batch = Batch(stack, cloud)
    order(batch, keys, dict(zip(keys, at_build, strict=True)), dict(zip(keys, at_destroy, strict=True)))
    report = {"hits": batch.hits, "missed": batch.missed, "failed_runs": batch.failed_runs, "seconds": batch.seconds}
    record_property("matrix", report)
    print(f"struck {len(batch.hits)}, not met {len(batch.missed)}: {batch.missed}; {batch.seconds}")  # noqa: T201 -- the counts
