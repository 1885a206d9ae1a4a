"""Stacks of the project under the real engine, each in a folder of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.cloud import Cloud
from tools.stack import state_file

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "a passphrase for tests"
BOTH = pytest.mark.parametrize("api_version", ["v1", "v2"])
"""For tests that run through both generations of the API."""
TIMEOUT = 1500.0
"""Seconds after which a pulumi command is given up."""


@dataclass
class Run:
    """How a pulumi command ended: exit code and all it printed."""

    code: int
    text: str

    def ok(self) -> Run:
        """Fail the test with the whole output unless the command succeeded."""
        assert self.code == 0, self.text
        return self

    def failed(self, *needles: str) -> Run:
        """Fail the test unless the command failed, said each of `needles`, and showed no traceback."""
        assert self.code != 0, self.text
        for needle in needles:
            assert needle in self.text, f"{needle!r} is not in:\n{self.text}"
        assert "Traceback" not in self.text, self.text
        return self


@dataclass
class Stack:
    """A stack of the project in a folder of its own, with a file backend of its own."""

    folder: Path
    environment: dict[str, str]
    name: str = "test"
    port: int = 22

    def configure(self, images: dict[str, Any], **namespaces: Any) -> None:
        """Write the stack's file: `images`, further keys of `hyperone-image`, and `hyperone={...}` for its own."""
        path = self.folder / "stacks" / f"Pulumi.{self.name}.yaml"
        kept = yaml.safe_load(path.read_text()) if path.exists() else {}
        provider = namespaces.pop("hyperone", {})
        defaults = {"ssh_port": self.port, **namespaces.pop("defaults", {})}
        config = {"hyperone-image:images": images, "hyperone-image:defaults": defaults}
        config |= {f"hyperone-image:{key}": value for key, value in namespaces.items()}
        config |= {f"hyperone:{key}": value for key, value in provider.items()}
        path.write_text(yaml.safe_dump({**kept, "config": config}, sort_keys=False))

    def write(self, path: str, text: str) -> None:
        """Write a file below the project's folder."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def command(self, *arguments: str) -> list[str]:
        """The argument list of a pulumi command on this stack."""
        return ["pulumi", *arguments, "--stack", self.name, "--non-interactive", "--color", "never"]

    def run(self, *arguments: str, timeout: float = TIMEOUT, **environment: str) -> Run:
        """Run pulumi to its end."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Run(done.returncode, done.stdout)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start pulumi in a process group of its own and return at once."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def up(self, *arguments: str, **environment: str) -> Run:
        """`pulumi up` with its preview, as users type it; `--skip-preview` is for tests that count calls."""
        return self.run("up", "--yes", *arguments, timeout=TIMEOUT, **environment)

    def preview(self, *arguments: str, **environment: str) -> Run:
        """`pulumi preview`, with what would change in each resource."""
        return self.run("preview", "--diff", *arguments, timeout=TIMEOUT, **environment)

    def refresh(self, *arguments: str) -> Run:
        """`pulumi refresh`."""
        return self.run("refresh", "--yes", "--skip-preview", *arguments)

    def destroy(self, *arguments: str, **environment: str) -> Run:
        """`pulumi destroy`."""
        return self.run("destroy", "--yes", "--skip-preview", *arguments, timeout=TIMEOUT, **environment)

    def cancel(self) -> Run:
        """What docs/operations.md says to do after an engine that was killed."""
        state_file.drop_empty_attributes(self.backend)
        return self.run("cancel", "--yes")

    def outputs(self, image: str = "web") -> Any:
        """The stack's output for one image, by name; secrets are as the state holds them."""
        (found,) = (one["outputs"] for one in self.resources().values() if one["type"] == "pulumi:pulumi:Stack")
        return found[image]

    def resources(self) -> dict[str, dict[str, Any]]:
        """What the state holds, by the resource's name."""
        found = self.deployment().get("resources") or []
        return {resource["urn"].rpartition("::")[2]: resource for resource in found}

    def pending(self) -> list[Any]:
        """Operations that the state thinks are still running."""
        return self.deployment().get("pending_operations") or []

    def deployment(self) -> dict[str, Any]:
        """The newest state, read from the backend: `pulumi stack export` starts an engine to show the same."""
        return json.loads(self.checkpoint_file().read_bytes())["checkpoint"]["latest"] or {}

    @property
    def backend(self) -> Path:
        """The folder with the state."""
        return Path(self.environment["PULUMI_BACKEND_URL"].removeprefix("file://"))

    def checkpoint_file(self) -> Path:
        """The file with the newest state."""
        (state,) = self.backend.glob(f".pulumi/stacks/*/{self.name}.json")
        return state

    def state_files(self) -> Iterator[Path]:
        """Every file of the backend: state, history, backups."""
        yield from (path for path in (self.folder / "backend").rglob("*") if path.is_file())


def account(cloud: Cloud, api_version: str) -> dict[str, str]:
    """The variables by which the provider finds the cloud and its account in this generation of the API."""
    if api_version == "v2":
        return {"HYPERONE_API_URL": cloud.local.url_v2, "HYPERONE_PASSPORT_FILE": str(cloud.local.passport())}
    return {"HYPERONE_API_URL": cloud.local.url, "HYPERONE_TOKEN": cloud.local.token}


_initialised: dict[str, tuple[str, dict[Path, bytes]]] = {}
"""What `pulumi stack init` wrote, by the stack's name: the key's salt and the files of the backend."""


def _initialise(stack: Stack) -> None:
    """Have an empty stack: by the engine once in a process, with copies of what that wrote from then on."""
    file, backend = stack.folder / "stacks" / f"Pulumi.{stack.name}.yaml", stack.folder / "backend"
    if stack.name not in _initialised:
        stack.run("stack", "init").ok()
        files = {one.relative_to(backend): one.read_bytes() for one in stack.state_files()}
        _initialised[stack.name] = yaml.safe_load(file.read_text())["encryptionsalt"], files
        return
    salt, files = _initialised[stack.name]
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), "encryptionsalt": salt}, sort_keys=False))
    for path, content in files.items():
        (backend / path).parent.mkdir(parents=True, exist_ok=True)
        (backend / path).write_bytes(content)


def new_stack(folder: Path, path: str, cloud: Cloud, name: str, api_version: str = "v1") -> Stack:
    """A project folder with the repository's program, and an initialised stack in it."""
    (folder / "stacks").mkdir(parents=True)
    (folder / "backend").mkdir()
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    project["runtime"]["options"]["virtualenv"] = sys.prefix
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(project, sort_keys=False))
    shutil.copy(ROOT / "__main__.py", folder)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("HYPERONE_", "PULUMI_"))}
    environment |= {
        "PATH": path,
        "PYTHONPATH": str(ROOT),
        "PULUMI_BACKEND_URL": f"file://{folder}/backend",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        **account(cloud, api_version),
        "HYPERONE_LOG_DIR": str(folder / "logs"),
        "HYPERONE_CONFIG_PATH": str(folder / "no-cli"),
    }
    stack = Stack(folder, environment, name, cloud.local.ssh_port)
    stack.configure({})
    _initialise(stack)
    return stack


def image(**options: Any) -> dict[str, Any]:
    """Options of a small image from a sandbox machine, with `options` over them."""
    base = {
        "source_image": "sandbox",
        "vm_type": "a1.nano",
        "disk_size": 1,
        "image_name": "web",
        "provisioners": [{"type": "shell", "inline": ["echo built > /home/guru/proof"]}],
    }
    return {key: value for key, value in {**base, **options}.items() if value is not None}


def wait_for(condition: Any, seconds: float = 60, what: str = "the condition") -> Any:
    """Poll until `condition` returns something true, and return that; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} was not reached within {seconds} s"
        time.sleep(0.1)
    return found


def rows(text: str, resource: str) -> list[str]:
    """The lines of an engine's output about one resource."""
    return [line for line in text.splitlines() if re.search(rf"\b{re.escape(resource)}\b", line)]
