"""The server process: one per home, on 127.0.0.1 only."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import socket
import sys
import threading
from typing import Any

import uvicorn

from pulumi_hyperone.local_cloud.cloud import Cloud
from pulumi_hyperone.local_cloud.lifecycle.addresses import BLOCKS
from pulumi_hyperone.local_cloud.serving.app import make_app
from pulumi_hyperone.local_cloud.serving.connection import Connection
from pulumi_hyperone.local_cloud.serving.login import LoginService
from pulumi_hyperone.local_cloud.state import uris
from pulumi_hyperone.local_cloud.state.account import SERVICE_ACCOUNT
from pulumi_hyperone.local_cloud.state.home import DEFAULT_HTTP_PORT, Home, port_from_environment
from pulumi_hyperone.local_cloud.state.lock import hold

HOST = "127.0.0.1"
SHUTDOWN = 3  # seconds for open requests
PORTS_TRIED = 20
SETTING = "http_port"

log = logging.getLogger("local_cloud")


def listen(saved: int | None, preferred: list[int]) -> socket.socket:
    """The home's HTTP port: HYPERONE_LOCAL_PORT, else the one it had, else the first free one of those preferred.

    Raises OSError when a port that was asked for is taken.
    """
    wanted = port_from_environment("HYPERONE_LOCAL_PORT") or saved
    candidates = [wanted] if wanted else preferred
    for port in candidates:
        # With the protocol named, asyncio sets TCP_NODELAY; without, each reply of two packets waits 40 ms for an ACK.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen(256)
        except OSError as error:
            listener.close()
            if error.errno != errno.EADDRINUSE:
                raise
            continue
        return listener
    raise OSError(errno.EADDRINUSE, f"port {candidates[0]} on {HOST} is taken: set HYPERONE_LOCAL_PORT to a free one")


def preferred_ports(block: int, *, passing: bool) -> list[int]:
    """8171 first, but not for a passing (test) cloud; then ports by the cloud's address block.

    Blocks differ between clouds that run, so a cloud finds its port free again when it comes back.
    """
    own = [DEFAULT_HTTP_PORT + block + len(BLOCKS) * step for step in range(PORTS_TRIED)]
    return own if passing else [DEFAULT_HTTP_PORT, *own]


def info(cloud: Cloud, login: LoginService, port: int) -> dict[str, Any]:
    """What `status --json` tells."""
    account = cloud.account
    return {
        "url": f"http://{HOST}:{port}/v1",
        "url_v2": f"http://{HOST}:{port}/v2",
        "token": account["token"],
        "project": account["project"],
        "service_account": f"{uris.project_uri(account['project'])}/sa/{SERVICE_ACCOUNT}",
        "ssh_port": cloud.ssh_port,
        "pid": os.getpid(),
        "login": {
            "host": login.host,
            "port": login.port,
            "host_key_sha1": login.host_key_sha1,
            "host_key": login.host_key,
            "username": account["login"],
            "password": account["password"],
        },
        "home": str(cloud.home.root),
    }


def serve(home: Home, *, until_eof: bool = False) -> None:
    """Run the server in the foreground until a signal, or (`until_eof`) until standard input ends.

    Raises AlreadyRunningError, OSError, ValueError.
    """
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    with hold(home):
        cloud = Cloud(home)
        listener = listen(cloud.store.setting(SETTING), preferred_ports(cloud.block.number, passing=until_eof))
        port = listener.getsockname()[1]
        cloud.store.set_setting(SETTING, port)
        login = LoginService(cloud)
        config = uvicorn.Config(
            make_app(cloud, login),
            http=Connection,
            log_level="warning",
            access_log=False,
            ws="none",
            lifespan="on",
            timeout_graceful_shutdown=SHUTDOWN,
            timeout_keep_alive=75,
            server_header=False,
        )
        server = uvicorn.Server(config)
        home.write_info(info(cloud, login, port))
        if until_eof:
            threading.Thread(target=_watch_stdin, args=(server,), daemon=True).start()
        log.info("serving on %s:%s", HOST, port)
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(server.serve(sockets=[listener]))
        home.info_file.unlink(missing_ok=True)


def _watch_stdin(server: uvicorn.Server) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    server.should_exit = True
