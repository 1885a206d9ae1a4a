"""The command `diff`: what changed between two images that there are records of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from pulumi_hyperone.provider.foundation.errors import SettingsError
from pulumi_hyperone.provider.records.cyclonedx_file import stock_in
from pulumi_hyperone.provider.records.difference import all_lines, difference
from pulumi_hyperone.provider.records.folder import RECORD, of_image
from pulumi_hyperone.provider.records.stock import Stock


def diff(
    before: Annotated[str, typer.Argument(help="The id of the older image.")],
    after: Annotated[str, typer.Argument(help="The id of the newer image.")],
    *,
    record_dir: Annotated[Path | None, typer.Option(help="Also look for records in this folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="machine-readable output")] = False,
) -> None:
    """Say what changed from one image to another: packages, services, users, ports, files. Needs their records."""
    found = difference(_stock(before, record_dir), _stock(after, record_dir))
    if as_json:
        typer.echo(json.dumps({"before": before, "after": after, **found}, indent=2, ensure_ascii=False))
        return
    lines = all_lines(found)
    changes = [line for line in lines if not line.startswith("?")]
    typer.echo("\n".join(lines if changes else ["nothing that the records hold changed", *lines]))


def _stock(image_id: str, record_dir: Path | None) -> Stock:
    folders = [of_image(image_id), *([of_image(image_id, record_dir)] if record_dir else [])]
    for folder in folders:
        if folder.has(RECORD):
            return stock_in(folder)
    looked = " and ".join(str(folder.path) for folder in folders)
    raise SettingsError(f"there is no record of image {image_id}: looked in {looked}; build it with `record: true`")
