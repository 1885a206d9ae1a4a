"""Files that a person names for what a command writes."""

from __future__ import annotations

import os
from pathlib import Path

from pulumi_hyperone.provider.foundation.local_files import replace_file


def write_output(path: Path, text: str, *, private: bool) -> None:
    """Write `text` to `path`, whole or not at all; a `private` file is for its owner alone. Raises OSError.

    A link stays and leads to the new file. What cannot be replaced, such as /dev/stdout or a pipe, is written to.
    """
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
    else:
        replace_file(Path(os.path.realpath(path)), text.encode(), private=private)
