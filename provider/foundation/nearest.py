"""The known name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def did_you_mean(name: str, known: Iterable[str], old_names: Mapping[str, str] | None = None) -> str:
    """Return `; did you mean x?`, or nothing when no known name is like `name`. Case does not count.

    `old_names` maps former or foreign names to those that replaced them, however little they are alike.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - loaded once something is misspelt

    by_folded = {candidate.casefold(): candidate for candidate in sorted(known)}
    alike = get_close_matches(name.casefold()[:100], list(by_folded), n=1, cutoff=0.6)
    nearest = (old_names or {}).get(name) or next((by_folded[one] for one in alike), None)
    return f"; did you mean {nearest}?" if nearest else ""
