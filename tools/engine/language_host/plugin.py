"""Run a plugin written in Python: a policy pack, or a program that serves a plugin's gRPC service."""

import os
import selectors
import subprocess
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .interpreter import Interpreter

CHUNK = 65536


class PluginError(Exception):
    """A folder is no plugin that can be run; the message says why."""


def command(request: Any, interpreter: Interpreter) -> tuple[list[str], Path]:
    """Return the command line for a `RunPluginRequest` and the folder to run it in.

    A policy pack (kind `analyzer`) is run by the SDK's `pulumi.policy` module in the pack's own folder, so that the
    pack can import what lies beside it; it is given the engine's address and the folder. Any other plugin is a folder
    with a `__main__.py`, or an installed package that the SDK serves the components of. Raises PluginError.
    """
    folder = request.info.program_directory or request.pwd
    python = [str(interpreter.executable), "-u"]
    if request.kind == "analyzer":
        return [*python, "-m", "pulumi.policy", *request.args, folder], Path(folder)
    if not (Path(folder) / "__main__.py").is_file():
        return [*python, "-m", "pulumi.run.plugin", _distribution(Path(folder)), *request.args], Path(request.pwd)
    entry_point = os.path.normpath(os.path.join(folder, request.info.entry_point or "."))
    return [*python, entry_point, *request.args], Path(request.pwd or folder)


def _distribution(folder: Path) -> str:
    try:
        return str(tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]["name"])
    except (OSError, KeyError, ValueError) as error:
        raise PluginError(
            f"{folder} is not a plugin: it has neither a __main__.py nor a pyproject.toml that names a project"
        ) from error


def environment(variables: Iterable[str], interpreter: Interpreter) -> dict[str, str]:
    """Return the plugin's environment from `NAME=value` words; the last of equal names wins."""
    base = dict(word.split("=", 1) for word in variables if "=" in word)
    return interpreter.environment(base or os.environ)


def output(child: subprocess.Popen[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield what `child` prints as soon as it is there, each time with the stream's name: stdout or stderr.

    The first line of a plugin on stdout is the port it listens on.
    """
    with selectors.DefaultSelector() as selector:
        for name, stream in (("stdout", child.stdout), ("stderr", child.stderr)):
            if stream is not None:
                selector.register(stream, selectors.EVENT_READ, name)
        while selector.get_map():
            for key, _ in selector.select():
                if chunk := os.read(key.fd, CHUNK):
                    yield key.data, chunk
                else:
                    selector.unregister(key.fileobj)
