"""The commands and their options."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pulumi_hyperone.command.account import Stack, client
from pulumi_hyperone.command.diff import diff
from pulumi_hyperone.command.import_packer import import_packer
from pulumi_hyperone.command.plugin import plugin
from pulumi_hyperone.command.report.command import report, timeline
from pulumi_hyperone.command.verify import verify
from pulumi_hyperone.provider.foundation.counting import counted
from pulumi_hyperone.provider.foundation.durations import seconds_of
from pulumi_hyperone.provider.foundation.errors import HyperOneError, LeftBehind, SettingsError
from pulumi_hyperone.provider.tracking.leftovers import NOUNS, BuildObjects, find_builds
from pulumi_hyperone.provider.tracking.sweep import sweep as sweep_build

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
QUIET = "10m"
WORDS = {"vms": "VM", "disks": "disk", "ips": "IP", "images": "image"}
PIPED_WIDTH = 120
"""Columns of tables that go into a file or a pipe."""

StackId = Annotated[str, typer.Argument(help="the stack's identity, as `status` shows it")]
Json = Annotated[bool, typer.Option("--json", help="machine-readable output")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="do not ask")]
Kept = Annotated[bool, typer.Option("--images", help="also list the images that are kept, each with its build")]
Images = Annotated[bool, typer.Option("--images", help="remove the stack's images too")]
OneBuild = Annotated[str, typer.Option("--build", help="only this build of the stack")]
Quiet = Annotated[str, typer.Option(help="leave alone builds that were active within this time")]


app.command()(import_packer)
app.command()(plugin)
app.command()(verify)
app.command()(diff)
app.command()(report)
app.command()(timeline)


@app.callback()
def _commands() -> None:
    """Look after what image builds leave in a HyperOne project; bring Packer templates over."""


@app.command()
def status(*, as_json: Json = False, quiet: Quiet = QUIET, images: Kept = False, stack: Stack = "") -> None:
    """List what builds left in the project: whose it is and since when. Needs no state, only credentials."""
    within = _duration(quiet)
    builds = find_builds(client(stack))
    if as_json:
        typer.echo(json.dumps([_as_dict(build, within) for build in builds], indent=2))
        return
    left = [build for build in builds if build.transient]
    kept = [build for build in builds if not build.transient]
    if not left:
        typer.echo("Nothing is left of any build but images." if kept else "Nothing is left of any build.")
    _show(left, within)
    if images:
        _show(kept, within)
    elif kept:
        _fold(kept)


def _fold(builds: list[BuildObjects]) -> None:
    """One line for each stack: how many images it has besides those above."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for build in builds:
        counts[build.stack, build.stack_id] += len(build.objects["images"])
    typer.echo("\nKept images (--images lists them):")
    for (stack, identity), count in counts.items():
        typer.echo(f"{stack}  identity {identity}  {counted(count, 'image')}")


@app.command()
def sweep(
    stack_id: StackId,
    *,
    yes: Yes = False,
    images: Images = False,
    build_id: OneBuild = "",
    quiet: Quiet = QUIET,
    stack: Stack = "",
) -> None:
    """Remove what the builds of one stack left: VMs, disks, IPs. For when its state is lost; else use destroy."""
    within = _duration(quiet)
    cloud = client(stack)
    builds = [build for build in find_builds(cloud) if build.stack_id == stack_id and build_id in ("", build.build_id)]
    if not builds:
        sought = f"build {build_id}" if build_id else "build"
        raise SettingsError(f"no {sought} of a stack {stack_id} left anything; `hyperone status` lists what is left")
    running = [build for build in builds if build.seems_running(within)]
    wanted = [build for build in builds if build not in running and (build.transient or images)]
    for build in running:
        typer.echo(f"left alone: build {build.build_id} of {build.stack} was active within {quiet}")
    if not wanted:
        typer.echo("Nothing to sweep.")
        return
    _show(wanted, within)
    if not yes:
        typer.confirm(f"Remove these VMs, disks{', IPs and images' if images else ' and IPs'}?", abort=True)
    failures = []
    for build in wanted:
        try:
            sweep_build(cloud, build.build_id, images=images)
        except HyperOneError as error:
            failures.append(str(error))
    if failures:
        raise LeftBehind("\n".join(failures))
    typer.echo(f"Swept {counted(len(wanted), 'build')} of {wanted[0].stack}.")


def _duration(text: str) -> timedelta:
    try:
        return timedelta(seconds=seconds_of(text))
    except ValueError as error:
        raise SettingsError(f"--quiet {text!r}: {error}") from None


def _show(builds: list[BuildObjects], quiet: timedelta) -> None:
    """One table for each stack. Identities are never cut: they are what `sweep` is given."""
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    console = Console(width=width, markup=False, emoji=False)
    stacks: dict[tuple[str, str], list[BuildObjects]] = defaultdict(list)
    for build in builds:
        stacks[build.stack, build.stack_id].append(build)
    for (stack, identity), ours in stacks.items():
        console.print(f"\n{stack}  identity {identity}", highlight=False, soft_wrap=True)
        table = Table(box=None, padding=(0, 2, 0, 0))
        table.add_column("image", overflow="fold")
        table.add_column("build", no_wrap=True)
        for name in ("since", "what is there", "running"):
            table.add_column(name, overflow="fold")
        for build in ours:
            there = ", ".join(counted(len(build.objects[noun]), WORDS[noun]) for noun in NOUNS if build.objects[noun])
            since = f"{build.since:%Y-%m-%d %H:%M}" if build.since else "?"
            running = "maybe" if build.seems_running(quiet) else "no"
            table.add_row(build.image_key, build.build_id, since, there, running)
        console.print(table)


def _as_dict(build: BuildObjects, quiet: timedelta) -> dict[str, object]:
    return {
        "stack": build.stack,
        "stack_id": build.stack_id,
        "image": build.image_key,
        "build_id": build.build_id,
        "since": build.since.isoformat() if build.since else None,
        "running": build.seems_running(quiet),
        **{noun: [found.id for found in build.objects[noun]] for noun in NOUNS},
    }
