"""What the engine takes without a word from a stack's file, and people mean otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from pulumi_hyperone.provider.foundation.faults import Fault, join_path
from pulumi_hyperone.provider.foundation.weak_types import LEADING_ZERO

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MARK = "secure"


def stack_file_faults(file: Path | None, keys: dict[str, str]) -> list[Fault]:
    """Find numbers with leading zeros, `secure:` beside other keys, and documents that nobody reads, in a stack's file.

    `keys` maps the keys of its config that are read to their paths in messages (`hyperone-image:images` → `images`). A
    file that cannot be read as YAML has no faults here: the engine has said what is wrong.
    """
    if file is None or file.suffix == ".json":
        return []
    try:
        documents = list(yaml.compose_all(file.read_text(encoding="utf-8"), Loader=_LOADER))
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        return []
    faults = []
    if len(documents) > 1:
        faults.append(Fault(file.name, f"holds {len(documents)} YAML documents, of which only the first is read"))
    for key, value in _pairs(_value(documents[0], "config")) if documents else ():
        path = keys.get(str(key.value).replace(":config:", ":", 1))
        if path is not None:
            faults += _faults(value, path)
    return faults


def _faults(node: Any, path: str) -> Iterator[Fault]:
    waiting, seen = [(node, path)], set()
    while waiting:
        node, path = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            names = [str(key.value) for key, _ in node.value]
            if _MARK in names and len(names) > 1:
                yield Fault(path, f"{_MARK} stands for a whole value, so it cannot have other keys beside it")
            waiting += [(value, join_path(path, str(key.value))) for key, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(value, join_path(path, position)) for position, value in enumerate(node.value)]
        elif not node.style and LEADING_ZERO.fullmatch(node.value):
            yield Fault(path, f"{node.value[:60]} is not read as written: leave out the leading zeros, or quote it")


def _pairs(node: Any) -> list[tuple[Any, Any]]:
    return list(node.value) if isinstance(node, yaml.MappingNode) else []


def _value(node: Any, name: str) -> Any:
    return next((value for key, value in _pairs(node) if key.value == name), None)
