"""One accident: an engine run loses some of its processes at a random moment; then everything is put right."""

from __future__ import annotations

import contextlib
import random
import subprocess
import threading
from dataclasses import dataclass

from tests.faults.batch import PARALLEL, Batch, internal, keeps
from tests.faults.processes import TARGETS, alive, chosen, family, kill, yaml_hosts
from tests.support.stacks import wait_for

# A short build, so that many kills fit: its commands still take about as long as the calls around them.
PROVISIONERS = [{"type": "shell", "inline": ["echo started; sleep 1; echo finished > /home/guru/proof"]}]
# How long our processes may take to undo what they had begun and leave.
LEAVE_WITHIN = 60
YES = ("--yes", "--skip-preview")


@dataclass(frozen=True)
class Accident:
    """What is killed, in which operation, after how many seconds, and which operation follows."""

    operation: str
    target: str
    after: float
    then: str

    @classmethod
    def random(cls, dice: random.Random, seconds: float) -> Accident:
        """Any accident within the first `seconds` of an operation."""
        operation = dice.choice(["up", "up", "up", "destroy"])
        return cls(
            operation, dice.choice(TARGETS), round(dice.uniform(0.5, seconds), 2), dice.choice(["up", "destroy"])
        )


def happen(batch: Batch, keys: list[str], accident: Accident) -> str:
    """Let the accident happen; returns "too late" when the operation had ended before, else how it ended.

    Afterwards the follow-up operation has put everything right: exactly one image each, or nothing but the images
    that were finished.
    """
    batch.configure(keys, provisioners=PROVISIONERS)
    before = {one["id"] for one in batch.cloud.images()}
    kept: dict[str, str] = {}
    if accident.operation == "destroy":
        batch.stack.run("up", *YES, **PARALLEL).ok()
        known = batch.kept_images()
        kept = {one["id"]: one["tag"]["pulumi-build"] for one in batch.cloud.images() if one["id"] in known}
    ended = _strike(batch, accident)
    batch.stack.cancel()
    if batch.stack.pending():
        batch.stack.run("refresh", *YES, "--clear-pending-creates").ok()
    _put_right(batch, keys, accident.then, before, kept)
    return ended


def _strike(batch: Batch, accident: Accident) -> str:
    process = batch.stack.start(accident.operation, *YES)
    output: list[str] = []
    reader = threading.Thread(target=lambda: output.append(process.communicate()[0]), daemon=True)
    reader.start()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(accident.after)
        reader.join(10)
        return "too late"
    everything = family(process)
    idle = yaml_hosts(everything)
    kill(chosen(accident.target, everything))
    ours = [one for one in everything if one not in idle]
    wait_for(lambda: not alive(ours), LEAVE_WITHIN, f"the end of all processes after {accident}")
    kill(idle)
    reader.join(10)
    assert not internal("".join(output)), output
    return f"ended with {process.returncode}"


def _put_right(batch: Batch, keys: list[str], then: str, before: set[str], kept: dict[str, str]) -> None:
    """`kept` are the images, with their builds, that a destroy has to keep: it may have come to its end.

    `up` makes an image anew for a build that the state still holds and whose image it forgot.
    """
    wanted = set(kept)
    if then == "up":
        batch.run("up")
        batch.assert_built(keys)
        builds = {one["id"] for one in batch.state() if one["type"].endswith(":Build")}
        wanted = batch.kept_images() | {id_ for id_, build in kept.items() if build not in builds}
    made = {one["id"] for one in batch.cloud.images()}
    batch.run("destroy")
    left = batch.cloud.inventory()
    assert (left["vms"], left["disks"], left["ips"]) == ([], [], []), left
    there = {one["id"]: one["tag"]["pulumi-image"] for one in left["images"] if one["id"] not in before}
    assert all(keeps(key) for key in there.values()), there
    assert wanted <= set(there) <= made, (wanted, there)
    if then == "up":
        assert set(there) == wanted, (wanted, there)
    else:
        assert len(set(there.values())) == len(there), there
