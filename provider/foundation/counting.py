"""Numbers with their nouns, for people."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """Return `1 image`, `2 images`: the number with the noun, which takes an s."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
