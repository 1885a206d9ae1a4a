"""Compare versions as `pulumi` and `go` print them."""

import re


def parse(text: str) -> tuple[int, int, int] | None:
    """Return the first version in `text` as (major, minor, patch), or None when there is none.

    Understands `v3.259.0`, `3.259.0-dev.1`, `go version go1.26 linux/amd64`.
    """
    found = re.search(r"(?<![\d.])(\d+)\.(\d+)(?:\.(\d+))?", text.replace("go1", " 1"))
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None
