"""Serve the plugin: one process for one engine and one account."""

from __future__ import annotations

import asyncio
import logging
import signal
from concurrent.futures import ThreadPoolExecutor

import grpc.aio
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2_grpc

from pulumi_hyperone.plugin.servicer import Plugin
from pulumi_hyperone.provider.foundation.own_version import own_version
from pulumi_hyperone.provider.process import host
from pulumi_hyperone.provider.schema import resource


def serve() -> None:
    """Answer the engine whose address is among the arguments until it ends this process; prints the port first."""
    # The engine says when to stop; Ctrl-C in its terminal would end work that has to be undone.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if not host.debugging():
        logging.getLogger("grpc").setLevel(logging.CRITICAL)
    resource.serve("")
    host.prepare(str)
    asyncio.run(_serve())


async def _serve() -> None:
    server = grpc.aio.server(ThreadPoolExecutor(host.WORKERS), options=_GRPC_CHANNEL_OPTIONS)
    servicer = Plugin(own_version(), host.engine.address or "")
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)  # noqa: T201 - what the engine waits for
    await server.wait_for_termination()
