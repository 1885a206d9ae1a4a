"""The command `verify`: whether a statement, a record and an image of the cloud belong together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pulumi_hyperone.command.account import Stack, client
from pulumi_hyperone.provider.foundation.errors import SettingsError
from pulumi_hyperone.provider.foundation.outside_text import one_line
from pulumi_hyperone.provider.records.folder import STATEMENT, STATEMENT_KEY, RecordFolder, of_image

Image = Annotated[str, typer.Argument(help="the image's id or name")]
Key = Annotated[
    Path | None,
    typer.Option("--key", help="public key that must have signed; without it the signer is not checked"),
]
Folder = Annotated[
    Path | None, typer.Option("--folder", help="folder of statement and record; default: beside the logs")
]


def verify(image: Image, *, key: Key = None, folder: Folder = None, stack: Stack = "") -> None:
    """Check the signature on an image's statement, its record, and that the image is the one they are about.

    Ends with 1 when one of them is not what it should be.
    """
    # Signatures cost a tenth of a second to import.
    from pulumi_hyperone.provider.provenance import verification  # noqa: PLC0415

    found = client(stack).images.get(image)
    files = RecordFolder(folder) if folder else of_image(found.id)
    if not files.has(STATEMENT):
        raise SettingsError(
            f"image {found.id}: no statement about it is in {files.path}; was it built there with provenance_key? "
            "--folder names another folder"
        )
    recorded = verification.recorded(files)
    public = key or files.file(STATEMENT_KEY)
    verdict = verification.verify(found.id, found.tags, files.read(STATEMENT), public, recorded)
    for fault in verdict.faults:
        typer.echo(one_line(f"error: image {found.id}: {fault}"), err=True)
    if verdict.faults:
        raise typer.Exit(1)
    about = ", ".join(sorted(recorded)) or "no record was taken"
    by = f"signed by {verdict.signed_by}" if key else f"unchanged since it was signed by {verdict.signed_by}"
    typer.echo(f"image {found.id} ({one_line(found.name)}): {by}; statement and tags agree ({about})")
    if key is None:
        typer.echo("That key came with the statement, and its owner was not checked: --key names one that you trust.")
