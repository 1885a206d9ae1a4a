"""The full matrix: every fault at every call of a build, of its destruction, of a build anew, and of a chroot build.

All of it through each generation of the API, whose calls differ.
"""

from __future__ import annotations

import itertools
import random

import pytest

from tests.faults.batch import (
    SHORT_STATE_TIMEOUT,
    STATE_TIMEOUT,
    Batch,
    Order,
    destroy_first,
    meet,
    rebuild_destroy_first,
    rebuild_up_first,
    up_first,
    with_statement,
)
from tests.faults.calls import CALLS, Calls, CallSite
from tests.faults.kinds import Case, cases
from tests.faults.pluggable_cloud import CHROOT_OPTIONS, pluggable_cloud
from tests.support.stacks import new_stack

pytestmark = [pytest.mark.faults, pytest.mark.e2e, pytest.mark.timeout(3000)]

IMAGES, LOOKED_AT = 72, 24
"""Images of a batch; of one whose machines are searched, which keeps a processor busy for seconds each."""
# Shuffled, so that the slow ones are spread; with a fixed seed, so that a batch can be run again alone.
SEED = 7


Pairs = list[tuple[Case, Case]]
Sites = tuple[CallSite, ...]


def batches(calls: Calls, build: Sites, destroy: Sites, images: int) -> dict[str, Pairs]:
    """All cases of the build and of destroy, in groups of one per image; the shorter list starts again.

    Those that strike once come before those that last, which take several times as long: `once-0`, `lasting-0`.
    """
    found = {}
    for name, lasting in (("once", False), ("lasting", True)):
        at_build, at_destroy = (
            [case for case in cases(calls, sites) if case.lasting is lasting] for sites in (build, destroy)
        )
        for group in (at_build, at_destroy):
            random.Random(SEED).shuffle(group)
        length = max(len(at_build), len(at_destroy))
        pairs = list(zip(itertools.cycle(at_build), itertools.cycle(at_destroy), range(length), strict=False))
        for number, start in enumerate(range(0, length, images)):
            found[f"{name}-{number}"] = [pair[:2] for pair in pairs[start : start + images]]
    return found


def matrix(build: str, destroy: str, images: int = IMAGES) -> dict[tuple[str, str], Pairs]:
    """The batches of each generation, by generation and name; `build` and `destroy` are names of its calls."""
    return {
        (api, name): pairs
        for api, calls in CALLS.items()
        for name, pairs in batches(calls, getattr(calls, build), getattr(calls, destroy), images).items()
    }


PLAIN = matrix("build", "destroy")
CHROOT = matrix("chroot_build", "chroot_destroy")
STATEMENT = matrix("statement", "statement", LOOKED_AT)
ANEW = matrix("rebuild", "rebuild")


def each(batches_: dict[tuple[str, str], Pairs]) -> pytest.MarkDecorator:
    """Each batch of each generation."""
    return pytest.mark.parametrize(("api_version", "name"), batches_)


def timeout(name: str) -> str:
    """The `state_timeout` of a batch."""
    return SHORT_STATE_TIMEOUT if name.startswith("lasting") else STATE_TIMEOUT


def run(batch: Batch, order: Order, pairs: Pairs) -> None:
    """Try the faults of the build and of destroy on one image each."""
    meet(batch, order, *zip(*pairs, strict=True))
    report(batch)


def report(batch: Batch) -> None:
    """Print the counts of a batch, for docs/reliability.md."""
    print(f"struck {len(batch.hits)}, not met {len(batch.missed)}: {batch.missed}; {batch.seconds}")  # noqa: T201 -- the counts


@pytest.mark.parametrize("order", [up_first, destroy_first], ids=["up-first", "destroy-first"])
@each(PLAIN)
def test_matrix(stack, cloud, api_version, name, order):
    """Whatever fault strikes which call, the next `up` or `destroy` leaves exactly the images and nothing else."""
    run(Batch(stack, cloud, state_timeout=timeout(name)), order, PLAIN[api_version, name])


@pytest.mark.parametrize("order", [up_first, destroy_first], ids=["up-first", "destroy-first"])
@each(CHROOT)
def test_chroot_matrix(engine_path, tmp_path, api_version, name, order):
    """The same for the calls that only chroot builds have: chroot disk and carrier go too, whatever strikes them."""
    with pluggable_cloud(tmp_path / "cloud") as cloud:
        stack = new_stack(tmp_path / "stack", engine_path, cloud, "test", api_version)
        run(Batch(stack, cloud, options=CHROOT_OPTIONS, state_timeout=timeout(name)), order, CHROOT[api_version, name])


@pytest.mark.parametrize("order", [up_first, destroy_first], ids=["up-first", "destroy-first"])
@each(STATEMENT)
def test_statement_matrix(stack, cloud, tmp_path, api_version, name, order):
    """Whatever strikes the calls of a statement, the image stays; after the next `up` its tags name what was signed."""
    batch = Batch(stack, cloud, options=with_statement(tmp_path), state_timeout=timeout(name))
    faults = {f"k{n:02}": case for n, (case, _) in enumerate(STATEMENT[api_version, name])}
    order(batch, list(faults), faults, {})
    if order is up_first:
        assert all({"pulumi-statement", "pulumi-record"} <= one["tag"].keys() for one in cloud.images())
    assert not batch.missed
    report(batch)


@pytest.mark.parametrize("order", [rebuild_up_first, rebuild_destroy_first], ids=["up-first", "destroy-first"])
@each(ANEW)
def test_rebuild_matrix(stack, cloud, api_version, name, order):
    """Whatever strikes a build anew, no key is ever without an image, and old ones go only where they may."""
    batch = Batch(stack, cloud, state_timeout=timeout(name))
    built = CALLS[api_version].build
    # Only images that are not kept are looked for and removed after their successor.
    faults = {
        f"k{2 * n + (n % 2 or (case.site.operation.startswith('image.') and case.site not in built)):02}": case
        for n, (case, _) in enumerate(ANEW[api_version, name])
    }
    order(batch, list(faults), faults)
    report(batch)
