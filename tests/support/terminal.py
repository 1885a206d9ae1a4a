"""A program as the foreground job of a terminal of its own, with keys to press and a screen to read."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from tests.support.stacks import wait_for


class Terminal:
    """`command` in a new terminal; what it prints is in `screen`."""

    def __init__(self, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        self.screen = b""
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *command],
            cwd=folder,
            env={**environment, "TERM": "xterm"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
        )
        os.close(slave)
        os.set_blocking(self._master, False)

    @property
    def text(self) -> str:
        """What was printed so far."""
        self.read()
        return self.screen.decode(errors="replace")

    def type(self, keys: bytes) -> None:
        """Press keys; what they mean is the terminal's business."""
        os.write(self._master, keys)

    def read(self) -> bool:
        """Take what is on the screen so far, so that nobody waits for it to be read; always false."""
        try:
            while data := os.read(self._master, 65536):
                self.screen += data
        except (BlockingIOError, OSError):
            pass
        return False

    def until(self, condition: Callable[[], object], seconds: float, what: str) -> None:
        """Wait as a person would: looking at the screen."""
        wait_for(lambda: self.read() or condition(), seconds, what)

    def ended(self, seconds: float) -> int:
        """Wait for the program's end and return its exit code."""
        try:
            self.until(lambda: self.process.poll() is not None, seconds, "the end of the program")
        except AssertionError as error:
            raise AssertionError(f"{error}; on the screen:\n{self.text}") from None
        self.read()
        return self.process.returncode

    def hang_up(self) -> None:
        """Close the window. Not every kernel tells the foreground job, so it is told here."""
        os.close(self._master)
        self._master = -1
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGHUP)

    def close(self) -> None:
        """End what still runs and give the terminal back."""
        for one in psutil.Process(self.process.pid).children(recursive=True) if self.process.poll() is None else []:
            one.kill()
        self.process.kill()
        self.process.wait()
        if self._master >= 0:
            os.close(self._master)


class Shell(Terminal):
    """A shell in a terminal, into which commands are typed as a page shows them."""

    PROMPT = re.compile(rb"<(\d+)> \Z")

    def __init__(self, folder: Path, environment: Mapping[str, str], answers: Mapping[bytes, bytes]) -> None:
        """`answers`: what a command may ask once, and the keys pressed then."""
        command = ["sh", "-c", "stty rows 40 columns 160 && exec bash --norc --noprofile --noediting"]
        super().__init__(command, folder, {**environment, "PS1": "<$?> "})
        self._answers = answers
        self._wait(0, 30, "the shell's prompt")

    def run(self, line: str, seconds: float = 120, *, fails: bool = False) -> str:
        """Type `line` and answer what it asks; returns what was shown. It has to succeed, or to fail if it `fails`."""
        start = len(self.screen)
        self.type(line.encode() + b"\n")
        code = self._wait(start, seconds, line)
        shown = self.screen[start:].decode(errors="replace")
        assert (code != 0) == fails, f"{line}: exit code {code}\n{shown}"
        return shown

    def _wait(self, start: int, seconds: float, what: str) -> int:
        """Wait for the prompt, answering questions; returns the exit code that the prompt shows."""
        open_questions = dict(self._answers)

        def prompt() -> re.Match[bytes] | None:
            for question in [one for one in open_questions if one in self.screen[start:]]:
                self.type(open_questions.pop(question))
            return self.PROMPT.search(self.screen, start)

        try:
            self.until(prompt, seconds, what)
        except AssertionError as error:
            raise AssertionError(f"{error}; on the screen:\n{self.text}") from None
        return int(self.PROMPT.search(self.screen, start)[1])
