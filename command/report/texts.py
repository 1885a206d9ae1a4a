"""Logs and ages as the page tells them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from pulumi_hyperone.provider.process.log_path import logs_folder

LONGEST_LOG = 2 * 2**20
"""Bytes of a log that are shown, from its end."""
_AGES = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


def log_of(name: str) -> tuple[list[str], str]:
    """Return the lines of a build's log and a note on what is missing, from the file that a state names.

    States may be shared, so a file is read only where this computer keeps its logs.
    """
    if not name:
        return [], "Nothing was run on a machine for this image."
    file, folder = Path(name), logs_folder()
    try:
        if not (file.suffix == ".log" and file.resolve().is_relative_to(folder.resolve())):
            return [], "The log is on the computer that built the image."
        with file.open("rb") as opened:
            size = opened.seek(0, 2)
            opened.seek(max(0, size - LONGEST_LOG))
            content = opened.read(LONGEST_LOG)
    except (OSError, ValueError):
        return [], "The log is on the computer that built the image, or was removed, or nothing ran yet."
    lines = content.decode(errors="backslashreplace").split("\n")
    if size > LONGEST_LOG:
        return lines[1:], f"The first {(size - len(content)) / 2**20:.1f} MiB are left out; the whole log: {file}"
    return lines, ""


def age(created_on: str, now: datetime) -> str:
    """Return how long ago something was made, as `3 days`; empty for what is no time."""
    try:
        # Clocks differ: what is younger than now was made just now.
        past = max(now - datetime.fromisoformat(created_on), timedelta())
    except (ValueError, TypeError):
        return ""
    for unit, name in _AGES:
        if count := int(past / unit):
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "less than a minute"
