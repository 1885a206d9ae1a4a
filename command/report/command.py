"""The commands `report` and `timeline`: pictures of a stack, in files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from pulumi_hyperone.command.output import write_output
from pulumi_hyperone.command.report import state
from pulumi_hyperone.provider.foundation.errors import SettingsError

Stack = Annotated[str, typer.Option("--stack", "-s", help="the stack's name, as pulumi knows it")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="the file to write")]
State = Annotated[Path | None, typer.Option("--state", help="an export of the state; by default pulumi is asked")]


def report(stack: Stack, *, output: Output = None, state_file: State = None) -> None:
    """Write a page about a stack: its images, how they were built, what is in them. One file that loads nothing."""
    # Templates are loaded by those who want a page.
    from pulumi_hyperone.command.report.page import page  # noqa: PLC0415

    text = page(stack, _images(stack, state_file), datetime.now(UTC))
    _write(output or Path(f"report-{stack.replace('/', '-')}.html"), text)


def timeline(stack: Stack, *, output: Output = None, state_file: State = None) -> None:
    """Draw when each phase of a stack's images ran, as SVG."""
    from pulumi_hyperone.command.report.timeline import svg  # noqa: PLC0415

    _write(output or Path(f"timeline-{stack.replace('/', '-')}.svg"), svg(stack, _images(stack, state_file)))


def _images(stack: str, state_file: Path | None) -> list[state.Built]:
    return state.images(state.read(state_file) if state_file else state.exported(stack))


def _write(file: Path, text: str) -> None:
    """Write a file that only its owner reads: it holds logs."""
    try:
        write_output(file, text, private=True)
    except OSError as error:
        raise SettingsError(f"{file} cannot be written: {error.strerror}") from None
    if file.is_file():  # what went to a pipe, such as /dev/stdout, is all that should be in it
        typer.echo(str(file))
