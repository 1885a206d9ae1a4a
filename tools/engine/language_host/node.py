"""The language host for JavaScript and TypeScript on Node.js."""

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict

from . import packages, program
from .base import Host, proto

RUNNER = "node_modules/@pulumi/pulumi/cmd/run"
"""The SDK's runner, in the folder of the program or one above."""


class NodeHost(Host):
    """Starts programs for the engine with npm's packages; no plugins and policy packs."""

    language = "nodejs"

    def _required(self, info: Any) -> Iterable[packages.Plugin]:
        return packages.required_by_modules(Path(info.program_directory) / "node_modules")

    def Run(self, request: Any, context: Any) -> Any:  # noqa: N802 -- names of the protocol
        """Run a program with the SDK's own runner."""
        folder = Path(request.info.program_directory or request.pwd)
        runner = next((home / RUNNER for home in (folder, *folder.parents) if (home / RUNNER).is_dir()), None)
        node = shutil.which("node")
        if runner is None or node is None:
            missing = "'node' is not on PATH" if runner else "@pulumi/pulumi is not installed; run 'pulumi install'"
            return proto.RunResponse(error=f"cannot run the program: {missing}")
        told = program.options(request, self._engine, self._tracing)
        arguments = [f"--{name}={value}" for name, value in told.items()]
        entry_point = request.info.entry_point or "."
        typescript = MessageToDict(request.info.options).get("typescript", True)
        environment = program.environment(request, os.environ)
        environment["PULUMI_NODEJS_TYPESCRIPT"] = "true" if typescript else "false"
        return self._run([node, str(runner), *arguments, entry_point, *request.args], folder, environment, context)

    def InstallDependencies(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802
        """Install what package.json asks for, with npm."""
        folder = Path(request.info.program_directory or request.directory)
        yield from self._install([["npm", "install", "--no-audit", "--no-fund"]], folder, os.environ, context)

    def Link(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Have package.json require generated SDKs (`pulumi package add`); what it requires is installed after this."""
        folder = Path(request.info.program_directory)
        self._must_have(folder, "package.json", "npm init --yes && npm install @pulumi/pulumi", context)
        said = []
        for item in request.packages:
            name = json.loads((folder / item.path / "package.json").read_text(encoding="utf-8"))["name"]
            self._told(["npm", "pkg", "set", f"dependencies.{name}=file:{item.path}"], folder, context)
            said.append(f'Import it: import * as {item.package.name} from "{name}";')
        return proto.LinkResponse(import_instructions="\n".join(said))
