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

from . import packages, program
from .base import Host, proto

PLACES = (".", "*", "go/*")
"""Where modules of SDKs have their `pulumi-plugin.json`; the last is that of older ones, made for several languages."""


class GoHost(Host):
    """Builds programs with the user's Go and starts them for the engine; no plugins and policy packs."""

    language = "go"

    def _required(self, info: Any) -> Iterable[packages.Plugin]:
        command = ["go", "list", "-m", "-f", "{{.Dir}}", "all"]
        try:
            listed = subprocess.run(
                command, cwd=info.program_directory, capture_output=True, text=True, timeout=300, check=False
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
            built = self._run([go, "build", "-o", str(binary), "."], folder, environment, context)
            if built.error:
                return proto.RunResponse(error="the program does not compile: its errors are above")
            # A program that runs needs no file any more, and a host that is killed leaves none.
            gone = partial(shutil.rmtree, made)
            return self._run([str(binary), *request.args], Path(request.pwd), environment, context, gone)

    def InstallDependencies(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802
        """Have go.mod and go.sum name what the program imports, and download it."""
        folder = Path(request.info.program_directory or request.directory)
        yield from self._install([["go", "mod", "tidy"]], folder, os.environ, context)

    def Link(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Have go.mod require generated SDKs (`pulumi package add`); what they require is installed after this."""
        folder = Path(request.info.program_directory)
        said = []
        for item in request.packages:
            home = folder / item.path
            module = json.loads(self._told(["go", "mod", "edit", "-json"], home, context))["Module"]["Path"]
            edit = ["go", "mod", "edit", f"-require={module}@v0.0.0", f"-replace={module}=./{item.path}"]
            self._told(edit, folder, context)
            package = next(home.glob("*/pulumi-plugin.json")).parent.name
            said.append(f'Import it: import "{module}/{package}"; then run: go mod tidy')
        return proto.LinkResponse(import_instructions="\n".join(said))
