"""The plugin as the engine calls it: components, functions and resources of the package, over gRPC.

What is `async` here runs on the one event loop, as the SDK's components need it; all else in a thread of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import grpc
import pulumi
from pulumi.provider.server import ProviderServicer
from pulumi.runtime import proto

from pulumi_hyperone.plugin import account, functions, resources
from pulumi_hyperone.plugin.components import Components
from pulumi_hyperone.plugin.failure import Failure
from pulumi_hyperone.plugin.held import Held
from pulumi_hyperone.provider.process import host
from pulumi_hyperone.provider.schema.resource import served_version

Answer = Callable[[Any], Any]


ANSWERS: dict[str, Answer] = {
    "CheckConfig": account.check,
    "DiffConfig": account.diff,
    "Configure": account.configure,
    "Invoke": functions.invoke,
    "Create": resources.create,
    "Read": resources.read,
    "Update": resources.update,
    "Delete": resources.delete,
}


STEPS = frozenset({"Create", "Read", "Update", "Delete"})
"""What may fail without an end of an update that goes on after a failure."""
HARMLESS = frozenset({"Invoke"})
"""What may fail without an end of the update: a program can go on after it."""


class Plugin(ProviderServicer):
    """Answers the engine at `engine_address`; `version` is the package's."""

    def __init__(self, version: str, engine_address: str) -> None:
        super().__init__(Components(version), [], engine_address)
        self._version = version
        self._failure = Failure()
        self._held = Held()
        for method, answer in {**ANSWERS, "Check": self._held.check, "Diff": self._held.diff}.items():
            setattr(self, method, host.guarded(self._plainly(method, answer)))

    def _plainly(self, name: str, answer: Answer) -> Callable[[Any, Any], Any]:
        """The method that answers a request; what goes wrong is told in one line, and to components that it ends."""

        def method(request: Any, context: Any) -> Any:
            try:
                reply = answer(request)
            except Exception:  # noqa: BLE001 - whatever it is
                if name not in HARMLESS:
                    self._failure.tell(step=name in STEPS)
                return context.abort(grpc.StatusCode.UNKNOWN, host.error_text())
            if getattr(reply, "failures", None):
                self._failure.tell(step=False)
            return reply

        return method

    async def GetSchema(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """The package's schema."""
        from pulumi_hyperone.plugin.schema import Schema  # noqa: PLC0415 - builds need none

        return proto.GetSchemaResponse(schema=json.dumps(Schema().package(self._version)))

    async def Construct(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Register a component and what it is made of, all in this process."""
        account.join(request)
        self._held.previews = request.dryRun
        try:
            made = await self._failure.unless(self._made(request, context), context)
        except Exception:  # noqa: BLE001 - whatever it is
            return await context.abort(grpc.StatusCode.UNKNOWN, host.error_text())
        if made is not None:
            return made
        if request.dryRun:
            return proto.ConstructResponse(urn=urn_of(request))
        return await context.abort(grpc.StatusCode.ABORTED, "not finished: one of its resources failed")

    async def _made(self, request: Any, context: Any) -> Any:
        """Make the component. A resource stands for those that cannot be made, and its check fails.

        So the engine ends the program in peace. What it answers to a failed component, SDKs take for an error of the
        program, with a traceback. And `destroy` and `refresh` with the program, which check nothing, are not kept from
        what they have to do.
        """
        try:
            made = await self._construct(request, context)
            faults = self._held.of_component(request.name)
        except pulumi.RunError:
            made, faults = None, host.error_text()
        if not faults:
            return made
        await self._refuse(request, await self._failure.faults_of_all(faults, preview=request.dryRun))
        return proto.ConstructResponse(urn=urn_of(request))

    async def _refuse(self, request: Any, faults: str) -> None:
        """Register the resource in whose place the engine reports the faults."""
        given = self._construct_options(request)
        options = pulumi.ResourceOptions.merge(given, pulumi.ResourceOptions(version=served_version()))
        with suppress(Exception):  # the engine tells what the check said
            await pulumi.CustomResource(resources.REFUSED, request.name, {"faults": faults}, options).urn.future()

    async def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Stop all running work."""
        return host.cancel(request, context)


def urn_of(request: Any) -> str:
    """The URN of the component of a ConstructRequest."""
    *_, parent_type, _ = ("::" + request.parent).split("::") if request.parent else ("", "")
    parents = "" if parent_type in ("", "pulumi:pulumi:Stack") else f"{parent_type}$"
    return f"urn:pulumi:{request.stack}::{request.project}::{parents}{request.type}::{request.name}"
