"""A copy of this checkout, to run make in, with a local cloud and an engine's home of its own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import requests

from tests.support.environments import borrow_packages, new_environment
from tools.stack.paths import ROOT

STAMP = ".hyperone-images"
"""What the set-up writes into the environment: the locks that are installed there."""

SANDBOX = """
config:
  hyperone-image:images:
    hello:
      source_image: sandbox
      vm_type: a1.nano
      disk_size: 1
      image_name: hello
      provisioners:
        - {provisioner}
"""
"""A stack of one image, which is built on a sandbox machine."""


def as_in_git(path: str) -> str:
    """A file as git has it: stacks that were used in this checkout hold salts and secrets of its own passphrase."""
    return subprocess.run(["git", "show", f":{path}"], cwd=ROOT, capture_output=True, text=True, check=True).stdout


class Checkout:
    """A copy of the files that git knows or would take, sharing this checkout's Python environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "checkout"
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).exists():
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.folder / name, follow_symlinks=False)
        self.renew()
        (self.folder / ".venv").symlink_to(sys.prefix)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "HYPERONE_"))}
        self.environment = kept | {
            "HYPERONE_LOCAL_HOME": str(folder / "cloud"),
            "PULUMI_HOME": str(folder / "pulumi"),
            "XDG_STATE_HOME": str(folder / "logs"),
        }

    def renew(self) -> None:
        """Have stacks as git has them, and no state of others."""
        for name in ("stacks", ".state"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        (self.folder / "stacks").mkdir()
        known = subprocess.run(["git", "ls-files", "stacks"], cwd=ROOT, capture_output=True, text=True, check=True)
        for name in known.stdout.split():
            (self.folder / name).write_text(as_in_git(name))

    def own_environment(self) -> None:
        """Have an environment of the checkout's own in the place of the link, set up by make itself, offline.

        Locked packages are borrowed, and the set-up's stamp says that they are there.
        """
        link = self.folder / ".venv"
        link.unlink()
        borrow_packages(new_environment(link))
        python = (link / "bin" / "python").resolve()
        locks = [hashlib.sha256(lock.read_bytes()).hexdigest() for lock in self.folder.glob("requirements*.lock")]
        (link / STAMP).write_text("".join(f"{lock} {python}\n" for lock in locks))
        self.make("env")

    def commit(self) -> None:
        """Make the checkout a git repository with nothing to commit."""
        self.shell("git init -q && git add -A && git -c user.name=x -c user.email=x commit -qm x")

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start make as a terminal would: in the foreground process group of a session of its own."""
        return subprocess.Popen(
            ["make", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def status(self) -> dict[str, Any]:
        """Where the local cloud is and how it is opened."""
        command = [sys.executable, "-m", "local_cloud", "status", "--json"]
        said = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, check=True).stdout
        found: dict[str, Any] = json.loads(said)
        return found

    def cloud(self, path: str, verb: str = "GET", **body: str) -> Any:
        """The JSON of a call of the local cloud; None where it answers with nothing."""
        status = self.status()
        url = status["url"].removesuffix("/v1") + path
        answer = requests.request(verb, url, json=body or None, headers={"x-auth-token": status["token"]}, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def shell(self, line: str) -> str:
        """Type a line into a shell in the checkout; fails the test when it fails."""
        command = ["sh", "-c", line]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def make(self, *arguments: str) -> str:
        """Run make to its end; fails the test when it fails."""
        with self.start(*arguments) as run:
            text, _ = run.communicate(timeout=300)
        assert run.returncode == 0, text
        return text
