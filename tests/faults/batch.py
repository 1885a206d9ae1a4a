"""Many images of one stack, each with a fault of its own: one engine run tries as many faults as it has images."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi_hyperone.provider.ssh.keys import generate
from tests.faults.kinds import Case
from tests.support.cloud import Cloud
from tests.support.stacks import Run, Stack, image

# As the make targets set it, so that no image waits for another one.
PARALLEL = {"PULUMI_PARALLEL": "96"}
# No engine is killed in a batch, so the state is written once, at the end: writing it after every step, which is what
# stacks do, takes a third of the time of so many images.
ONE_CHECKPOINT = {"PULUMI_SKIP_CHECKPOINTS": "true", "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true"}
INTERNAL = ("Traceback", "internal error", "panic:", "goroutine ")
# What Pulumi's YAML says of a plugin that was killed before it told its schema: an error of neither.
OF_YAML = "internal error loading package"
# Long enough for a sandbox machine on a computer that is busy with 72 of them.
STATE_TIMEOUT = "2m"
# For faults that last, each of which is waited out. Longer than a slow event (kinds.LONG), but not always long enough
# for a machine to start.
SHORT_STATE_TIMEOUT = "45s"
TOO_SLOW = "if it only needs longer, raise state_timeout"


Order = Callable[["Batch", list[str], Mapping[str, Case], Mapping[str, Case]], None]
"""What is run, and which run meets the faults of a build and those of destroy."""


@dataclass
class Batch:
    """The stack, the cloud, which image meets which fault; `hits` counts the faults that really struck."""

    stack: Stack
    cloud: Cloud
    hits: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    failed_runs: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    state_timeout: str = STATE_TIMEOUT

    def configure(self, keys: list[str], **options: Any) -> None:
        """One small image per key; those with odd keys are not kept by destroy, so that their images are removed."""
        options = {**self.options, **options}
        images = {key: image(image_name=key, keep_image=keeps(key), **options) for key in keys}
        self.stack.configure(images, hyperone={"state_timeout": self.state_timeout})

    def run(self, operation: str, faults: Mapping[str, Case] | None = None) -> Run:
        """`up` or `destroy` with a fault for each image; everything that is there afterwards is accounted for.

        Without faults it goes on once more when this computer was too busy for the machines to start in time.
        """
        self.cloud.send("DELETE", "/_local/faults")
        set_ = {key: self.cloud.send("POST", "/_local/faults", case.fault(key)) for key, case in (faults or {}).items()}
        started = time.monotonic()
        arguments = (operation, "--yes", "--skip-preview", "--continue-on-error")
        for _ in range(1 if faults else 2):
            done = self.stack.run(*arguments, timeout=1200, **PARALLEL, **ONE_CHECKPOINT)
            if TOO_SLOW not in done.text:
                break
        self.seconds[operation] = self.seconds.get(operation, 0) + time.monotonic() - started
        used = {fault["id"]: fault["used"] for fault in self.cloud.get("/_local/faults")}
        for key, fault in set_.items():
            struck = self.hits if used[fault["id"]] else self.missed
            struck.append(str((faults or {})[key]))
        self.cloud.send("DELETE", "/_local/faults")
        self.failed_runs += done.code != 0
        assert not internal(done.text), done.text
        assert done.code == 0 or faults, f"{operation} fails without any fault:\n{done.text}"
        self.assert_accounted_for(done)
        return done

    def state(self) -> list[dict[str, Any]]:
        """Every resource of the state, those that are only kept to be deleted included."""
        assert not self.stack.pending(), self.stack.pending()
        return self.stack.deployment().get("resources") or []

    def assert_accounted_for(self, done: Run) -> None:
        """Every VM and disk belongs to a build that the state knows; no build has two objects of one role.

        Automatic IPs go with their VM, so they are looked at when nothing else may be left.
        """
        builds = {one["id"] for one in self.state() if one["type"].endswith(":Build")}
        left = self.cloud.inventory()
        vms = {vm["id"]: vm["tag"].get("pulumi-build") for vm in left["vms"]}
        for noun in ("vms", "disks"):
            for one in left[noun]:
                owner = one["tag"].get("pulumi-build") or vms.get(str(one.get("vm") or ""))
                assert owner in builds, f"{noun} {one} belongs to no build of the state:\n{done.text}"
        for noun in ("vms", "images"):
            roles = [(one["tag"]["pulumi-build"], one["tag"]["pulumi-role"]) for one in left[noun]]
            assert len(roles) == len(set(roles)), f"a build has two {noun} of one role: {left[noun]}\n{done.text}"

    def made_images(self) -> dict[str, str]:
        """The id of each image in the state, by key; not those that only wait to be forgotten."""
        images = [one for one in self.state() if one["type"].endswith(":Image") and not one.get("delete")]
        return {image_key(one): one["id"] for one in images}

    def kept_images(self) -> set[str]:
        """Ids of the images in the state that destroy has to keep."""
        return {id_ for key, id_ in self.made_images().items() if keeps(key)}

    def assert_none_without_image(self, keys: list[str]) -> None:
        """Each key has the image that the state names; where the state names none, any."""
        made = self.made_images()
        there = {one["id"]: one["tag"]["pulumi-image"] for one in self.cloud.images()}
        for key in keys:
            assert made.get(key) in there or (key not in made and key in there.values()), (key, made, there)

    def assert_built(self, keys: list[str]) -> None:
        """Each image is there once, made by the build that the state holds, with at most one VM of each role."""
        made = self.made_images()
        assert set(made) == set(keys)
        there = {one["id"]: one for one in self.cloud.images()}
        assert set(made.values()) <= set(there)
        assert all(there[id_].get("created", True) for id_ in made.values()), there
        vms = self.cloud.inventory()["vms"]
        owners = [(vm["tag"]["pulumi-image"], vm["tag"]["pulumi-role"]) for vm in vms]
        assert len(owners) == len(set(owners)), owners


def internal(text: str) -> list[str]:
    """The words in what a command printed that tell of errors inside it."""
    return [word for word in INTERNAL if word in text.replace(OF_YAML, "")]


def with_statement(folder: Path) -> dict[str, Any]:
    """The options of an image that is looked at, cleaned and signed for; the key is written to `folder`."""
    key = folder / "signing-key"
    key.write_text(generate().private)
    return {"record": True, "residue": "clean", "provenance_key": str(key)}


def keeps(key: str) -> bool:
    """Whether destroy keeps this image."""
    return int(key.strip("abcdefghijklmnopqrstuvwxyz")) % 2 == 0


def image_key(resource: Mapping[str, Any]) -> str:
    """Which image a resource of the state belongs to."""
    return str(resource["inputs"]["image_key"])


def up_first(batch: Batch, keys: list[str], at_build: Mapping[str, Case], at_destroy: Mapping[str, Case]) -> None:
    """A build with faults; `up` finishes it; a destroy with faults; a second destroy leaves nothing but the images."""
    batch.configure(keys)
    before = {one["id"] for one in batch.cloud.images()}
    batch.run("up", at_build)
    batch.run("up")
    batch.assert_built(keys)
    kept = batch.kept_images()
    batch.run("destroy", at_destroy)
    batch.run("destroy")
    batch.cloud.assert_only_images(*before, *kept)


def destroy_first(batch: Batch, keys: list[str], at_build: Mapping[str, Case], at_destroy: Mapping[str, Case]) -> None:
    """A build with faults; a destroy with faults; a second destroy leaves nothing but finished images."""
    batch.configure(keys)
    before = {one["id"] for one in batch.cloud.images()}
    batch.run("up", at_build)
    kept = batch.kept_images()
    batch.run("destroy", at_destroy)
    batch.run("destroy")
    batch.cloud.assert_only_images(*before, *kept)
    assert not batch.state()


def meet(batch: Batch, order: Order, at_build: Sequence[Case], at_destroy: Sequence[Case]) -> None:
    """Have each image meet a fault of either list, in this order of operations."""
    # Odd images are not kept: only those have the calls that remove images.
    keys = [f"k{2 * n + case.site.operation.startswith('image.'):02}" for n, case in enumerate(at_destroy)]
    order(batch, keys, dict(zip(keys, at_build, strict=True)), dict(zip(keys, at_destroy, strict=True)))


ANEW = [{"type": "shell", "inline": ["echo built anew > /home/guru/proof"]}]


def rebuild_up_first(batch: Batch, keys: list[str], faults: Mapping[str, Case]) -> None:
    """Finished images are built anew with faults; `up` finishes; destroy leaves what is to be kept, old and new."""
    old = _rebuild(batch, keys, faults)
    batch.run("up")
    batch.assert_built(keys)
    left = {key: {one["id"] for one in batch.cloud.images() if one["tag"]["pulumi-image"] == key} for key in keys}
    new = batch.made_images()
    for key in keys:
        assert left[key] == ({old[key], new[key]} if keeps(key) else {new[key]}), (key, old, new, left)
    batch.run("destroy")
    batch.cloud.assert_only_images(*(id_ for key in keys if keeps(key) for id_ in left[key]))


def rebuild_destroy_first(batch: Batch, keys: list[str], faults: Mapping[str, Case]) -> None:
    """Finished images are built anew with faults; destroy then leaves what is to be kept, the old ones in any case."""
    old = _rebuild(batch, keys, faults)
    new = batch.made_images()
    batch.run("destroy")
    kept = {id_ for images in (old, new) for key, id_ in images.items() if keeps(key)}
    batch.cloud.assert_only_images(*kept)


def _rebuild(batch: Batch, keys: list[str], faults: Mapping[str, Case]) -> dict[str, str]:
    """Build, then build anew with faults; returns the ids of the old images. No key ever is without an image."""
    batch.configure(keys)
    batch.run("up")
    old = batch.made_images()
    batch.configure(keys, provisioners=ANEW)
    batch.run("up", faults)
    batch.assert_none_without_image(keys)
    return old
