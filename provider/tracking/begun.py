"""Builds that this process began: nothing of theirs can be left from a run before, so nobody needs to look for it."""

from __future__ import annotations

_begun: set[str] = set()


def begin(build_id: str) -> None:
    """Remember that a build begins in this process; its id is not used in any other."""
    _begun.add(build_id)


def is_continued(build_id: str) -> bool:
    """Whether another process began the build, of which something may be left."""
    return build_id not in _begun
