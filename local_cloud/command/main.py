"""The commands: start, stop, status, serve, passport, try, clean, image."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pulumi_hyperone.local_cloud.command import control, passport, trial
from pulumi_hyperone.local_cloud.state.home import Home, default_home
from pulumi_hyperone.local_cloud.state.lock import AlreadyRunningError

app = typer.Typer(help="An embedded HyperOne on this machine.", no_args_is_help=True, add_completion=False)
images = typer.Typer(help="Source images.", no_args_is_help=True)
app.add_typer(images, name="image")
out = Console(highlight=False, soft_wrap=True)

TABLE_WIDTH = 160
IMAGE_DEADLINE = 3600.0  # seconds: a first build downloads and unpacks packages


def main() -> None:
    """Run a command; errors are one line on standard error."""
    try:
        app()
    except (control.ControlError, AlreadyRunningError, OSError, ValueError) as error:
        sys.stderr.write(f"local cloud: {error}\n")
        sys.exit(1)


def home() -> Home:
    """The home that the environment names."""
    return Home(default_home())


def running() -> dict[str, Any]:
    """The running cloud. Raises ControlError when none runs."""
    info = control.status(home())
    if info is None:
        raise control.ControlError(f"no local cloud runs on {home().root}: python -m local_cloud start")
    return info


def show(info: dict[str, Any]) -> None:
    """Print what a user has to know."""
    login = info["login"]
    rows = {
        "url": info["url"],
        "url of v2": info["url_v2"],
        "token": info["token"],
        "project": info["project"],
        "ssh port": str(info["ssh_port"]),
        "pid": str(info["pid"]),
        "user": f"{login['username']}, password {login['password']}",
        "ssh login": f"{login['host']}:{login['port']}, host key SHA-1 {login['host_key_sha1']}",
        "home": info["home"],
    }
    for name, value in rows.items():
        out.print(f"[bold]{name:>9}[/]  {escape(value)}")


@app.command()
def start() -> None:
    """Start the cloud in the background; returns when it answers."""
    show(control.start(home()))


@app.command()
def stop() -> None:
    """Stop the cloud; its state stays."""
    out.print("stopped" if control.stop(home()) else "no local cloud was running")


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Tell url, token, project, SSH port, process and login service; exit code 3 when none runs."""
    info = control.status(home())
    if as_json:
        sys.stdout.write(json.dumps(info or {"running": False}, indent=2) + "\n")
    elif info:
        show(info)
    else:
        out.print("no local cloud is running")
    if info is None:
        raise typer.Exit(3)


@app.command()
def serve(
    until_eof: Annotated[bool, typer.Option("--until-eof", help="End when standard input ends.")] = False,
) -> None:
    """Run the cloud in the foreground."""
    # Only this command needs the server's libraries, which take long to load.
    from pulumi_hyperone.local_cloud.serving.server import serve as run_server  # noqa: PLC0415

    run_server(home(), until_eof=until_eof)


@app.command("passport")
def write_passport(
    file: Annotated[Path | None, typer.Argument(help="Where to; default: passport.json in the home folder.")] = None,
) -> None:
    """Write a passport of the cloud's service account, for clients of v2; an existing one that works is kept."""
    path = (file or home().root / "passport.json").absolute()
    passport.write(running(), path)
    out.print(escape(str(path)))


@app.command("try")
def try_image(
    image: Annotated[str, typer.Argument(help="Id or name of an image.")],
    vm_type: Annotated[str, typer.Option(help="VM type of the machine.")] = "a1.small",
    size: Annotated[float, typer.Option(help="Size of its disk in GiB.")] = 5,
) -> None:
    """Start a machine from IMAGE and print how to log in to it; `clean` removes it."""
    info = running()
    out.print(trial.start_machine(info, image, trial.own_key(home().root), vm_type, size))


@app.command()
def clean() -> None:
    """Remove the machines that `try` started."""
    out.print(f"removed {trial.remove_machines(running())} machine(s)")


@images.command("list")
def list_images() -> None:
    """List source images and those made by users."""
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "id", "kind", "state", "size GiB", "bytes", "built"):
        table.add_column(heading, no_wrap=True)
    for image in control.call(running(), "GET", "/_local/images"):
        table.add_row(
            escape(image["name"]),
            image["id"],
            image["kind"],
            image["state"],
            f"{image['size']:g}",
            str(image["fileSize"]),
            "yes" if image["built"] else "on first use",
        )
    Console(width=None if out.is_terminal else TABLE_WIDTH, highlight=False).print(table)


@images.command("add")
def add_image(name: str, file: Path) -> None:
    """Import FILE as a source image: a raw or qcow2 disk (a virtual machine), or a tar (a sandbox)."""
    if not file.is_file():
        raise control.ControlError(f"no such file: {file}")
    body = {"name": name, "file": str(file.absolute())}
    image = control.call(running(), "POST", "/_local/images", body, timeout=IMAGE_DEADLINE)
    out.print(f"{escape(image['name'])} is {image['id']}")


@images.command("build")
def build_image(name: str) -> None:
    """Build the disk of a catalog image now instead of on first use."""
    image = control.call(running(), "POST", f"/_local/images/{name}/build", timeout=IMAGE_DEADLINE)
    out.print(f"{escape(image['name'])} is built")
