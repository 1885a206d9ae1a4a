"""What a template takes from the computer it is read on, and what it will do there: each is a warning."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from pulumi_hyperone.packer.option_names import is_list
from pulumi_hyperone.packer.result import Findings, Place, printable
from pulumi_hyperone.provider.foundation.option import facts, those
from pulumi_hyperone.provider.provisioners.catalog import TYPES
from pulumi_hyperone.settings.image_settings import FACTS

RUNS_HERE = frozenset({"shell-local", "ansible"})
"""Kinds of steps whose commands run on the user's computer."""

FILE_OPTIONS = frozenset(
    name for options in (FACTS, *map(facts, TYPES.values())) for name in those(options, lambda fact: fact.file)
)
"""Options that name local files to read; relative ones start from the working folder."""

MAX_ENTRIES = 10_000
"""Files that are looked at in a folder to upload."""


@dataclass
class LocalAccess:
    """Warns about one template. `folder` is the template's, `cwd` the working folder, both absolute."""

    folder: Path
    cwd: Path
    findings: Findings

    def reads_variable(self, name: str, path: str, place: Place, *, secret: bool) -> None:
        """Note that the field at `path` has the environment variable `name` in it; what is `secret` is not written."""
        if not secret:
            self.findings.taken.add(f"the environment variable {printable(name)}")
        self._warn(path, place, f"reads the environment variable {printable(name)} of this computer")

    def takes_file(self, file: str | Path, path: str, place: Place) -> None:
        """Note that what a file holds becomes part of the images' options."""
        if self._touches("reads", file, path, place):
            self.findings.taken.add(f"the file {printable(self._absolute(file))}")

    def reads_file(self, file: str | Path, path: str, place: Place) -> None:
        """Note that the build reads a file or folder, when it is outside the template's folder."""
        self._touches("reads", file, path, place)

    def writes_file(self, file: str | Path, path: str, place: Place) -> None:
        """Note that the build writes a file, when it is outside the template's folder."""
        self._touches("writes", file, path, place)

    def runs_here(self, path: str, place: Place) -> None:
        """Note that the step at `path` runs commands on the user's computer."""
        self._warn(path, place, "its commands run on this computer, not on the machine")

    def step(self, options: dict[str, Any], path: str, place: Place) -> None:
        """Note what a step with these options does on the user's computer."""
        if options["type"] in RUNS_HERE:
            self.runs_here(path, place)
        download = options.get("direction") == "download"
        if options["type"] == "file" and download:
            self.writes_file(str(options.get("destination") or ""), f"{path}.destination", place)
        for option in sorted(options.keys() & FILE_OPTIONS):
            for name in [] if download else _names(options["type"], option, options[option]):
                self.reads_file(name, f"{path}.{option}", place)
                for link in self._links(name) if options["type"] == "file" else ():
                    self.reads_file(link, f"{path}.{option}", place)

    def _warn(self, path: str, place: Place, note: str) -> None:
        self.findings.row("warning", path, "", place, note)

    def _touches(self, verb: str, file: str | Path, path: str, place: Place) -> bool:
        file = self._absolute(file)
        if "{{" in file:
            self._warn(path, place, f"{verb} {printable(file)}, a path that is only known during the build")
        elif self._outside(file):
            self._warn(path, place, f"{verb} {printable(file)}, which is outside the template's folder")
        else:
            return False
        return True

    def _absolute(self, file: str | Path) -> str:
        return os.path.join(self.cwd, os.path.expanduser(file))

    def _outside(self, file: str) -> bool:
        """Say whether a file is outside, links followed. A template in the home folder owns nothing else there."""
        folder, home = os.path.realpath(self.folder), os.path.realpath(os.path.expanduser("~"))
        try:
            real = os.path.realpath(file)
        except ValueError:  # a zero character: nothing can be read there
            return False
        return _within(home, folder) or not _within(real, folder)

    def _links(self, name: str) -> Iterator[str]:
        """Yield what an upload of `name`, which may be a pattern, starts from, and the links below it."""
        file = self._absolute(name)
        if "\0" in file:
            return
        for top in islice(glob.iglob(file), MAX_ENTRIES):
            yield top
            entries = (os.path.join(at, one) for at, folders, files in os.walk(top) for one in (*folders, *files))
            for entry in islice(entries, MAX_ENTRIES):
                if os.path.islink(entry):
                    yield entry


def _within(file: str, folder: str) -> bool:
    return Path(file).is_relative_to(folder)


def _names(kind: str, option: str, value: Any) -> list[str]:
    """Return the paths that an option names; one text for a list is split at its commas."""
    if isinstance(value, str):
        names = value.split(",") if is_list(kind, option) else [value]
        return [name.strip() for name in names if name.strip()]
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []
