"""Many images in one stack."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.support.stacks import image

COUNT = 16


@pytest.fixture
def build(stack, cloud):
    """Build COUNT images with one provisioner each and a number of slots; return the recorded provisioning phases."""

    def run(provisioner, slots):
        images = {f"web{n}": image(image_name=f"web{n}", provisioners=[provisioner]) for n in range(COUNT)}
        stack.configure(images, defaults={"release": "after-image"})
        stack.up("--parallel", str(slots)).ok()
        resources = stack.resources()
        made = [resources[f"web{n}-image"]["id"] for n in range(COUNT)]
        assert len(set(made)) == COUNT
        assert {found["id"] for found in cloud.images()} >= set(made)
        return [resources[f"web{n}-provisioning"]["outputs"] for n in range(COUNT)]

    return run


def test_more_builds_than_slots_do_not_block_each_other(build):
    """Sixteen images build with two operations at a time; all meet in the middle of their builds with many slots.

    Each waits on this computer until all sixteen have come that far, which never ends when one of them is kept waiting.
    """
    assert most_at_once(build({"type": "shell", "inline": ["sleep 0.2"]}, 2)) <= 2
    meet = f"mkdir -p meet; touch meet/$$; until [ $(ls meet | wc -l) -ge {COUNT} ]; do sleep 0.2; done"
    assert most_at_once(build({"type": "shell-local", "inline": [meet], "timeout": "120s"}, 64)) == COUNT


def most_at_once(phases):
    """The largest number of recorded phases that ran at the same time."""
    edges = []
    for phase in phases:
        start = datetime.fromisoformat(phase["started_at"]).timestamp()
        edges += [(start, 1), (start + phase["seconds"], -1)]
    running = most = 0
    for _, change in sorted(edges):
        running += change
        most = max(most, running)
    return most
