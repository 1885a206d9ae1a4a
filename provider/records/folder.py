"""The folder of an image's records: `records/<image id>/`, beside the logs of the builds or where the user wants it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

from pulumi_hyperone.provider.foundation.errors import SettingsError
from pulumi_hyperone.provider.foundation.local_files import replace_file
from pulumi_hyperone.provider.process.log_path import logs_folder

RECORD = "record.cdx.json"
"""What is in the image, as CycloneDX 1.6."""
RESIDUE = "residue.json"
"""What should not be in it: a list of {kind, path, detail}."""
DIFFERENCE = "difference.json"
"""What changed since the image before."""
STATEMENT = "statement.dsse.json"
"""How the image came to be, signed."""
STATEMENT_KEY = "statement.pub"
"""The public key of whoever signed that, as one line; whose it is tells only who knows the key."""
LARGEST = 64 * 2**20
"""Bytes of the largest file that is read."""
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,127}")
_BUILD = "build-"


class RecordFolder:
    """The files kept about one image; made when the first one is written, for its owner alone (0700, 0600)."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def file(self, name: str) -> Path:
        """The path of one of its files, there or not."""
        return self.path / name

    def has(self, name: str) -> bool:
        """Whether a file was written."""
        return self.file(name).is_file()

    def write(self, name: str, content: bytes) -> Path:
        """Replace a file as a whole. Raises OSError."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_file(self.file(name), content)
        return self.file(name)

    def write_json(self, name: str, value: Any) -> Path:
        """Replace a file by `value` as JSON. Raises OSError."""
        return self.write(name, (json.dumps(value, indent=1) + "\n").encode())

    def read(self, name: str) -> bytes:
        """The content of a file. Raises SettingsError when there is none, or one that is too large."""
        path = self.file(name)
        try:
            with path.open("rb") as file:
                content = file.read(LARGEST + 1)
        except OSError as error:
            raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
        if len(content) > LARGEST:
            raise SettingsError(f"{path} has more than {LARGEST // 2**20} MiB, which no record has")
        return content

    def read_json(self, name: str) -> Any:
        """The JSON in a file. Raises SettingsError as `read` does, and for anything else than JSON."""
        try:
            return json.loads(self.read(name))
        except (ValueError, RecursionError):
            raise SettingsError(f"{self.file(name)} is not JSON; it was changed since it was written") from None

    def copy_to(self, other: RecordFolder) -> None:
        """Write all of its files to another folder too. Raises OSError."""
        for name in filter(self.has, (RECORD, RESIDUE, DIFFERENCE, STATEMENT_KEY, STATEMENT)):
            other.write(name, self.file(name).read_bytes())

    def remove(self) -> None:
        """Remove the folder; harmless when there is none."""
        shutil.rmtree(self.path, ignore_errors=True)


def records_folder() -> Path:
    """Return the folder of all records, `records` beside the logs of the builds."""
    return logs_folder() / "records"


def of_image(image_id: str, root: Path | None = None) -> RecordFolder:
    """The folder of an image; `root` (default: records_folder()) is where folders of images are.

    Raises SettingsError for what cannot be the id of an image.
    """
    return RecordFolder((root or records_folder()) / _checked(image_id))


def of_build(build_id: str) -> RecordFolder:
    """The folder of a build whose image does not exist yet."""
    return RecordFolder(records_folder() / f"{_BUILD}{_checked(build_id)}")


def hand_over(build_id: str, image_id: str) -> RecordFolder:
    """Make what was kept about a build the image's; returns the image's folder. Raises OSError."""
    before, after = of_build(build_id), of_image(image_id)
    if before.path.is_dir():
        after.remove()
        before.path.rename(after.path)
    return after


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise SettingsError(f"{name[:80]!r} is not an id: ids have letters, digits, - and _")
    return name
