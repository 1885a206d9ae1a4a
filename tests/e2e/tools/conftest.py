"""Small projects for the real engine, none of them this one."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.checkout import Checkout
from tests.support.pages import GREETING
from tests.support.terminal import Shell
from tools.engine.ensure import engine

OF_A_USER = re.compile(r"(HOME|PATH|USER|LANG|TMPDIR)$|(HYPERONE|PULUMI|XDG)_")
"""Variables of a person's shell; with those of CI systems the engine would ask nothing, whatever the terminal."""
YES = b"\x1b[A\r"
"""The answer `yes` stands above `no`, on which the engine's question begins."""
NOTE = """
import time
from pathlib import Path

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, ResourceProvider


class NoteProvider(ResourceProvider):
    def configure(self, req):
        self.word = req.config.get("probe:word")

    def create(self, props):
        Path("creating").write_text("")
        time.sleep(props["seconds"])
        return CreateResult(id_="note", outs={**props, "letters": len(self.word)})

    def read(self, id_, props):
        return ReadResult(id_, props)


class Note(Resource, module="probe", name="Note"):
    letters: pulumi.Output[int]

    def __init__(self, name, seconds):
        super().__init__(NoteProvider(), name, {"seconds": seconds, "letters": None})
"""

PROGRAM = """
import os

import pulumi
from things.note import Note

config = pulumi.Config()
note = Note("note", config.get_float("seconds") or 0)
pulumi.export("letters", note.letters)
pulumi.export("word", config.require_secret("word"))
pulumi.export("secret_is_marked", config.get_secret("word") is not None)
pulumi.export("virtualenv", os.environ["VIRTUAL_ENV"])
pulumi.export("started", config.get("started"))
"""


class Project:
    """A Pulumi project in a folder of its own, with a file backend."""

    def __init__(self, folder: Path, path: str) -> None:
        self.folder = folder
        (folder / "backend").mkdir()
        self.write("Pulumi.yaml", f"name: probe\nruntime:\n  name: python\n  options: {{virtualenv: {sys.prefix}}}\n")
        self.write("things/__init__.py", "")
        self.write("things/note.py", NOTE)
        self.write("__main__.py", PROGRAM)
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("PULUMI_")}
        self.environment |= {
            "PATH": path,
            "PULUMI_BACKEND_URL": f"file://{folder / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": "a passphrase for tests",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "PULUMI_RUN_PROGRAM": "true",
        }
        self.run("stack", "init", "test")

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start pulumi in a process group of its own, its output in one pipe."""
        return subprocess.Popen(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, fails: bool = False) -> str:
        """Run pulumi to its end and return what it printed; fails the test unless it succeeded, or `fails`."""
        with self.start(*arguments) as engine:
            text, _ = engine.communicate(timeout=400)
        assert (engine.returncode != 0) == fails, text
        return text


@pytest.fixture(scope="session")
def engine_path() -> str:
    """PATH with the engine first."""
    return f"{engine().folder}:{os.environ['PATH']}"


@pytest.fixture
def project(tmp_path: Path, engine_path: str) -> Iterator[Project]:
    """A project with one dynamic resource in an importable module, and a secret in its config."""
    made = Project(tmp_path, engine_path)
    made.run("config", "set", "--secret", "word", "hush-hush")
    yield made
    for process in processes_below(tmp_path):
        os.kill(process, signal.SIGKILL)


def processes_below(folder: Path) -> list[int]:
    """The processes that work in `folder`."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                where = Path(os.readlink(entry / "cwd"))
            except OSError:
                continue
            if where.is_relative_to(folder) and int(entry.name) != os.getpid():
                found.append(int(entry.name))
    return found


@pytest.fixture
def left_running(tmp_path: Path) -> object:
    """A function that returns the processes still working in the project's folder."""
    return lambda: processes_below(tmp_path)


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """A checkout; its local cloud is stopped afterwards."""
    made = Checkout(tmp_path)
    yield made
    made.make("cloud-stop")


@pytest.fixture(scope="module")
def module_checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """One checkout, with a local cloud that runs, for tests that leave its files as they are."""
    made = Checkout(tmp_path_factory.mktemp("make"))
    made.make("cloud-start")
    yield made
    made.make("cloud-stop")


@pytest.fixture
def renewed(module_checkout: Checkout) -> Checkout:
    """The module's checkout with an empty cloud, without the stacks and the state of the tests before."""
    module_checkout.renew()
    module_checkout.cloud("/_local/reset", "POST")
    return module_checkout


@pytest.fixture
def shell() -> Iterator[Callable[..., Shell]]:
    """Open a shell with a checkout's variables and more; `secret` is what is typed where a secret is asked for."""
    opened: list[Shell] = []

    def start(checkout: Checkout, folder: Path | None = None, secret: str = GREETING, **variables: str) -> Shell:
        own = {name: value for name, value in checkout.environment.items() if OF_A_USER.match(name)}
        answers = {b"value:": secret.encode() + b"\r", b"Do you want to perform": YES}
        opened.append(Shell(folder or checkout.folder, own | variables, answers))
        return opened[-1]

    yield start
    for one in opened:
        one.close()
