"""The full matrix: every fault at every call of a build, of its destruction, of a build anew, and of a chroot build."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import pytest

from tests.faults.batch import Batch, destroy_first, rebuild_destroy_first, rebuild_up_first, up_first
from tests.faults.kinds import BUILD, CHROOT_BUILD, CHROOT_DESTROY, DESTROY, REBUILD, CallSite, Case, cases
from tests.faults.pluggable_cloud import CHROOT_OPTIONS, pluggable_cloud
from tests.support.stacks import new_stack

pytestmark = [pytest.mark.faults, pytest.mark.e2e, pytest.mark.timeout(3000)]

IMAGES = 48
# Shuffled, so that the slow ones are spread; with a fixed seed, so that a batch can be run again alone.
SEED = 7


Pairs = list[tuple[Case, Case]]


def batches(build: list[CallSite], destroy: list[CallSite]) -> list[Pairs]:
    """All cases of the build and of destroy, in groups of one per image; the shorter list starts again."""
    at_build, at_destroy = cases(build), cases(destroy)
    for group in (at_build, at_destroy):
        random.Random(SEED).shuffle(group)
    length = max(len(at_build), len(at_destroy))
    pairs = list(itertools.islice(zip(itertools.cycle(at_build), itertools.cycle(at_destroy), strict=False), length))
    return [pairs[start : start + IMAGES] for start in range(0, length, IMAGES)]


PLAIN = batches(BUILD, DESTROY)
CHROOT = batches(CHROOT_BUILD, CHROOT_DESTROY)
ANEW = batches(REBUILD, REBUILD)


def run(batch: Batch, order: Callable[..., None], pairs: Pairs) -> None:
    """Try the faults of the build and of destroy on one image each."""
    # Odd images are not kept (batch.keeps): only those have the calls that remove images.
    keys = [
        f"k{2 * position + case.site.operation.startswith('image.'):02}" for position, (_, case) in enumerate(pairs)
    ]
    at_build, at_destroy = (dict(zip(keys, group, strict=True)) for group in zip(*pairs, strict=True))
    order(batch, keys, at_build, at_destroy)
    report(batch)


def report(batch: Batch) -> None:
    """Print the counts of a batch, for docs/reliability.md."""
    print(f"struck {len(batch.hits)}, not met {len(batch.missed)}: {batch.missed}; {batch.seconds}")  # noqa: T201 -- the counts


@pytest.mark.parametrize("order", [up_first, destroy_first], ids=["up-first", "destroy-first"])
@pytest.mark.parametrize("number", range(len(PLAIN)))
def test_matrix(stack, cloud, number, order):
    """Whatever fault strikes which call, the next `up` or `destroy` leaves exactly the images and nothing else."""
    run(Batch(stack, cloud), order, PLAIN[number])


@pytest.mark.parametrize("order", [up_first, destroy_first], ids=["up-first", "destroy-first"])
@pytest.mark.parametrize("number", range(len(CHROOT)))
def test_chroot_matrix(engine_path, tmp_path, number, order):
    """The same for the calls that only chroot builds have: chroot disk and carrier go too, whatever strikes them."""
    with pluggable_cloud(tmp_path / "cloud") as cloud:
        stack = new_stack(tmp_path / "stack", engine_path, cloud, "test")
        run(Batch(stack, cloud, options=CHROOT_OPTIONS), order, CHROOT[number])


@pytest.mark.parametrize("order", [rebuild_up_first, rebuild_destroy_first], ids=["up-first", "destroy-first"])
@pytest.mark.parametrize("number", range(len(ANEW)))
def test_rebuild_matrix(stack, cloud, number, order):
    """Whatever strikes a build anew, no key is ever without an image, and old ones go only where they may."""
    batch = Batch(stack, cloud)
    # Only images that are not kept are removed after their successor.
    faults = {
        f"k{2 * position + (position % 2 or case.site.operation == 'image.delete'):02}": case
        for position, (case, _) in enumerate(ANEW[number])
    }
    order(batch, list(faults), faults)
    report(batch)
