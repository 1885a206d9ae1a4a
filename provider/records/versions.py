"""Which of two versions of a package is the later one."""

from __future__ import annotations

import re
from itertools import zip_longest


def is_later(version: str, than: str) -> bool:
    """Compare as dpkg does: epoch, then runs of digits as numbers and other signs by their order, `~` before all.

    What other package managers order differently is rare; both versions are told in any case.
    """
    return _compare(version, than) > 0


def _compare(one: str, other: str) -> int:
    epochs = [int(match[1]) if (match := re.match(r"(\d{1,9}):", text)) else 0 for text in (one, other)]
    if epochs[0] != epochs[1]:
        return epochs[0] - epochs[1]
    parts = (re.findall(r"\d+|\D+", re.sub(r"^\d{1,9}:", "", text)) for text in (one, other))
    for mine, theirs in zip_longest(*parts, fillvalue=""):
        if (order := _order(mine, theirs)) != 0:
            return order
    return 0


def _order(mine: str, theirs: str) -> int:
    if mine[:1].isdecimal() and theirs[:1].isdecimal():
        # Numbers of any length, without making one of a hostile million of digits.
        left, right = mine.lstrip("0"), theirs.lstrip("0")
        return (len(left) > len(right)) - (len(left) < len(right)) or (left > right) - (left < right)
    left_ranks, right_ranks = list(map(_rank, mine)), list(map(_rank, theirs))
    # The end of a version stands between `~` and everything else.
    left_ranks.append(0)
    right_ranks.append(0)
    return (left_ranks > right_ranks) - (left_ranks < right_ranks)


def _rank(sign: str) -> int:
    if sign == "~":
        return -1
    if sign.isdecimal():
        return 0
    return ord(sign) if sign.isalpha() else ord(sign) + 0x110000
