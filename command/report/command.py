"""The commands `report` and `timeline`: pictures of a stack, in files."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from pulumi_hyperone.command.report import state
from pulumi_hyperone.provider.foundation.errors import SettingsError

Stack = Annotated[str, typer.Option("--stack", "-s", help="the stack, by the name that pulumi knows it by")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="the file to write")]
State = Annotated[Path | None, typer.Option("--state", help="an export of the state, else pulumi is asked")]


def report(stack: Stack, *, output: Output = None, state_file: State = None) -> None:
    """Write a page about a stack: its images, how they were built, what is in them. One file that loads nothing."""
    # Templates are loaded by those who want a page.
    from pulumi_hyperone.command.report.page import page  # noqa: PLC0415

    images = state.images(state.read(state_file) if state_file else state.exported(stack))
    _write(output or Path(f"report-{stack.replace('/', '-')}.html"), page(stack, images, datetime.now(UTC)))


def timeline(stack: Stack, *, output: Output = None, state_file: State = None) -> None:
    """Draw when each phase of a stack's images ran, as SVG."""
    from pulumi_hyperone.command.report.timeline import svg  # noqa: PLC0415

    images = state.images(state.read(state_file) if state_file else state.exported(stack))
    _write(output or Path(f"timeline-{stack.replace('/', '-')}.svg"), svg(stack, images))


def _write(file: Path, text: str) -> None:
    """Replace a file as a whole by one that only its owner reads: it holds logs."""
    try:
        # A temporary file is 0600 from the start.
        with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=".", delete=False, encoding="utf-8") as part:
            try:
                part.write(text)
                part.flush()
                os.replace(part.name, file)
            except BaseException:
                os.unlink(part.name)
                raise
    except OSError as error:
        raise SettingsError(f"{file} cannot be written: {error.strerror}") from None
    typer.echo(str(file))
