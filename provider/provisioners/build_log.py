"""The log of one build: all output, masked, in a private file; its last line as progress; its end in memory."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self

from pulumi_hyperone.provider.foundation.masking import Masker
from pulumi_hyperone.provider.foundation.secret_forms import SHORTEST
from pulumi_hyperone.provider.ssh.shell_text import Tail, shorten

EMIT_INTERVAL = 0.25
"""Seconds between two lines of progress."""
_PROGRESS_LENGTH = 160
_LINE = 1000
"""Bytes of a line that wait for its end when that may begin a secret."""


class BuildLog:
    """Thread-safe. Open it with the secrets of the build, or a masker of them; `close` writes what is still held back.

    A secret that spans two pieces of a stream is found too: an end that may begin one waits for what follows.
    Trouble with the file never fails a build; `trouble` says it.
    """

    def __init__(
        self,
        path: Path,
        *,
        secrets: Iterable[str] | Masker = (),
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.path = path
        self.trouble = ""
        self._masker = secrets if isinstance(secrets, Masker) else Masker(secrets)
        self._progress = progress
        self._lock = threading.RLock()
        self._held = {"output": b"", "errors": b""}
        self._tail = Tail()
        self._line = Tail(1)
        self._last_emit = 0.0
        self._timer: threading.Timer | None = None
        self._file: int | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError as error:
            self.trouble = f"the log {path} cannot be written: {error.strerror}"

    @property
    def where(self) -> str:
        """Where the whole output is, for messages; in its place the trouble with the file, if there was any."""
        return self.trouble or f"the whole output: {self.path}"

    def mask(self, text: str) -> str:
        """Return `text` without the secrets of the build."""
        return self._masker.text(text)

    def output(self, data: bytes) -> None:
        """Take raw standard output, or both streams where they are one, in any encoding, as it comes."""
        self._stream("output", data)

    def errors(self, data: bytes) -> None:
        """Take raw standard error likewise."""
        self._stream("errors", data)

    def _stream(self, name: str, data: bytes) -> None:
        with self._lock:
            ready, held = self._masker.split(self._held[name] + data)
            if held and len(line := ready.rpartition(b"\n")[2]) <= _LINE:  # the other stream may come in between
                ready, held = ready[: len(ready) - len(line)], line + held
            self._held[name] = held
            self._take(ready)
            if held:
                self._emit_soon()

    def note(self, text: str) -> None:
        """Write a line of ours, such as which provisioner begins; it is progress too."""
        with self._lock:
            self._flush()
            text = self.mask(text)
            stamp = time.strftime("%H:%M:%S", time.gmtime())
            self._write(f"==> {stamp} {text}\n".encode(errors="replace"))
            self._line = Tail(1)
            self._emit(text)

    def begin(self) -> None:
        """Start a new tail: what follows belongs to another step."""
        with self._lock:
            self._flush()
            self._tail = Tail()

    def tail(self, lines: int) -> tuple[str, ...]:
        """Return the last lines of output since `begin`, masked."""
        with self._lock:
            self._flush()
            return self._tail.lines()[-lines:]

    def close(self) -> None:
        """Write what is held back and close the file."""
        with self._lock:
            self._flush()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _flush(self) -> None:
        for name, held in self._held.items():
            self._held[name] = b""
            self._take(self._masker.finish(held))

    def _take(self, data: bytes) -> None:
        if not data:
            return
        self._write(data)
        self._tail.feed(data)
        self._line.feed(data)
        if self._last_emit + EMIT_INTERVAL <= time.monotonic():
            self._emit_line()
        else:
            self._emit_soon()

    def _emit_soon(self) -> None:
        if self._timer is None and self._file is not None:
            left = max(0.0, self._last_emit + EMIT_INTERVAL - time.monotonic())
            self._timer = threading.Timer(left, self._emit_late)
            self._timer.daemon = True
            self._timer.start()

    def _emit_late(self) -> None:
        with self._lock:
            self._timer = None
            split = {name: self._masker.split(held) for name, held in self._held.items()}
            # So few characters tell nothing, and without them a quiet program's last line would lack its end.
            if all(len(held.strip()) < SHORTEST for _, held in split.values()):
                self._flush()
            else:
                for name, (ready, held) in split.items():
                    self._held[name] = held
                    self._take(ready)
            self._emit_line()

    def _emit_line(self) -> None:
        for line in self._line.lines()[-1:]:
            self._emit(line)

    def _emit(self, line: str) -> None:
        self._last_emit = time.monotonic()
        with contextlib.suppress(Exception):  # progress must never fail a build
            self._progress(shorten(line, _PROGRESS_LENGTH))

    def _write(self, data: bytes) -> None:
        if self._file is None:
            return
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError as error:
            self.trouble = f"the log {self.path} is not complete: {error.strerror}"
