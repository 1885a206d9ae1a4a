"""What was built, as a table: image, id, size, time of each phase, API calls."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

COMPONENT = "HyperOneImage"
"""The component whose outputs are an image's."""
MACHINES = ("TemporaryVm", "ChrootDisk")
"""Resources that cost money while they are there."""


@dataclass(frozen=True)
class Built:
    """One image of a stack's outputs; `phases` maps a phase to `started_at`, `seconds` and `api_calls`."""

    name: str
    identity: str
    image_name: str
    size: float | None
    phases: Mapping[str, Mapping[str, Any]]


def components(exported: str) -> dict[str, dict[str, Any]]:
    """Return the outputs of each image's component by name, from a state as `pulumi stack export` prints it.

    With `phases`: what its resources recorded of themselves.
    """
    resources = [one for one in _all(exported) if not one.get("delete")]  # what a replacement has left to remove
    return {
        name: {**(found.get("outputs") or {}), "phases": _phases(name, found, resources)}
        for name, found in _resources(exported, COMPONENT)
    }


def _phases(name: str, component: Mapping[str, Any], resources: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    recorded = {
        one["urn"].rpartition("::")[2].removeprefix(f"{name}-").replace("-", " "): one.get("outputs") or {}
        for one in resources
        if one.get("parent") == component["urn"]
    }
    return {phase: outputs for phase, outputs in recorded.items() if "started_at" in outputs}


def machines(exported: str) -> list[str]:
    """Return the names of the machines and disks that a state holds, as `pulumi stack export` prints it."""
    return [name for name, _ in _resources(exported, *MACHINES)]


def _resources(exported: str, *kinds: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The names and resources of some kinds."""
    for resource in _all(exported):
        if str(resource.get("type")).rpartition(":")[2] in kinds:
            yield resource["urn"].rpartition("::")[2], resource


def _all(exported: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (json.loads(exported).get("deployment") or {}).get("resources") or []
    return found


def images(outputs: Mapping[str, Any]) -> list[Built]:
    """Return the images in the outputs, in the order in which their builds began, then by name.

    Images are maps that have `image_id`; one that failed has none. The engine lists them as they happened to end.
    """
    built = []
    for key, value in outputs.items():
        identity = value.get("image_id") if isinstance(value, dict) else None
        if isinstance(identity, str):
            phases = value.get("phases")
            known = phases if isinstance(phases, dict) else {}
            built.append(Built(key, identity, str(value.get("image_name") or key), value.get("image_size"), known))
    return sorted(built, key=lambda image: (_began(image), image.name))


def _began(image: Built) -> str:
    return min((str(times.get("started_at") or "") for times in image.phases.values()), default="")


def phase_order(built: Sequence[Built]) -> list[str]:
    """The phases of all images, each once, in the order in which they began."""
    first: dict[str, str] = {}
    for image in built:
        for phase, times in image.phases.items():
            started = str(times.get("started_at") or "")
            first[phase] = min(first.get(phase, started), started)
    return sorted(first, key=lambda phase: first[phase])


def table(outputs: Mapping[str, Any]) -> list[str]:
    """Return the table's lines; times in seconds, sizes in GiB, without trailing spaces. Empty without images."""
    built = images(outputs)
    if not built:
        return []
    phases = phase_order(built)
    head = ["image", "id", "GiB", *phases, *(["in all", "API calls"] if phases else [])]
    rows = [head, *(_row(image, phases) for image in built)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return [_line(row, widths) for row in rows]


def _row(image: Built, phases: Sequence[str]) -> list[str]:
    times = [image.phases.get(phase, {}) for phase in phases]
    cells = [image.image_name, image.identity, "" if image.size is None else f"{image.size:.3g}"]
    if phases:
        cells += [_seconds(time.get("seconds")) for time in times]
        cells.append(_seconds(sum(float(time.get("seconds") or 0) for time in times)))
        cells.append(str(sum(int(time.get("api_calls") or 0) for time in times)))
    return cells


def _seconds(value: Any) -> str:
    return "" if value is None else f"{float(value):.1f} s"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    """Texts to the left, numbers to the right."""
    cells = enumerate(zip(row, widths, strict=True))
    aligned = [cell.ljust(width) if column < 2 else cell.rjust(width) for column, (cell, width) in cells]
    return f"  {'  '.join(aligned)}".rstrip()
