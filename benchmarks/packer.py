"""Packer and this project on one local cloud, in turns: `python -m benchmarks.packer [--images 1 16 64] [--rounds 3]`.

Each image is a sandbox whose provisioner waits for two seconds, as one that installs packages mostly does. Prints for
each case the medians of wall time, CPU seconds and memory of all processes, API calls and the state's size, and the
ratio of the wall times (above 1: Packer is faster). `--upload MIB FILES` adds one big file and a tree of small ones,
`--vm` a real Debian. `--plot FILE...` draws the wall times, as SVG or PNG (`pip install --group benchmarks`).

Packer is the one on PATH; else version 1.7.10, the last with HyperOne's builder inside, is built from its Go module
into the cache. That takes some minutes and is not part of any figure.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from pulumi_hyperone.local_cloud import LocalCloud
from tests.support.cloud import Cloud
from tests.support.stacks import Stack, image, new_stack
from tools import progress
from tools.engine import go, settings
from tools.engine.ensure import engine
from tools.stack.environment import PARALLEL

MODULE, VERSION = "github.com/hashicorp/packer", "1.7.10"
LIMIT = 1800
"""Seconds after which a build is given up."""
PAUSE = "sleep 2"
LOOK = 0.2
"""Seconds between two looks at memory."""


@dataclass(frozen=True)
class Cost:
    """What one run took: seconds, CPU seconds, MiB of memory at most, API calls, KiB of state."""

    seconds: float
    cpu: float
    memory: float
    calls: int
    state: float = 0


class Bench:
    """A local cloud, a stack and a Packer on it."""

    def __init__(self, folder: Path, cloud: LocalCloud, packer: Path) -> None:
        self.folder, self.cloud, self.packer = folder, cloud, packer
        path = f"{engine().folder}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.stack: Stack = new_stack(folder / "stack", path, Cloud(cloud), "bench")

    def cost(self, work: Callable[[], object]) -> Cost:
        """Run `work` and measure it."""
        called = len(self.cloud.local("GET", "calls"))
        with _measured() as measured:
            work()
        seconds, cpu, memory = measured
        state = sum(file.stat().st_size for file in (self.folder / "stack/backend/.pulumi/stacks").rglob("*.json"))
        return Cost(seconds, cpu, memory, len(self.cloud.local("GET", "calls")) - called, state / 2**10)

    def configure(self, options: list[dict[str, Any]]) -> None:
        """Write the stack's settings: one image for each mapping of options."""
        named = {f"web{n}": image(**{"image_name": f"web{n}", **one}) for n, one in enumerate(options)}
        self.stack.configure(named, defaults={"release": "after-image"})

    def up(self) -> None:
        """`pulumi up`, as the make targets run it."""
        self.stack.run("up", "--yes", "--skip-preview", "--parallel", PARALLEL, timeout=LIMIT).ok()

    def packer_build(self, options: list[dict[str, Any]]) -> None:
        """`packer build` of one builder for each mapping of options, whose first provisioners are everybody's."""
        shared = {"type": "hyperone", "ssh_port": self.cloud.ssh_port, "ssh_username": "guru"}
        builders = []
        for n, one in enumerate(options):
            given = image(**{"image_name": f"packer{n}", **one})
            provisioners = given.pop("provisioners")
            builders.append({**shared, **given, "name": f"web{n}"})
        template = self.folder / "template.json"
        template.write_text(json.dumps({"builders": builders, "provisioners": provisioners}))
        environment = {**os.environ, "HYPERONE_API_URL": self.cloud.url, "HYPERONE_TOKEN": self.cloud.token}
        environment |= {"CHECKPOINT_DISABLE": "1", "PACKER_CONFIG_DIR": str(self.folder)}
        command: list[str | Path] = [self.packer, "build", "-color=false", template]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False)
        if done.returncode:
            raise SystemExit(f"error: packer failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


@contextmanager
def _measured() -> Iterator[list[float]]:
    """Give a list that holds seconds, CPU seconds and MiB when the block is over, all of processes started in it."""
    before, started, result = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic(), list[float]()
    with _watched() as memory:
        yield result
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    result += [time.monotonic() - started, cpu, max(memory, default=0) / 2**20]


@contextmanager
def _watched() -> Iterator[list[int]]:
    """Give a list of what the block's processes held together (bytes), looked at again and again."""
    me, over, seen = psutil.Process(), threading.Event(), list[int]()
    others = {one.pid for one in me.children(recursive=True)}

    def look() -> None:
        while not over.wait(LOOK):
            held = 0
            for one in me.children(recursive=True):
                with suppress(psutil.Error):
                    held += 0 if one.pid in others else one.memory_info().rss
            seen.append(held)

    watcher = threading.Thread(target=look, name="memory", daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def packer() -> Path:
    """Return Packer from PATH, else from the cache, else built into it from its Go module."""
    found = shutil.which("packer")
    kept = settings.cache().parent / "packer" / VERSION / "packer"
    if found or kept.exists():
        return Path(found or kept)
    step = progress.step(f"Packer {VERSION}: build from its Go module (once; about 5 minutes on 2 cores)")
    with step, tempfile.TemporaryDirectory() as folder:
        Path(folder, "go.mod").write_text(f"module benchmark\n\ngo 1.21\n\nrequire {MODULE} v{VERSION}\n")
        command: list[str | Path] = [go.toolchain(settings.cache()).command, "build", "-mod=mod", "-o", kept, MODULE]
        subprocess.run(command, cwd=folder, check=True)
    return kept


def compare(bench: Bench, name: str, options: list[dict[str, Any]], rounds: int) -> tuple[str, list[Cost], list[Cost]]:
    """Build the same images by both, in turns; what is there is removed in between, outside of the figures."""
    ours, theirs = [], []
    bench.configure(options)
    for _ in range(rounds):
        ours.append(bench.cost(bench.up))
        bench.stack.destroy().ok()
        theirs.append(bench.cost(lambda: bench.packer_build(options)))
        bench.cloud.reset()
    return name, ours, theirs


def again(bench: Bench, rounds: int) -> list[tuple[str, list[Cost], list[Cost]]]:
    """One image and sixteen, nothing changed, then one script changed: Packer builds whatever it is asked for."""
    results: list[tuple[str, list[Cost], list[Cost]]] = []
    for count, called in ((1, "1 image"), (16, "16 images")):
        options = [_waiting(f"echo {n}") for n in range(count)]
        bench.configure(options)
        bench.up()
        results.append((f"{called}, unchanged", [bench.cost(bench.up) for _ in range(rounds)], []))
    changed = []
    for turn in range(rounds):
        bench.configure([_waiting(f"echo changed {turn}"), *options[1:]])
        changed.append(bench.cost(bench.up))
    bench.stack.destroy().ok()
    bench.cloud.reset()
    return [*results, ("16 images, one script changed", changed, [])]


def alone(bench: Bench, rounds: int) -> list[tuple[str, list[Cost], list[Cost]]]:
    """A program that makes nothing: what the engine and Python take by themselves, the least that any `up` can."""
    bench.stack.write("__main__.py", "import pulumi\n")
    return [("no image: an empty program", [bench.cost(bench.up) for _ in range(rounds)], [])]


def _waiting(command: str = "echo built > proof") -> dict[str, Any]:
    return {"provisioners": [{"type": "shell", "inline": [PAUSE, command]}]}


def upload(folder: Path, mebibytes: int, files: int) -> list[tuple[str, dict[str, Any]]]:
    """Make one big file and a tree of small ones; return a case for each."""
    big, tree = folder / "big", folder / "tree"
    with big.open("wb") as file:
        for _ in range(mebibytes):
            file.write(os.urandom(2**20))
    for number in range(files):
        path = tree / f"{number // 100:03d}" / f"{number:05d}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(2000))
    sent = {"type": "file", "destination": "/home/guru/sent"}
    return [
        (f"upload of {mebibytes} MiB", {"provisioners": [{**sent, "source": str(big)}]}),
        (f"upload of {files} files", {"provisioners": [{**sent, "source": str(tree)}]}),
    ]


def table(results: list[tuple[str, list[Cost], list[Cost]]]) -> Iterator[str]:
    """Lines of a table in Markdown, medians only."""
    paired = "CPU seconds here, Packer | MiB of memory here, Packer | API calls here, Packer"
    yield f"| Work | here | Packer | ratio | {paired} | state, KiB |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, ours, theirs in results:
        here, there = _median(ours), _median(theirs)
        ratio = f"{here.seconds / there.seconds:.2f}" if theirs else ""
        shown = [f"{here.seconds:.1f} s", f"{there.seconds:.1f} s" if theirs else "builds again", ratio]
        for one, other in ((here.cpu, there.cpu), (here.memory, there.memory), (here.calls, there.calls)):
            shown.append(f"{one:.0f}, {other:.0f}" if theirs else f"{one:.0f}")
        yield f"| {name} | {' | '.join(shown)} | {here.state:.0f} |"


def _median(costs: list[Cost]) -> Cost:
    columns = zip(*((one.seconds, one.cpu, one.memory, one.calls, one.state) for one in costs), strict=True)
    seconds, cpu, memory, calls, state = [statistics.median(column) for column in columns] or [0.0] * 5
    return Cost(seconds, cpu, memory, int(calls), state)


def plot(results: list[tuple[str, list[Cost], list[Cost]]], file: Path) -> None:
    """Draw the wall times side by side."""
    from matplotlib import pyplot as plt  # noqa: PLC0415 - needed for the picture alone

    both = [(name, _median(ours).seconds, _median(theirs).seconds) for name, ours, theirs in results if theirs]
    figure, axes = plt.subplots(figsize=(9, 0.9 * len(both) + 1.2), layout="constrained")
    for offset, column, label in ((0.2, 1, "this project"), (-0.2, 2, "Packer")):
        bars = axes.barh([n + offset for n in range(len(both))], [row[column] for row in both], 0.38, label=label)
        axes.bar_label(bars, fmt="%.1f s", padding=3)
    axes.set_yticks(range(len(both)), [row[0] for row in both])
    axes.set_xlabel("seconds, median")
    axes.margins(x=0.1)
    axes.legend()
    figure.savefig(file)


def main() -> None:
    """Run what was asked for and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.packer", description="This project and Packer.")
    parser.add_argument("--images", type=int, nargs="+", default=[1, 16, 64])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--upload", type=int, nargs=2, metavar=("MIB", "FILES"))
    parser.add_argument("--vm", action="store_true", help="a real Debian as well")
    parser.add_argument("--plot", type=Path, nargs="*", default=[], metavar="FILE")
    asked = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # users' Pythons compile once
    folder = Path(tempfile.mkdtemp(prefix="packer-benchmark-"))
    cloud = LocalCloud.start(folder / "cloud")
    try:
        bench = Bench(folder, cloud, packer())
        cases = [(f"{n} image{'s' * (n > 1)}", [_waiting()] * n) for n in asked.images]
        cases += [(name, [one]) for name, one in (upload(folder, *asked.upload) if asked.upload else [])]
        cases += [("a real Debian 12", [{"source_image": "debian-12", "disk_size": 4}])] if asked.vm else []
        results = []
        for name, options in cases:
            results.append(compare(bench, name, options, asked.rounds))
            print("\n".join(table(results[-1:])), flush=True)
        results += again(bench, asked.rounds) + alone(bench, asked.rounds)
        print("\n" + "\n".join(table(results)))
        for file in asked.plot:
            plot(results, file)
    finally:
        cloud.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
