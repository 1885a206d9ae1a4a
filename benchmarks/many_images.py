"""Many images against one, in the same run: `python -m benchmarks.many_images [--images 16] [--seconds 20]`.

Builds one sandbox image, then many side by side, whose provisioner waits for so many seconds, as one that installs
packages mostly does; with the operations at once that the make targets set, and with the engine's own default. Prints
the wall time of each whole `pulumi up` and its ratio to that of one image.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from pulumi_hyperone.local_cloud import LocalCloud
from tests.support.cloud import Cloud
from tests.support.stacks import Stack, image, new_stack
from tools.engine.ensure import engine
from tools.stack.environment import PARALLEL

LIMIT = 900
"""Seconds after which an `up` is given up."""


def up(stack: Stack, images: int, seconds: float, parallel: str | None) -> float:
    """Build `images` new images and return the seconds that the whole `pulumi up` took."""
    work = {"type": "shell", "inline": [f"sleep {seconds:g}", "echo built > proof"]}
    named = {f"web{n}": image(image_name=f"web{n}", provisioners=[work]) for n in range(images)}
    stack.configure(named, defaults={"release": "after-image"})
    slots = ["--parallel", parallel] if parallel else []
    started = time.monotonic()
    stack.run("up", "--yes", "--skip-preview", *slots, timeout=LIMIT).ok()
    took = time.monotonic() - started
    stack.destroy().ok()
    return took


def main() -> None:
    """Time the three updates and print them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.many_images", description="Many images against one.")
    parser.add_argument("--images", type=int, default=16, help="how many side by side")
    parser.add_argument("--seconds", type=float, default=20, help="how long the provisioner of each waits")
    asked = parser.parse_args()
    images, seconds = asked.images, asked.seconds
    folder = Path(tempfile.mkdtemp(prefix="many-images-"))
    path = f"{engine().folder}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    cloud = LocalCloud.start(folder / "cloud")
    try:
        stack = new_stack(folder / "stack", path, Cloud(cloud), "bench")
        one = up(stack, 1, seconds, PARALLEL)
        print(f"1 image: {one:.1f} s ({os.cpu_count()} cores, its provisioner waits {seconds:g} s)", flush=True)
        for parallel, name in ((PARALLEL, f"--parallel {PARALLEL}, as make"), (None, "the engine's default")):
            many = up(stack, images, seconds, parallel)
            print(f"{images} images, {name}: {many:.1f} s; ratio {many / one:.2f}", flush=True)
    finally:
        cloud.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
