"""Starting, stopping and asking a cloud from another process."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pulumi_hyperone
from pulumi_hyperone.local_cloud.environment import own_environment
from pulumi_hyperone.local_cloud.state.home import Home
from pulumi_hyperone.local_cloud.state.lock import is_held

START_DEADLINE = 30.0  # seconds
STOP_DEADLINE = 20.0
ASK_EVERY = 0.02
CALL_DEADLINE = 10.0
# The folder that a server process imports the package from.
IMPORT_ROOT = Path(pulumi_hyperone.__file__).parent.parent


class ControlError(Exception):
    """A command on the cloud failed; the message is one line."""


def status(home: Home) -> dict[str, Any] | None:
    """What the running server tells about itself (see `server.info`), or None when none runs."""
    if not home.root.is_dir() or not is_held(home):
        return None
    info = home.read_info()
    return info if info and _answers(info) else None


def start(home: Home, deadline: float = START_DEADLINE) -> dict[str, Any]:
    """Start a server in the background unless one runs; returns when it answers. Raises ControlError."""
    running = status(home)
    if running:
        return running
    home.prepare()
    process = launch(home)
    return wait_until_ready(home, process, deadline)


def launch(home: Home, *, until_eof: bool = False) -> subprocess.Popen[bytes]:
    """Start a server process in a session of its own; with `until_eof` it ends when its standard input does."""
    home.prepare()
    command = [sys.executable, "-m", "pulumi_hyperone.local_cloud", "serve", *(["--until-eof"] if until_eof else [])]
    environment = own_environment() | {"HYPERONE_LOCAL_HOME": str(home.root)}
    path = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = str(IMPORT_ROOT) + (os.pathsep + path if path else "")
    with home.log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE if until_eof else subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd=home.root,
            env=environment,
        )


def wait_until_ready(home: Home, process: subprocess.Popen[bytes], deadline: float) -> dict[str, Any]:
    """Wait until the server answers. Raises ControlError with its last words when it does not."""
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        if process.poll() is not None:
            running = status(home)
            if running:
                return running
            raise ControlError(f"the local cloud did not start: {_last_words(home)} (whole log: {home.log})")
        info = home.read_info()
        if info and info["pid"] == process.pid and _answers(info):
            return info
        time.sleep(ASK_EVERY)
    raise ControlError(f"the local cloud did not answer within {deadline:g} s (log: {home.log})")


def stop(home: Home, deadline: float = STOP_DEADLINE) -> bool:
    """Stop the server; whether one ran. By force when it does not go in time. Raises ControlError."""
    if not home.root.is_dir() or not is_held(home):
        return False
    info = home.read_info()
    if not info:
        raise ControlError(f"a local cloud holds {home.lock} but left no {home.info_file.name}: stop it by its pid")
    for number, patience in ((signal.SIGTERM, deadline), (signal.SIGKILL, 5.0)):
        try:
            os.kill(info["pid"], number)
        except ProcessLookupError:
            break
        end = time.monotonic() + patience
        while is_held(home) and time.monotonic() < end:
            time.sleep(ASK_EVERY)
        if not is_held(home):
            break
    if is_held(home):
        raise ControlError(f"the local cloud (pid {info['pid']}) does not stop")
    home.info_file.unlink(missing_ok=True)
    return True


def call(
    info: dict[str, Any],
    method: str,
    path: str,
    body: Any = None,
    *,
    timeout: float = CALL_DEADLINE,
    bearer: str | None = None,
) -> Any:
    """Call a route of the running server, such as `/_local/inventory`, by the service token or, for v2, a bearer.

    Raises ControlError.
    """
    address = urlsplit(info["url"])
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=timeout)
    wait = f"respond-async,wait={timeout:.0f}"  # the server answers when the work is done
    account = {"authorization": f"Bearer {bearer}"} if bearer else {"x-auth-token": info["token"]}
    headers = {**account, "content-type": "application/json", "prefer": wait}
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        answer = json.loads(response.read() or b"null")
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ControlError(f"{method} {path} at {info['url']} failed: {error}") from error
    finally:
        connection.close()
    if response.status >= 400:
        raise ControlError(f"{method} {path}: {response.status} {answer.get('message') or answer.get('detail')}")
    return answer


def _answers(info: dict[str, Any]) -> bool:
    try:
        return bool(call(info, "GET", "/_local/health", timeout=2)["pid"] == info["pid"])
    except (ControlError, KeyError, TypeError):
        return False


def _last_words(home: Home) -> str:
    try:
        lines = home.log.read_text(errors="replace").strip().splitlines()
    except OSError:
        return "it said nothing"
    return lines[-1] if lines else "it said nothing"
