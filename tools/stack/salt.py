"""Keep stack files as they are in git."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pulumi_hyperone.command.output import write_output

_SALT = re.compile(r"^encryptionsalt:.*\n?", re.MULTILINE)
_SECRET = re.compile(r"\bsecure[\"']?\s*:")


@contextmanager
def kept_out(file: Path) -> Iterator[None]:
    """Take the encryption salt out again that the engine writes into a stack file without one.

    The salt belongs to the passphrase of this checkout, and a stack file that holds no secrets needs none: the engine
    makes another the next time. A file that had a salt before, or holds secrets, is left as it is.
    """
    had_salt = _SALT.search(_read(file)) is not None
    try:
        yield
    finally:
        text = _read(file)
        if not had_salt and _SALT.search(text) and not _SECRET.search(text):
            write_output(file, _SALT.sub("", text), private=False)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
