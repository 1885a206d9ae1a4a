"""The command `import-packer`: a Packer template in, stack config and a report out."""

from __future__ import annotations

import dataclasses
import fnmatch
import json
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pulumi_hyperone.command.output import write_output
from pulumi_hyperone.packer.importer import import_template
from pulumi_hyperone.packer.result import ImportFault, ImportResult, ReportRow
from pulumi_hyperone.packer.writer import program, secret_commands, stack_config
from pulumi_hyperone.provider.foundation.counting import counted

FAULTY, DROPPED = 1, 3
"""Exit codes: the template has faults and nothing was written; something was dropped (the files are written)."""


class Format(StrEnum):
    """How the report is written."""

    TEXT = "text"
    JSON = "json"


def import_packer(  # noqa: PLR0917 - these are the options of a command line
    template: Annotated[Path, typer.Argument(help="A .json, .pkr.hcl or .pkr.json file, or a folder of .pkr files.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Stack config to write, else stdout.")] = None,
    program_file: Annotated[Path | None, typer.Option("--program", help="Pulumi program to write as well.")] = None,
    variables: Annotated[list[str] | None, typer.Option("--var", help="A variable: NAME=VALUE.")] = None,
    var_files: Annotated[list[Path] | None, typer.Option("--var-file", help="A file of variables.")] = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="Import these builds only (* and ? work).")] = None,
    leave_out: Annotated[list[str] | None, typer.Option("--except", help="Leave these builds out.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count like dropped fields.")] = False,
    allow: Annotated[list[str] | None, typer.Option("--allow", help="A path that may be dropped (* works).")] = None,
    report: Annotated[Format, typer.Option("--report", help="How to write the report.")] = Format.TEXT,
    force: Annotated[bool, typer.Option("--force", help="Write over existing files.")] = False,
) -> None:
    """Read a Packer template and write it as stack config, with a report of every field.

    Ends with 0 when everything was taken over, 3 when something had to be dropped, 1 when the template has faults.
    """
    for path in (output, program_file):
        if path is not None and path.exists() and not force:
            raise typer.BadParameter(f"{path} exists already; --force writes over it")
    if output is not None and output == program_file:
        raise typer.BadParameter("--output and --program name the same file")
    result = import_template(
        template,
        variables=_variables(variables or []),
        var_files=var_files or [],
        only=only or [],
        except_=leave_out or [],
    )
    _report(result, report, output)
    if result.faults:
        raise typer.Exit(FAULTY)
    _write(output, stack_config(result, template.name), private=bool(result.taken))
    if program_file is not None:
        _write(program_file, program(template.name))
    if _refused(result, allow or [], strict=strict):
        raise typer.Exit(DROPPED)


def _variables(written: list[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for one in written:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise typer.BadParameter("--var takes NAME=VALUE")
        values[name] = value
    return values


def _write(path: Path | None, text: str, *, private: bool = False) -> None:
    """Write a file, which only its owner can read when it is `private`; without a path to stdout."""
    if path is None:
        typer.echo(text, nl=False)
        return
    try:
        write_output(path, text, private=private)
    except OSError as error:
        raise typer.BadParameter(f"cannot write {path}: {error.strerror}") from None


def _refused(result: ImportResult, allowed: list[str], *, strict: bool) -> list[ReportRow]:
    """Return the rows that keep the import from counting as whole."""
    kinds = {"dropped", "warning"} if strict else {"dropped"}
    return [
        row
        for row in result.report
        if row.kind in kinds and not any(_matches(row.path, pattern) for pattern in allowed)
    ]


def _matches(path: str, pattern: str) -> bool:
    """Match with * and ?; the brackets of a path stand for themselves."""
    return fnmatch.fnmatchcase(path, pattern.replace("[", "[[]"))


def _report(result: ImportResult, form: Format, output: Path | None) -> None:
    to_stderr = output is None
    commands = secret_commands(result)
    if form is Format.JSON:
        document = {
            "images": sorted(result.images),
            "report": [dataclasses.asdict(row) for row in result.report],
            "faults": [dataclasses.asdict(fault) for fault in result.faults],
            "secrets": commands,
            "taken": list(result.taken),
        }
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False), err=to_stderr)
        return
    lines = [*map(_row, result.report), *map(_fault, result.faults)]
    if commands and not result.faults:
        lines += [
            "secrets are left out; set them, each with the whole string around it, before the first `pulumi up`:",
            *(f"  {one}" for one in commands),
        ]
    if result.taken and not result.faults:
        private = "share it with nobody" if output is None else f"only you can read {output}"
        lines += [f"the stack config may hold what the template took from this computer; {private}:"]
        lines += [f"  {one}" for one in result.taken]
    lines.append(_summary(result))
    typer.echo("\n".join(lines), err=to_stderr)


def _row(row: ReportRow) -> str:
    value = f" = {row.value}" if row.value else ""
    note = f"  ({row.note})" if row.note else ""
    return f"{row.kind:9}  {row.file}:{row.line}:{row.column}  {row.path}{value}{note}"


def _fault(fault: ImportFault) -> str:
    return f"{'fault':9}  {fault}"


def _summary(result: ImportResult) -> str:
    kinds = Counter(row.kind for row in result.report)
    parts = [f"{kinds[kind]} {kind}" for kind in ("read", "volatile", "dropped")]
    parts += [counted(kinds["warning"], "warning"), counted(len(result.faults), "fault")]
    return f"{counted(len(result.images), 'image')}; {', '.join(parts)}"
