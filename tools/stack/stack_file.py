"""Say which key of a stack's file the engine cannot read, where the engine itself names none."""

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

_ENCRYPTED = re.compile(r"v\d+:[^:\s]+:[^:\s]+|[A-Za-z0-9+/]{16,}={0,2}")
"""What the engine writes after `secure:`: `v1:nonce:text`, or base64 of a secrets provider elsewhere."""


class StackFileError(Exception):
    """The stack's file cannot be used; the message has a line for each thing that is wrong."""


def check(file: Path) -> None:
    """Raise StackFileError for a file that the engine refuses without naming the key; a missing one is no fault."""
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    except OSError as error:
        raise StackFileError(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise StackFileError(f"{file}:{line}: is not UTF-8 text; save it in that encoding") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        return  # the engine says what is wrong, and in which line
    config = found.get("config") if isinstance(found, dict) else None
    if wrong := [f"{file}: {place}: {fault}" for place, fault in _faults(config, "")]:
        raise StackFileError("\n".join(wrong))


def _faults(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if set(value) == {"secure"} and not _ENCRYPTED.fullmatch(str(value["secure"])):
            yield place or "config", "secure: holds nothing that `pulumi config set --secret` has encrypted"
            return
        for key, part in value.items():
            yield from _faults(part, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list):
        for position, part in enumerate(value):
            yield from _faults(part, f"{place}[{position}]")
    elif isinstance(value, float) and not math.isfinite(value):
        yield place, "must be a finite number"
