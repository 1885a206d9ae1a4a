"""Say which key of a stack's file the engine refuses without naming it, or makes something else of.

Where the file has no salt the engine writes it anew, with 8 for 010 and without a second document.
"""

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tools.stack.errors import StackError

_ENCRYPTED = re.compile(r"v\d+:[^:\s]+:[^:\s]+|[A-Za-z0-9+/]{16,}={0,2}")
"""What the engine writes after `secure:`: `v1:nonce:text`, or base64 of a secrets provider elsewhere."""
_LEADING_ZERO = re.compile(r"[+-]?0[\d_]+(\.\d*)?", re.ASCII)
_NULL = "tag:yaml.org,2002:null"
_FLOAT = "tag:yaml.org,2002:float"
_OURS = "hyperone"
"""What the keys begin with that the project's program reads; those of other programs may hold anything."""


def check(file: Path) -> None:
    """Raise StackError for a file that the engine refuses without naming the key, or reads otherwise than written.

    A missing one is no fault.
    """
    try:
        documents = list(yaml.compose_all(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader))
    except FileNotFoundError:
        return
    except OSError as error:
        raise StackError(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise StackError(f"{file}:{line}: is not UTF-8 text; save it in that encoding") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        return  # the engine says what is wrong, and in which line
    if not documents:
        return
    for node in (documents[0], *(value for key, value in _pairs(documents[0]) if key.value == "config")):
        if not isinstance(node, yaml.MappingNode) and node.tag != _NULL:
            line = node.start_mark.line + 1
            raise StackError(f"{file}:{line}: must be a mapping, with `config:` and its keys in it")
    wrong = [f"{file}: {place}: {fault}" for place, fault in _faults(documents[0])]
    if any(document.tag != _NULL for document in documents[1:]):
        wrong.append(f"{file}: holds {len(documents)} YAML documents, of which only the first is read")
    if wrong:
        raise StackError("\n".join(wrong))


def _faults(document: yaml.Node) -> Iterator[tuple[str, str]]:
    waiting = [(value, "") for key, value in _pairs(document) if key.value == "config"]
    seen: set[int] = set()
    while waiting:
        node, place = waiting.pop(0)
        if id(node) in seen:
            continue
        seen.add(id(node))
        pairs = _pairs(node)
        if [key.value for key, _ in pairs] == ["secure"]:
            text = pairs[0][1]
            if not isinstance(text, yaml.ScalarNode) or not _ENCRYPTED.fullmatch(text.value):
                yield place or "config", "secure: holds nothing that `pulumi config set --secret` has encrypted"
            continue
        waiting += [(value, f"{place}.{key.value}" if place else str(key.value)) for key, value in pairs]
        if isinstance(node, yaml.SequenceNode):
            waiting += [(value, f"{place}[{position}]") for position, value in enumerate(node.value)]
        elif isinstance(node, yaml.ScalarNode) and not node.style and (fault := _number_fault(node, place)):
            yield place, fault


def _number_fault(node: yaml.ScalarNode, place: str) -> str:
    if node.tag == _FLOAT and not math.isfinite(float(yaml.constructor.SafeConstructor().construct_yaml_float(node))):
        return "must be a finite number"
    if place.startswith(_OURS) and _LEADING_ZERO.fullmatch(node.value):
        return f"{node.value[:60]} is not read as written: leave out the leading zeros, or quote it"
    return ""


def _pairs(node: yaml.Node) -> list[tuple[Any, Any]]:
    return list(node.value) if isinstance(node, yaml.MappingNode) else []
