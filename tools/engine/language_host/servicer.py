"""The gRPC service that the engine calls: `pulumirpc.LanguageRuntime`."""

import os
import platform
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from google.protobuf.json_format import MessageToDict

from . import dependencies, messages, packages, plugin, program
from .children import Children
from .interpreter import Interpreter, InterpreterError, choose, virtualenv_folder

proto = messages.load()
Servicer: Any = proto.LanguageRuntimeServicer


class LanguageHost(Servicer):  # type: ignore[misc]
    """Starts Python programs and plugins for the engine and reports how they end."""

    def __init__(self, engine: str, tracing: str | None, programs: Children, plugins: Children) -> None:
        self._engine = engine
        self._tracing = tracing
        self._programs = programs
        self._plugins = plugins

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002 -- names of the protocol
        """Learn the engine's address when it was not on the command line."""
        self._engine = request.engine_address or self._engine
        return proto.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Name no version: the host belongs to the engine beside it."""
        return proto.PluginInfo()

    def GetRequiredPlugins(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Return the resource plugins that the installed SDK packages ask for."""
        found = packages.required_plugins(_interpreter(request.info, context).package_folders())
        return proto.GetRequiredPluginsResponse(
            plugins=[
                proto.PluginDependency(name=item.name, kind="resource", version=item.version, server=item.server)
                for item in found
            ]
        )

    def GetRequiredPackages(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Return the same as GetRequiredPlugins, in the newer form."""
        found = packages.required_plugins(_interpreter(request.info, context).package_folders())
        return proto.GetRequiredPackagesResponse(
            packages=[
                proto.PackageDependency(name=item.name, kind="resource", version=item.version, server=item.server)
                for item in found
            ]
        )

    def Run(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Run the program to its end; the engine shows `error` and nothing when `bail` is set."""
        try:
            interpreter = choose(MessageToDict(request.info.options), Path(request.info.root_directory))
            command = program.command(request, interpreter, self._engine, self._tracing)
            folder = Path(request.info.program_directory or request.pwd)
            environment = program.environment(request, interpreter)
            if (error := program.too_large(environment)) is not None:
                return proto.RunResponse(error=error)
            child = self._programs.start(command, folder, environment)
        except (InterpreterError, OSError, RuntimeError) as error:
            return proto.RunResponse(error=f"cannot run the program: {error}")
        context.add_callback(lambda: self._programs.end(child))
        outcome = program.outcome(self._programs.wait(child))
        return proto.RunResponse(error=outcome.error, bail=outcome.bail)

    def RunPlugin(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802
        """Run a plugin, stream what it prints, end with its exit code; the engine ends it by cancelling the call."""
        interpreter = _interpreter(request.info, context)
        command, folder = plugin.command(request, interpreter)
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
        for command in dependencies.commands(folder, virtualenv):
            child = self._programs.start(command, folder, os.environ, output=subprocess.PIPE)
            for stream, chunk in plugin.output(child):
                yield proto.InstallDependenciesResponse(**{stream: chunk})
            code = self._programs.wait(child)
            if code != 0:
                context.abort(grpc.StatusCode.UNKNOWN, f"'{' '.join(command)}' failed with exit code {code}")

    def About(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Return the Python that programs run with (`pulumi about`)."""
        interpreter = _interpreter(request.info, context)
        version = subprocess.run(
            [str(interpreter.executable), "-c", "import platform; print(platform.python_version())"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        return proto.AboutResponse(
            executable=str(interpreter.executable), version=version.stdout.strip() or platform.python_version()
        )

    def GetProgramDependencies(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Return the installed Python packages (`pulumi about`)."""
        found = packages.installed(_interpreter(request.info, context).package_folders())
        return proto.GetProgramDependenciesResponse(
            dependencies=[proto.DependencyInfo(name=name, version=version) for name, version in found]
        )

    def RuntimeOptionsPrompts(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Ask nothing more in `pulumi new`."""
        return proto.RuntimeOptionsResponse()

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """End every program; plugins are cancelled by the engine itself, and may have work to undo first."""
        self._programs.close()
        return empty_pb2.Empty()


def _interpreter(info: Any, context: Any) -> Interpreter:
    """Choose the interpreter, or end the call with a message for the user."""
    try:
        return choose(MessageToDict(info.options), Path(info.root_directory))
    except InterpreterError as error:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        raise
