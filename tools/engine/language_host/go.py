"""The language host for Go."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import grpc

from . import packages, program
from .base import Host, proto
from .children import PATIENCE

PLACES = (".", "*", "go/*")
"""Where modules of SDKs have their `pulumi-plugin.json`; the last is that of older ones, made for several languages."""


class GoHost(Host):
    """Builds programs with the user's Go and starts them for the engine; no plugins and policy packs."""

    language = "go"

    def _required(self, info: Any) -> Iterable[packages.Plugin]:
        command = ["go", "list", "-m", "-f", "{{.Dir}}", "all"]
        try:
            listed = subprocess.run(
                command, cwd=info.program_directory, capture_output=True, text=True, timeout=PATIENCE, check=False
            )
        except (OSError, subprocess.TimeoutExpired):  # running the program says what is wrong
            return []
        return packages.required_plugins([Path(line) for line in listed.stdout.splitlines() if line], PLACES)

    def Run(self, request: Any, context: Any) -> Any:  # noqa: N802 -- names of the protocol
        """Build a program and run it. What the SDK's runners are told on a command line, Go's reads from variables."""
        folder = Path(request.info.program_directory or request.pwd)
        go = shutil.which("go")
        if go is None:
            return proto.RunResponse(error="cannot run the program: 'go' is not on PATH")
        told = program.options(request, self._engine, self._tracing)
        variables = {f"PULUMI_{name.upper().replace('-', '_')}": value for name, value in told.items()}
        environment = program.environment(request, {**os.environ, **variables})
        with tempfile.TemporaryDirectory(prefix="pulumi-go-") as made:
            binary = Path(made) / "program"
            build = [go, "build", "-o", str(binary), "."]
            built = self._run(build, folder, environment, context, outcome=outcome_of_build)
            if built.error:
                return built
            # A program that runs needs no file any more, and a host that is killed leaves none.
            gone = partial(shutil.rmtree, made)
            return self._run([str(binary), *request.args], Path(request.pwd), environment, context, started=gone)

    def InstallDependencies(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802
        """Have go.mod and go.sum name what the program imports, and download it."""
        folder = Path(request.info.program_directory or request.directory)
        yield from self._install([["go", "mod", "tidy"]], folder, os.environ, context)

    def Link(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Have go.mod require generated SDKs (`pulumi package add`); what they require is installed after this."""
        folder = Path(request.info.program_directory)
        self._must_have(folder, "go.mod", "go mod init NAME", context)
        names = [self._package(folder, item.path, context) for item in request.packages]
        said = []
        for item, name in zip(request.packages, names, strict=True):
            home = folder / item.path
            module = json.loads(self._told(["go", "mod", "edit", "-json"], home, context))["Module"]["Path"]
            edit = ["go", "mod", "edit", f"-require={module}@v0.0.0", f"-replace={module}=./{item.path}"]
            self._told(edit, folder, context)
            said.append(f'Import it: import "{module}/{name}"; then run: go mod tidy')
        return proto.LinkResponse(import_instructions="\n".join(said))

    def _package(self, folder: Path, sdk: str, context: Any) -> str:
        """The name of the Go package of an SDK; ends the call when it has none."""
        names = [file.parent.name for file in (folder / sdk).glob("*/pulumi-plugin.json")]
        if not names:
            text = f"cannot link the SDK in {sdk}: no folder in it has a pulumi-plugin.json"
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, text)
        return names[0]


def outcome_of_build(code: int) -> program.Outcome:
    """Say what the exit code of `go build` means (negative: ended by that signal)."""
    if code < 0:
        return program.Outcome(f"the build of the program was ended by signal {-code}", bail=False)
    return program.Outcome("the program cannot be built: go's errors are above" if code else "", bail=False)
