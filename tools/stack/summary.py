"""What was built, as a table: image, id, size, time of each phase, API calls."""

import json
from collections.abc import Sequence
from typing import Any

from pulumi_hyperone.command.report import state
from pulumi_hyperone.command.report.state import Built
from pulumi_hyperone.provider.foundation.outside_text import one_line

MACHINES = ("TemporaryVm", "ChrootDisk")
"""Resources that cost money while they are there."""


def machines(exported: str) -> list[str]:
    """Return the names of the machines and disks of a state (`pulumi stack export`) that no `Release` has removed."""
    resources = (json.loads(exported).get("deployment") or {}).get("resources") or []
    kinds = [(one["type"].rpartition(":")[2], (one.get("inputs") or {}).get("build_id"), one) for one in resources]
    released = {build for kind, build, _ in kinds if kind == "Release"}
    return [one["urn"].rpartition("::")[2] for kind, build, one in kinds if kind in MACHINES and build not in released]


def images(exported: str) -> list[Built]:
    """Return the images in a state, in the order in which their builds began, then by name; one that failed has no id.

    The engine lists them as they happened to end.
    """
    built = [one for one in state.images(exported) if isinstance(one.outputs.get("image_id"), str)]
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


def table(built: Sequence[Built]) -> list[str]:
    """Return the table's lines; times in seconds, sizes in GiB, without trailing spaces. Empty without images."""
    if not built:
        return []
    phases = phase_order(built)
    head = ["image", "id", "GiB", *phases, *(["in all", "API calls"] if phases else [])]
    rows = [head, *(_row(image, phases) for image in built)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return [_line(row, widths) for row in rows]


def _row(image: Built, phases: Sequence[str]) -> list[str]:
    times = [image.phases.get(phase, {}) for phase in phases]
    name, size = image.outputs.get("image_name"), image.outputs.get("image_size")
    shown = one_line(name) if isinstance(name, str) and name else image.name  # a secret is none
    cells = [shown, str(image.outputs["image_id"]), "" if size is None else f"{size:.3g}"]
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
