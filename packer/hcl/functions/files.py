"""Functions that read files and work on paths. Relative paths start from the template's folder, as in Packer."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

from pulumi_hyperone.packer.files import MAX_READ, Unreadable, read_bytes
from pulumi_hyperone.packer.hcl.conversions import to_map
from pulumi_hyperone.packer.hcl.functions.registry import Surroundings, function
from pulumi_hyperone.packer.hcl.functions.strings import text_of
from pulumi_hyperone.packer.hcl.glob import glob_expression
from pulumi_hyperone.packer.hcl.nodes import HclError
from pulumi_hyperone.settings.template.regex import matches

_MAX_TOTAL = 4 * MAX_READ
_MAX_LISTED = 10_000


def _path(surroundings: Surroundings, path: Any) -> Path:
    written = text_of(path)
    if "\0" in written:
        raise HclError("a path cannot contain a null character")
    return surroundings.root / Path(_expanded(surroundings, written))


def _expanded(surroundings: Surroundings, path: str) -> str:
    home = surroundings.environ.get("HOME", "")
    return home + path[1:] if home and (path == "~" or path.startswith("~/")) else path


def _taken(surroundings: Surroundings, path: Any, by: str) -> Path:
    """Return the path of a file or folder whose content the function `by` takes, after it was noted."""
    file = _path(surroundings, path)
    surroundings.access.takes_file(file, f'{by}("{text_of(path)}")', surroundings.place)
    return file


def _read(surroundings: Surroundings, path: Any, by: str) -> bytes:
    try:
        content = read_bytes(_taken(surroundings, path, by), MAX_READ)
    except Unreadable as error:
        raise HclError(str(error)) from None
    surroundings.read += len(content)
    if surroundings.read > _MAX_TOTAL:
        raise HclError(f"the template reads more than {_MAX_TOTAL} bytes of files")
    return content


def _text(surroundings: Surroundings, path: Any, by: str) -> str:
    try:
        return _read(surroundings, path, by).decode()
    except UnicodeDecodeError:
        raise HclError("the file is not UTF-8 text; use filebase64") from None


@function("file")
def _file(surroundings: Surroundings, path: Any) -> str:
    return _text(surroundings, path, "file")


@function("filebase64")
def _filebase64(surroundings: Surroundings, path: Any) -> str:
    return base64.b64encode(_read(surroundings, path, "filebase64")).decode()


@function("fileexists")
def _fileexists(surroundings: Surroundings, path: Any) -> bool:
    try:
        return _taken(surroundings, path, "fileexists").is_file()
    except OSError:
        return False


@function("templatefile", takes_deferred=True)
def _templatefile(surroundings: Surroundings, path: Any, variables: Any) -> Any:
    if surroundings.template is None:
        raise HclError("a template file cannot call templatefile itself")
    return surroundings.template(_text(surroundings, path, "templatefile"), text_of(path), to_map(variables))


@function("fileset")
def _fileset(surroundings: Surroundings, folder: Any, pattern: Any) -> list[str]:
    base = _taken(surroundings, folder, "fileset")
    try:
        expression = glob_expression(text_of(pattern))
    except ValueError as error:
        raise HclError(str(error)) from None
    found: list[str] = []
    seen = 0
    for at, folders, names in os.walk(base):
        folders.sort()
        seen += len(names) + 1
        if seen > _MAX_LISTED:
            raise HclError(f"the folder holds more than {_MAX_LISTED} files")
        relative = (Path(at).relative_to(base) / name for name in names)
        found += [path.as_posix() for path in relative if any(matches(expression, path.as_posix()))]
    return sorted(found)


@function("abspath")
def _abspath(surroundings: Surroundings, path: Any) -> str:
    return os.path.normpath(_path(surroundings, path))


@function("basename")
def _basename(_: Surroundings, path: Any) -> str:
    return os.path.basename(text_of(path).rstrip("/")) or "/"


@function("dirname")
def _dirname(_: Surroundings, path: Any) -> str:
    return os.path.dirname(text_of(path)) or "."


@function("pathexpand")
def _pathexpand(surroundings: Surroundings, path: Any) -> str:
    return _expanded(surroundings, text_of(path))


@function("env")
def _env(surroundings: Surroundings, name: Any) -> str:
    if not surroundings.env_allowed:
        raise HclError("env is only available in the default of a variable; define one and use var.NAME here")
    surroundings.env_used.add(text_of(name))
    return surroundings.environ.get(text_of(name), "")
