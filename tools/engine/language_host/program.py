"""Run a Pulumi program with its SDK's own runner, as Pulumi's language hosts do."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .interpreter import Interpreter

RUNNER = Path(__file__).resolve().parents[2] / "bin" / "pulumi-language-python-exec"
"""The SDK's runner, installed beside the engine."""

LARGEST = 128 << 10
"""Bytes of one environment variable, name and closing zero included: Linux's MAX_ARG_STRLEN."""

BAIL = 32
"""Exit code with which the runner says that the user has already seen the error."""


@dataclass(frozen=True)
class Outcome:
    """How a program ended: `error` is empty on success and when the runner has already told the user (`bail`)."""

    error: str
    bail: bool


def options(request: Any, engine: str, tracing: str | None) -> dict[str, str]:
    """Return what an SDK's runner is told of a `RunRequest`, by the names of its options.

    `engine` is the address of the engine's gRPC service, `tracing` an endpoint to send traces to (None: no tracing).
    """
    told = {
        "monitor": request.monitor_address,
        "engine": engine,
        "project": request.project,
        "root-directory": request.info.root_directory,
        "stack": request.stack,
        "pwd": request.pwd,
        "dry-run": "true" if request.dryRun else "",
        "parallel": str(request.parallel),
        "tracing": tracing or "",
        "organization": request.organization,
    }
    return {name: value for name, value in told.items() if value}


def command(
    request: Any, interpreter: Interpreter, engine: str, tracing: str | None, runner: Path = RUNNER
) -> list[str]:
    """Return the command line that runs the Python program of a `RunRequest`; see `options` for the rest."""
    told = options(request, engine, tracing)
    arguments = [word for name, value in told.items() for word in (f"--{name.replace('-', '_')}", value)]
    entry_point = request.info.entry_point or request.program or "."
    return [str(interpreter.executable), "-u", str(runner), *arguments, entry_point, *request.args]


def environment(request: Any, base: Mapping[str, str]) -> dict[str, str]:
    """Return `base` with the stack's configuration as the SDKs read it."""
    return {
        **base,
        "PULUMI_CONFIG": json.dumps(dict(request.config)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
    }


def too_large(environment: Mapping[str, str]) -> str | None:
    """Return what to say of settings that no program can be started with; None when they are small enough.

    The SDK reads a stack's configuration from one environment variable, and Linux limits its size.
    """
    size = len(f"PULUMI_CONFIG={environment['PULUMI_CONFIG']}".encode()) + 1
    if size <= LARGEST:
        return None
    return (
        f"the stack's settings are {size >> 10} KiB, and a program can be given {LARGEST >> 10} KiB of them: put long "
        "texts into files that the settings name (`scripts`, `source` of a file provisioner, `user_data_file`)"
    )


def outcome(code: int) -> Outcome:
    """Translate the runner's exit code (negative: ended by that signal) for the engine."""
    if code == 0:
        return Outcome("", bail=False)
    if code == BAIL:
        return Outcome("", bail=True)
    if code < 0:
        return Outcome(f"Program was ended by signal {-code}", bail=False)
    return Outcome(f"Program exited with non-zero exit code: {code}", bail=False)
