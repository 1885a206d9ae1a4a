"""Catalog images, which are built on first use."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pulumi_hyperone.local_cloud.lifecycle.images import ImageLife
from pulumi_hyperone.local_cloud.state.records import Image, ImageDisk


class Kind:
    """Machines whose images take until `go_on`."""

    def __init__(self) -> None:
        self.begun, self.go_on, self.built = asyncio.Event(), asyncio.Event(), 0

    async def build_image(self, name: str, target: Path, report: Any) -> None:
        """Build as Machines.build_image does."""
        self.built += 1
        self.begun.set()
        await self.go_on.wait()
        report(f"{name}: step 1")
        (target / "base.raw").write_text("content")


def test_all_who_wait_for_an_image_hear_of_its_build(tmp_path):
    """It is built once, and what is said reaches those too that came later."""

    async def run() -> tuple[int, list[list[str]]]:
        kind, heard = Kind(), [[], []]
        catalog = Image.model_construct(name="debian-12", kind="vm", catalog=True, disks=[ImageDisk.model_construct()])
        parts = SimpleNamespace(
            home=SimpleNamespace(images=tmp_path),
            store=SimpleNamespace(save=lambda _: None),
            events=None,
            kinds=SimpleNamespace(get=lambda _: kind),
        )
        life = ImageLife(parts, None)
        first = asyncio.create_task(life.ensure_built(catalog, heard[0].append))
        await kind.begun.wait()
        second = asyncio.create_task(life.ensure_built(catalog, heard[1].append))
        asyncio.get_running_loop().call_soon(kind.go_on.set)
        await asyncio.gather(first, second)
        await life.ensure_built(catalog, heard[1].append)
        return kind.built, heard

    waiting, step = "waiting for the build of image debian-12", "building image: debian-12: step 1"
    assert asyncio.run(run()) == (1, [[waiting, step], [waiting, step]])
