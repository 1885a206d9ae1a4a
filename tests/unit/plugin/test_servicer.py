"""What a failed call means for a component that is being made meanwhile, over gRPC."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import grpc.aio
import pulumi
import pytest
from pulumi.runtime import proto
from pulumi.runtime.proto import provider_pb2_grpc

from pulumi_hyperone.plugin import failure, resources
from pulumi_hyperone.plugin.servicer import Plugin
from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.process import host, session

URN = "urn:pulumi:dev::home::hyperone:index:HyperOneImage::web"


@pytest.fixture(autouse=True)
def configured(monkeypatch):
    """The account, as the engine's Configure leaves it."""
    monkeypatch.setattr(session, "_session", session.Session({"token": "t", "project": "p"}, "dev", {}))


class Building(Plugin):
    """The plugin with components that take until `go_on`; a `stubborn` one does not let itself be stopped.

    Those whose names begin with "bad" cannot be made.
    """

    def __init__(self, *, stubborn: bool = False) -> None:
        super().__init__("1.0.0", "")
        self.begun, self.go_on, self.stubborn = asyncio.Event(), asyncio.Event(), stubborn
        self.refused: list[str] = []

    async def _construct(self, request: Any, context: Any) -> Any:
        if request.name.startswith("bad"):
            raise pulumi.RunError(f"images.{request.name}: wrong")
        self.begun.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            if not self.stubborn:
                raise
            await self.go_on.wait()
        return proto.ConstructResponse(urn=URN)

    async def _refuse(self, request: Any, faults: str) -> None:
        self.refused.append(faults)


@asynccontextmanager
async def building(**options: bool) -> AsyncIterator[tuple[Building, Any, Any]]:
    """A served plugin, a client of it, and the call that makes a component, which has begun."""
    server = grpc.aio.server()
    plugin = Building(**options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(plugin, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            client = provider_pb2_grpc.ResourceProviderStub(channel)
            made = begun(client)
            await asyncio.wait_for(plugin.begun.wait(), 20)
            yield plugin, client, made
    finally:
        await server.stop(None)


def begun(client: Any, name: str = "web", *, preview: bool = False) -> Any:
    """The call that makes a component."""
    asked = proto.ConstructRequest(stack="dev", project="home", name=name, dryRun=preview)
    return client.Construct(asked, timeout=20)


async def refused(call: Any) -> str:
    """What a call that fails says."""
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call
    return str(error.value.details())


def test_a_function_that_fails_leaves_components_alone():
    """A program may go on without the image that it asked for."""

    async def run() -> Any:
        async with building() as (plugin, client, made):
            asked = client.Invoke(proto.InvokeRequest(tok="hyperone:index:getNothing"), timeout=20)
            said = await refused(asked)
            plugin.go_on.set()
            return said, (await made).urn

    assert asyncio.run(run()) == ("unknown function hyperone:index:getNothing", URN)


def test_a_resource_that_fails_ends_components():
    """The engine will make no more of them, and each says so in one line, those too that begin later."""

    async def run() -> Any:
        async with building() as (_, client, made):
            wrong = client.Check(proto.CheckRequest(urn=URN.replace("HyperOneImage", "Nothing")), timeout=20)
            return await refused(wrong), [await refused(one) for one in (made, begun(client))]

    said, ended = asyncio.run(run())
    assert "unknown type of resource hyperone:index:Nothing" in said
    assert ended == ["not finished: one of its resources failed"] * 2


def test_what_failed_is_said_though_a_component_does_not_end(monkeypatch):
    """Waiting for components has a limit, and no error of its own."""
    monkeypatch.setattr(failure, "PATIENCE", 0.0)

    async def run() -> Any:
        async with building(stubborn=True) as (plugin, client, made):
            wrong = client.Check(proto.CheckRequest(urn=URN.replace("HyperOneImage", "Nothing")), timeout=20)
            said = await refused(wrong)
            plugin.go_on.set()
            await made
            return said

    assert "unknown type of resource hyperone:index:Nothing" in asyncio.run(run())


def test_one_component_of_a_preview_tells_what_is_wrong_with_all():
    """The others are answered before that, so the engine complains of none; one that can be made is checked too."""

    async def run() -> Any:
        async with building() as (plugin, client, made):
            calls = [begun(client, name, preview=True) for name in ("bad-one", "bad-two")]
            asyncio.get_running_loop().call_later(0.5, plugin.go_on.set)
            return await asyncio.gather(made, *calls), plugin.refused

    answers, refusals = asyncio.run(run())
    assert [answer.urn.rpartition("::")[2] for answer in answers] == ["web", "bad-one", "bad-two"]
    assert refusals == ["2 faults in the settings:\n  images.bad-one: wrong\n  images.bad-two: wrong"]


def test_what_a_preflight_finds_is_told_with_what_is_wrong_with_others(monkeypatch):
    """The engine ends a preview at the first check that fails; so that passes, and so does what follows from it."""
    failed = proto.CheckResponse(failures=[proto.CheckFailure(reason="images.app: no such source")])
    monkeypatch.setattr(resources, "check", lambda _: failed)

    async def run() -> Any:
        async with building() as (plugin, client, _):
            app, bad = begun(client, "app", preview=True), begun(client, "bad", preview=True)
            for type_, name in (("Preflight", "app-preflight"), ("Build", "app-build")):
                urn = f"{URN.rpartition('::')[0]}$hyperone:index:{type_}::{name}"
                checked = await client.Check(proto.CheckRequest(urn=urn, olds={"kept": 1}), timeout=20)
                assert not checked.failures
                assert checked.inputs == {"kept": 1}
            plugin.go_on.set()
            await asyncio.gather(app, bad)
            return plugin.refused

    assert asyncio.run(run()) == ["2 faults in the settings:\n  images.app: no such source\n  images.bad: wrong"]


@pytest.mark.parametrize("goes_on", [True, False])
def test_a_component_of_an_update_that_cannot_be_made_is_told_soon(monkeypatch, goes_on):
    """But where the engine goes on, when the others are made. The answer is no error: `destroy` needs no settings."""
    monkeypatch.setattr(failure, "engine_goes_on", lambda: goes_on)

    async def run() -> Any:
        async with building() as (plugin, client, made):
            bad = begun(client, "bad")
            await asyncio.wait({asyncio.ensure_future(bad.code())}, timeout=1)
            early = list(plugin.refused)
            plugin.go_on.set()
            await asyncio.gather(made, bad)
            return early, plugin.refused

    assert asyncio.run(run()) == ([] if goes_on else ["images.bad: wrong"], ["images.bad: wrong"])


def test_an_interrupted_step_ends_components_though_the_engine_goes_on(monkeypatch):
    """After Ctrl-C it goes on with nothing."""
    monkeypatch.setattr(failure, "engine_goes_on", lambda: True)
    stopped = Interruption()

    async def run() -> Any:
        async with building() as (plugin, _, made):
            monkeypatch.setattr(host, "interruption", stopped)
            stopped.set("the engine was asked to stop")
            await asyncio.to_thread(plugin._failure.tell, step=True)
            return await refused(made)

    assert asyncio.run(run()) == "not finished: one of its resources failed"


def test_a_check_that_fails_ends_components_though_the_engine_goes_on(monkeypatch):
    """It goes on after a failed step alone."""
    monkeypatch.setattr(failure, "engine_goes_on", lambda: True)

    async def run() -> Any:
        async with building() as (plugin, client, made):
            urn = URN.replace("HyperOneImage", "Nothing")
            await refused(client.Delete(proto.DeleteRequest(urn=urn), timeout=20))
            plugin.go_on.set()
            assert (await made).urn == URN
            plugin.go_on.clear()
            other = begun(client)
            await refused(client.Check(proto.CheckRequest(urn=urn), timeout=20))
            return await refused(other)

    assert asyncio.run(run()) == "not finished: one of its resources failed"
