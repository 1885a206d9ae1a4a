"""`hyperone plugin FOLDER`: the plugin for programs in other languages, as a folder that `pulumi package add` takes."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
import yaml

from pulumi_hyperone.provider.foundation.errors import SettingsError, reason

PROJECT = "PulumiPlugin.yaml"
MAIN = "__main__.py"
CODE = "from pulumi_hyperone.plugin.server import serve\n\nserve()\n"

Folder = Annotated[Path, typer.Argument(help="where to put it; an existing folder must hold this plugin")]


def plugin(folder: Folder) -> None:
    """Write the plugin for programs in YAML, TypeScript and other languages; it runs in this Python environment."""
    if sys.prefix == sys.base_prefix:
        raise SettingsError("hyperone is not in a virtual environment, which the engine needs to run the plugin in")
    options = {"toolchain": "pip", "virtualenv": sys.prefix}
    try:
        if not _free(folder):
            raise SettingsError(f"{folder} already exists and is not this plugin; name another folder")
        folder.mkdir(parents=True, exist_ok=True)
        # First what the folder is recognised by, should the second not be written.
        (folder / MAIN).write_text(CODE, "utf-8")
        (folder / PROJECT).write_text(yaml.safe_dump({"runtime": {"name": "python", "options": options}}), "utf-8")
    except OSError as error:
        raise SettingsError(f"{folder} cannot be written: {reason(error)}") from None
    typer.echo(f"In the folder of your program: pulumi package add {shlex.quote(str(folder.resolve()))}")


def _free(folder: Path) -> bool:
    """Whether the plugin may be written there: nothing is there, or the plugin is. Raises OSError."""
    if not folder.exists():
        return True
    main = folder / MAIN
    return folder.is_dir() and (main.read_bytes() == CODE.encode() if main.is_file() else not any(folder.iterdir()))
