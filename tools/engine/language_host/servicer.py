"""The language host for Python."""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict

from . import dependencies, packages, plugin, program, sdk
from .base import Host, proto
from .interpreter import Interpreter, InterpreterError, choose, virtualenv_folder


class LanguageHost(Host):
    """Starts Python programs and plugins for the engine and reports how they end."""

    language = "python"

    def GetRequiredPlugins(self, request: Any, context: Any) -> Any:  # noqa: N802 -- names of the protocol
        """Return the resource plugins that the installed SDK packages ask for."""
        found = packages.required_plugins(_interpreter(request.info, context).package_folders())
        return proto.GetRequiredPluginsResponse(
            plugins=[
                proto.PluginDependency(name=item.name, kind="resource", version=item.version, server=item.server)
                for item in found
            ]
        )

    def _required(self, info: Any) -> Iterable[packages.Plugin]:
        """Nothing is required before there is an environment to ask."""
        try:
            folders = choose(MessageToDict(info.options), Path(info.root_directory)).package_folders()
        except InterpreterError:
            return []
        return packages.required_plugins(folders)

    def Run(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Run a program with the SDK's own runner."""
        try:
            interpreter = choose(MessageToDict(request.info.options), Path(request.info.root_directory))
        except InterpreterError as error:
            return proto.RunResponse(error=f"cannot run the program: {error}")
        command = program.command(request, interpreter, self._engine, self._tracing)
        folder = Path(request.info.program_directory or request.pwd)
        return self._run(command, folder, program.environment(request, interpreter.environment(os.environ)), context)

    def RunPlugin(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802
        """Run a plugin, stream what it prints, end with its exit code; the engine ends it by cancelling the call."""
        try:
            interpreter = _interpreter(request.info, context)
            command, folder = plugin.command(request, interpreter)
        except plugin.PluginError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        environment = plugin.environment(request.env, interpreter)
        child = self._plugins.start(command, folder, environment, output=subprocess.PIPE)
        context.add_callback(lambda: self._plugins.end(child))
        for stream, chunk in plugin.output(child):
            yield proto.RunPluginResponse(**{stream: chunk})
        yield proto.RunPluginResponse(exitcode=self._plugins.wait(child))

    def InstallDependencies(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802
        """Create the virtual environment and install into it, streaming the installer's output."""
        folder = Path(request.info.program_directory or request.directory)
        virtualenv = virtualenv_folder(MessageToDict(request.info.options), Path(request.info.root_directory))
        yield from self._install(dependencies.commands(folder, virtualenv), folder, os.environ, context)

    def Link(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Have a program require generated SDKs (`pulumi package add`); what it requires is installed after this."""
        root = Path(request.info.root_directory)
        installs = virtualenv_folder(MessageToDict(request.info.options), root) is not None
        folder = Path(request.info.program_directory)
        try:
            said = [sdk.link(folder, item.path, installs=installs) for item in request.packages]
        except sdk.SdkError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        return proto.LinkResponse(import_instructions="\n".join(said))

    def About(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Return the Python that programs run with: for `pulumi about`, and the engine asks before every update."""
        executable = _interpreter(request.info, context).executable
        return proto.AboutResponse(executable=str(executable), version=_version(executable))

    def GetProgramDependencies(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Return the installed Python packages (`pulumi about`)."""
        found = packages.installed(_interpreter(request.info, context).package_folders())
        return proto.GetProgramDependenciesResponse(
            dependencies=[proto.DependencyInfo(name=name, version=version) for name, version in found]
        )


def _version(executable: Path) -> str:
    """Return the version of a Python, without starting it when the host itself runs on it."""
    own = sys.version.split()[0]
    if executable.samefile(sys.executable):
        return own
    command = [str(executable), "-c", "import sys; print(sys.version.split()[0])"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return done.stdout.strip() or own


def _interpreter(info: Any, context: Any) -> Interpreter:
    """Choose the interpreter, or end the call with a message for the user."""
    try:
        return choose(MessageToDict(info.options), Path(info.root_directory))
    except InterpreterError as error:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        raise
