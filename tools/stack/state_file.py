"""State in files: is there room to write it, and is what is there whole."""

import contextlib
import json
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

from tools.stack import backend
from tools.stack.errors import StackError

ROOM = 64
"""MiB that have to be free: the engine writes the state after each step, and on a full disk cuts it short."""


def check_room(stack: str, environment: Mapping[str, str]) -> None:
    """Raise StackError when state in files has no room; other backends are not looked at."""
    folder = backend.folder(environment)
    if folder is None or not folder.is_dir():
        return
    free = shutil.disk_usage(folder).free >> 20
    if free < ROOM:
        raise StackError(
            f"only {free} MiB are free in {folder}, where the state of the stack {stack} is written after each step: "
            f"make room for at least {ROOM} MiB first"
        )


def check_whole(stack: str, environment: Mapping[str, str]) -> None:
    """Raise StackError when state in files was cut short; other backends are not looked at."""
    folder = backend.folder(environment)
    if folder is None:
        return
    drop_empty_attributes(folder)
    file = folder / ".pulumi" / "stacks" / backend.project() / f"{stack}.json"
    if not file.exists() or _is_whole(file):
        return
    backup = Path(f"{file}.bak")
    lost = f"make status STACK={stack} lists what builds left, and make sweep STACK={stack} STACK_ID=… removes it"
    if _is_whole(backup):
        way = f"cp {shlex.quote(str(backup))} {shlex.quote(str(file))} restores the state before the last step"
        raise StackError(f"the state of the stack {stack} was cut short, as happens on a full disk: {way}; {lost}")
    raise StackError(
        f"the state of the stack {stack} was cut short, as happens on a full disk, and so was its backup: {lost}; "
        f"then rm {shlex.quote(str(file))}"
    )


def drop_empty_attributes(folder: Path) -> None:
    """Remove what keeps the engine from reading files of the backend in `folder` that are whole.

    Beside each file it writes one with its checksum, `NAME.attrs`. Killed at that moment, the engine leaves it empty,
    and every command after that says `failed to load checkpoint: EOF`. The file itself is replaced in one step.
    """
    for attributes in (folder / ".pulumi").rglob("*.attrs"):
        with contextlib.suppress(FileNotFoundError):  # An engine at work on another stack replaces its own.
            if attributes.stat().st_size == 0:
                attributes.unlink()


def _is_whole(file: Path) -> bool:
    try:
        json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return True
