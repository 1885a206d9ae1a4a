"""What a failed call means for a component that is being made meanwhile, over gRPC."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import grpc.aio
import pytest
from pulumi.runtime import proto
from pulumi.runtime.proto import provider_pb2_grpc

from pulumi_hyperone.plugin import failure
from pulumi_hyperone.plugin.servicer import Plugin
from pulumi_hyperone.provider.process import session

URN = "urn:pulumi:dev::home::hyperone:index:HyperOneImage::web"


@pytest.fixture(autouse=True)
def configured(monkeypatch):
    """The account, as the engine's Configure leaves it."""
    monkeypatch.setattr(session, "_session", session.Session({"token": "t", "project": "p"}, "dev", {}))


class Building(Plugin):
    """The plugin with components that take until `go_on`; a `stubborn` one does not let itself be stopped."""

    def __init__(self, *, stubborn: bool = False) -> None:
        super().__init__("1.0.0", "")
        self.begun, self.go_on, self.stubborn = asyncio.Event(), asyncio.Event(), stubborn

    async def _construct(self, request: Any, context: Any) -> Any:
        self.begun.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            if not self.stubborn:
                raise
            await self.go_on.wait()
        return proto.ConstructResponse(urn=URN)


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


def begun(client: Any) -> Any:
    """The call that makes a component."""
    return client.Construct(proto.ConstructRequest(stack="dev", project="home", name="web"), timeout=20)


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
