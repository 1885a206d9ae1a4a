"""References from one image to another: `source_image: ${images.base}`, and the order they ask for."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from pydantic_core import PydanticCustomError

from pulumi_hyperone.provider.foundation.faults import Fault, shown
from pulumi_hyperone.provider.foundation.nearest import did_you_mean
from pulumi_hyperone.provider.foundation.weak_types import weak_str

_REFERENCE = re.compile(r"\$\{images\.([^{}]+)\}")
_EXPECTED = "must be the id or name of an image, or ${images.NAME} for another image of this stack"


@dataclass(frozen=True)
class ImageReference:
    """The image that another entry of `images` builds; `name` is that entry's name."""

    name: str

    def __str__(self) -> str:
        return f"${{images.{self.name}}}"


def source_of(value: object) -> str | ImageReference:
    """Read the option `source_image`: an id or name, or a reference. Raises pydantic's error on anything else."""
    if isinstance(value, ImageReference):
        return value
    text = weak_str(value)
    if match := _REFERENCE.fullmatch(text.strip()):
        return ImageReference(match.group(1))
    if "${" in text:
        raise PydanticCustomError("image_reference", "{expected}", {"expected": _EXPECTED})
    return text


def reference_faults(references: Mapping[str, str | None]) -> list[Fault]:
    """Find references to unknown images and circles; `references` maps every image to the one it builds on, if any."""
    faults = []
    graph: dict[str, set[str]] = {name: set() for name in references}
    for name, target in references.items():
        if target is None:
            continue
        if target in graph:
            graph[name].add(target)
            continue
        message = f"refers to image {shown(target)}, which is not in images{did_you_mean(target, graph)}"
        faults.append(Fault(f"images.{name}.source_image", message))
    return faults + _circles(graph)


def imageless_faults(references: Mapping[str, str | None], skipped: Collection[str]) -> list[Fault]:
    """Find references to images of this stack that are not created: `skipped` are their names."""
    return [
        Fault(f"images.{name}.source_image", f"refers to image {shown(target)}, which skip_create_image leaves out")
        for name, target in references.items()
        if target in skipped
    ]


def _circles(graph: dict[str, set[str]]) -> list[Fault]:
    faults = []
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            circle = sorted(error.args[1][:-1])
            chain = _chain(graph, circle[0])
            faults.append(Fault(f"images.{circle[0]}.source_image", f"images build on each other in a circle: {chain}"))
            graph = {name: targets if name != circle[0] else set() for name, targets in graph.items()}
        else:
            return faults


def _chain(graph: Mapping[str, set[str]], start: str) -> str:
    names = [start]
    while (following := next(iter(graph[names[-1]]))) != start:
        names.append(following)
    return " → ".join([*names, start])


def build_order_of(references: Mapping[str, str | None]) -> list[str]:
    """Order images so that each comes after the one it builds on; there must be no circle."""
    return list(
        TopologicalSorter({name: {target} if target else set() for name, target in references.items()}).static_order()
    )
