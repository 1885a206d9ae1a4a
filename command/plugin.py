"""`hyperone plugin FOLDER`: the plugin for programs in other languages, as a folder that `pulumi package add` takes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
import yaml

from pulumi_hyperone.provider.foundation.errors import SettingsError

PROJECT = "PulumiPlugin.yaml"
MAIN = "from pulumi_hyperone.plugin.server import serve\n\nserve()\n"

Folder = Annotated[Path, typer.Argument(help="where to put it; what is there already must be this plugin")]


def plugin(folder: Folder) -> None:
    """Write the plugin for programs in YAML, TypeScript and other languages; it runs in this Python environment."""
    if sys.prefix == sys.base_prefix:
        raise SettingsError("hyperone is not in a virtual environment, which the engine needs to run the plugin in")
    if folder.exists() and not (folder.is_dir() and ((folder / PROJECT).is_file() or not any(folder.iterdir()))):
        raise SettingsError(f"{folder} is there already and is not this plugin; name another folder")
    options = {"toolchain": "pip", "virtualenv": sys.prefix}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PROJECT).write_text(yaml.safe_dump({"runtime": {"name": "python", "options": options}}), "utf-8")
    (folder / "__main__.py").write_text(MAIN, "utf-8")
    typer.echo(f"In the folder of your program: pulumi package add {folder.resolve()}")
