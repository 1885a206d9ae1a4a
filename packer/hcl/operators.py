"""The operators of HCL."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from pulumi_hyperone.packer.hcl.conversions import number, same, to_bool, to_number
from pulumi_hyperone.packer.hcl.nodes import HclError

_ARITHMETIC: dict[str, Callable[[int | float, int | float], int | float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a // b if isinstance(a, int) and isinstance(b, int) and a % b == 0 else a / b,
    "%": math.fmod,
}
_ORDER: dict[str, Callable[[int | float, int | float], bool]] = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}


def unary(operator: str, value: Any) -> Any:
    """Apply `-` or `!`. Raises HclError."""
    return not to_bool(value) if operator == "!" else number(-to_number(value))


def binary(operator: str, left: Any, right: Any) -> Any:
    """Apply an operator with two sides. Raises HclError."""
    if operator in {"==", "!="}:
        return same(left, right) is (operator == "==")
    if operator == "&&":
        return to_bool(left) and to_bool(right)
    if operator == "||":
        return to_bool(left) or to_bool(right)
    one, other = to_number(left), to_number(right)
    if operator in _ORDER:
        return _ORDER[operator](one, other)
    if operator in {"/", "%"} and other == 0:
        raise HclError("division by zero")
    try:
        return number(_ARITHMETIC[operator](one, other))
    except OverflowError:
        raise HclError("the number is too large") from None
