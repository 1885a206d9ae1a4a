"""Serve the language host until the engine is done with it."""

import argparse
import os
import signal
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import NoReturn

import grpc

from .base import Host, proto
from .children import Children
from .go import GoHost
from .node import NodeHost
from .servicer import LanguageHost

HOSTS: dict[str, type[Host]] = {host.language: host for host in (LanguageHost, NodeHost, GoHost)}
WORKERS = 32
"""Calls at once: each running program or policy pack occupies one until it ends."""


def serve(arguments: list[str] | None = None) -> NoReturn:
    """Listen on a free loopback port, print it, and leave at once when interrupted or when the engine is gone."""
    options = _parse(arguments)
    programs, plugins = Children(), Children()
    server = grpc.server(
        ThreadPoolExecutor(max_workers=WORKERS),
        options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)],
    )
    host = HOSTS[options.language](options.engine, options.tracing, programs, plugins)
    proto.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")

    def leave(number: int = 0, frame: FrameType | None = None) -> NoReturn:  # noqa: ARG001 -- a signal handler's shape
        programs.close()
        plugins.close()
        os._exit(0)  # a regular exit would wait for calls that are being answered

    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)
    server.start()
    print(port, flush=True)
    if stat.S_ISFIFO(os.fstat(0).st_mode):
        _wait_for_end_of_input()
    else:
        threading.Event().wait()
    leave()


def _wait_for_end_of_input() -> None:
    """Return when the engine has gone: it holds the other end of stdin for as long as it lives."""
    while os.read(0, 4096):
        continue


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    """Parse what the engine passes: its address, and a tracing endpoint and logging flags that may be absent."""
    parser = argparse.ArgumentParser(prog="pulumi-language", description="Language host for Pulumi.")
    parser.add_argument("--language", choices=HOSTS, default="python", help="what the programs are written in")
    parser.add_argument("engine", nargs="?", default="", help="address of the engine's gRPC service")
    parser.add_argument("--tracing", help="endpoint to send traces to")
    parser.add_argument("--logtostderr", action="store_true", help="accepted and ignored")
    parser.add_argument("-v", dest="verbosity", default="0", help="accepted and ignored")
    return parser.parse_known_args(arguments)[0]
