"""The processes the host has started: each in a group of its own, none outliving the host."""

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

PATIENCE = 300
"""Seconds that a short command of the host may take."""


class Children:
    """Starts processes and ends all that still run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def start(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], output: int | None = None
    ) -> subprocess.Popen[bytes]:
        """Start `command` in `folder`.

        It gets a process group of its own, so that an interrupt meant for the host does not print a traceback out of
        the program. `output` is given to both stdout and stderr (None: the host's own).

        Raises OSError when it cannot be started, RuntimeError when the host is leaving.
        """
        with self._lock:
            if self._closed:
                raise RuntimeError("the language host is shutting down")
            child = subprocess.Popen(
                command,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,
            )
            self._running.add(child)
            return child

    def wait(self, child: subprocess.Popen[bytes]) -> int:
        """Wait for `child` and return its exit code; negative: the signal that ended it."""
        code = child.wait()
        with self._lock:
            self._running.discard(child)
        return code

    def end(self, child: subprocess.Popen[bytes]) -> None:
        """Kill `child` and everything in its group; harmless when it has already gone."""
        with self._lock:
            if child in self._running:
                _kill_group(child.pid)

    def close(self) -> None:
        """Kill everything that runs and start nothing more."""
        with self._lock:
            self._closed = True
            for child in self._running:
                _kill_group(child.pid)
            self._running.clear()


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
