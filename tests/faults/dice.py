"""What chance decides in tests of faults, and how the same is tried again: `FAULT_SEED=…` in the environment."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable

from tests.faults.batch import Batch
from tests.faults.calls import CALLS, CallSite
from tests.faults.kills import Accident, happen
from tests.faults.kinds import ONLY_ONCE, Case, cases

SEED = int(os.environ.get("FAULT_SEED", "") or random.SystemRandom().randrange(10**6))


def some(api_version: str, sites: Iterable[CallSite], dice: random.Random, number: int) -> list[Case]:
    """Random cases that are quick: lasting ones are the matter of the full matrix."""
    quick = [case for case in cases(CALLS[api_version], sites) if not case.lasting and case.kind not in ONLY_ONCE]
    chosen = dice.sample(quick, number)
    print(f"FAULT_SEED={SEED} runs the same faults again:", *map(str, chosen), sep="\n")  # noqa: T201 -- shown when the test fails
    return chosen


def kill(batch: Batch, keys: list[str], seconds: float, number: int = 0) -> str:
    """Let the kill of that number happen within `seconds` of an operation; returns what it was and how that ended."""
    accident = Accident.random(random.Random(SEED + number), seconds)
    print(f"FAULT_SEED={SEED} number {number}: {accident}")  # noqa: T201 -- for running it again
    ended = f"{accident}: {happen(batch, keys, accident)}"
    print(ended)  # noqa: T201 -- the counts
    return ended
