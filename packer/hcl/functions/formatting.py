"""The functions `format` and `formatlist`."""

from __future__ import annotations

import re
from typing import Any

from pulumi_hyperone.packer.hcl.conversions import kind, to_bool, to_number, to_text, to_whole
from pulumi_hyperone.packer.hcl.functions.encoding import json_text
from pulumi_hyperone.packer.hcl.functions.registry import Surroundings, function
from pulumi_hyperone.packer.hcl.functions.strings import limited, text_of
from pulumi_hyperone.packer.hcl.nodes import HclError
from pulumi_hyperone.provider.foundation.counting import counted

_VERB = re.compile(
    r"%(?:\[(?P<index>\d{1,3})\])?(?P<flags>[-+ 0#]*)(?P<width>\d{0,3})(?:\.(?P<precision>\d{0,3}))?(?P<verb>.?)",
    re.DOTALL,
)


@function("format")
def _format(_: Surroundings, layout: Any, *values: Any) -> str:
    return formatted(text_of(layout), list(values))


@function("formatlist")
def _formatlist(_: Surroundings, layout: Any, *values: Any) -> list[str]:
    lengths = {len(value) for value in values if isinstance(value, list)}
    if len(lengths) > 1:
        raise HclError("the lists must have the same length")
    count = lengths.pop() if lengths else 1
    return [
        formatted(text_of(layout), [value[row] if isinstance(value, list) else value for value in values])
        for row in range(count)
    ]


def formatted(layout: str, values: list[Any]) -> str:
    """Fill a layout with values, by the verbs v, #v, s, q, d, b, o, x, X, e, f, g and t. Raises HclError."""
    limited(len(layout))
    position = 0

    def one(match: re.Match[str]) -> str:
        nonlocal position
        verb = match["verb"]
        if verb == "%":
            return "%"
        index = int(match["index"]) - 1 if match["index"] else position
        position = index + 1
        if not 0 <= index < len(values):
            raise HclError(f"there is no value for {match.group()}")
        written = _verb(verb, values[index], match)
        width = int(match["width"] or 0)
        if "-" in match["flags"]:
            return written.ljust(width)
        return written.zfill(width) if "0" in match["flags"] and verb in "dfegxXbo" else written.rjust(width)

    written = _VERB.sub(one, layout)
    if position < len(values):
        raise HclError(f"{counted(len(values) - position, 'value')} too many")
    return written


def _verb(verb: str, value: Any, match: re.Match[str]) -> str:
    if verb == "v":
        scalar = kind(value) in {"string", "number", "bool"} and "#" not in match["flags"]
        return text_of(value) if scalar else json_text(value)
    if verb in {"s", "q"}:
        text = str(to_text(value))
        text = text[: int(match["precision"] or 0)] if match["precision"] is not None else text
        return json_text(text) if verb == "q" else text
    if verb == "t":
        return "true" if to_bool(value) else "false"
    if verb and verb in "dboxX":
        whole = to_whole(value)
        plus = "+" if "+" in match["flags"] and whole >= 0 else ""
        return plus + f"{whole:{verb}}"
    if verb and verb in "feg":
        precision = match["precision"] if match["precision"] is not None else "6"
        converted = to_number(value)
        return (
            text_of(converted) if verb == "g" and match["precision"] is None else f"{converted:.{precision or 0}{verb}}"
        )
    raise HclError(f"{match.group()!r} is not a verb of format")
