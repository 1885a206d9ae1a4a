"""What language hosts have in common: they start programs for the engine, and generate SDKs."""

import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import grpc
from google.protobuf import empty_pb2

from . import messages, packages, plugin, program, sdk
from .children import PATIENCE, Children

proto = messages.load()
Servicer: Any = proto.LanguageRuntimeServicer


class Host(Servicer):  # type: ignore[misc]
    """The gRPC service `pulumirpc.LanguageRuntime`, as far as it is the same for every language."""

    language: ClassVar[str]

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

    def GetRequiredPlugins(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Return none: engines as new as this one ask for packages."""
        return proto.GetRequiredPluginsResponse()

    def GetRequiredPackages(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Return the packages whose SDKs are installed."""
        found = [
            proto.PackageDependency(name=item.name, kind="resource", version=item.version, server=item.server)
            for item in self._required(request.info)
        ]
        return proto.GetRequiredPackagesResponse(packages=found)

    def GeneratePackage(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Write the SDK of a package (`pulumi package add`, `pulumi package gen-sdk`)."""
        try:
            answer = sdk.generate(self.language, request.SerializeToString())
        except sdk.SdkError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        return proto.GeneratePackageResponse.FromString(answer)

    def RuntimeOptionsPrompts(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Ask nothing more in `pulumi new`."""
        return proto.RuntimeOptionsResponse()

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """End every program; plugins are cancelled by the engine itself, and may have work to undo first."""
        self._programs.close()
        return empty_pb2.Empty()

    def _required(self, info: Any) -> Iterable[packages.Plugin]:
        """The plugins that the SDKs installed for a program ask for."""
        raise NotImplementedError

    def _run(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        context: Any,
        *,
        started: Callable[[], None] | None = None,
        outcome: Callable[[int], program.Outcome] = program.outcome,
    ) -> Any:
        """Run a program to its end; the engine shows `error` and nothing when `bail` is set.

        `started` is called as soon as the program runs, `outcome` says what its exit code means.
        """
        if (error := program.too_large(environment)) is not None:
            return proto.RunResponse(error=error)
        try:
            child = self._programs.start(command, folder, environment)
        except (OSError, RuntimeError) as error:
            return proto.RunResponse(error=f"cannot run the program: {error}")
        if started is not None:
            started()
        context.add_callback(lambda: self._programs.end(child))
        ended = outcome(self._programs.wait(child))
        return proto.RunResponse(error=ended.error, bail=ended.bail)

    def _install(
        self, commands: Iterable[Sequence[str]], folder: Path, environment: Mapping[str, str], context: Any
    ) -> Iterator[Any]:
        """Run installers one after the other, streaming what they print."""
        for command in commands:
            try:
                child = self._programs.start(command, folder, environment, output=subprocess.PIPE)
            except OSError as error:
                context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"cannot run '{command[0]}': {error.strerror}")
            for stream, chunk in plugin.output(child):
                yield proto.InstallDependenciesResponse(**{stream: chunk})
            code = self._programs.wait(child)
            if code != 0:
                context.abort(grpc.StatusCode.UNKNOWN, f"'{' '.join(command)}' failed with exit code {code}")

    def _must_have(self, folder: Path, file: str, made_by: str, context: Any) -> None:
        """End the call, saying what makes the file, unless the program in `folder` has it."""
        if not (folder / file).is_file():
            text = f"the SDK is written, but {folder} has no {file} to require it: run '{made_by}', then run this again"
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, text)

    def _told(self, command: Sequence[str], folder: Path, context: Any) -> str:
        """Return what a short command says; ends the call with what it complains of."""
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)
        except OSError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"cannot run '{command[0]}': {error.strerror}")
        except subprocess.TimeoutExpired:
            text = f"'{' '.join(command)}' did not end within {PATIENCE} s"
            context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, text)
        if done.returncode != 0:
            context.abort(grpc.StatusCode.UNKNOWN, f"'{' '.join(command)}' failed: {done.stderr.strip()}")
        return done.stdout
