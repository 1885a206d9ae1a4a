"""What a build is made from on this computer: files, the project's commit, programs and their versions, who."""

from __future__ import annotations

import getpass
import hashlib
import os
import socket
import subprocess
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pulumi_hyperone.provider.foundation.local_files import local_file
from pulumi_hyperone.provider.ssh.tree import TreeError, walk

TIMEOUT = 30.0
"""Seconds for `git` and `pulumi` to answer."""


def made_from(files: Iterable[str], base_dir: Path) -> dict[str, Any]:
    """Return it as plain values: `files` (name → digests), `git` (where there is a repository), `versions`, `user`.

    `files` are names of scripts, uploads and playbooks, as options give them.
    """
    return {
        "files": {name: digests(local_file(name, base_dir)) for name in sorted(set(files))},
        "git": git_state(base_dir),
        "versions": versions(),
        "user": f"{_user()}@{socket.gethostname()}",
    }


def digests(path: Path) -> dict[str, str]:
    """Return the digest of a file (`sha256` of its bytes) or a folder (`dirHash`); empty when it cannot be read.

    `dirHash` is in-toto's: the SHA-256 of what `sha256sum` prints of all files, sorted by their names in the folder.
    """
    try:
        if path.is_file():
            return {"sha256": _sha256(path)}
        listed = sorted((entry.name, _sha256(Path(entry.path))) for entry in walk(path) if not entry.is_dir)
    except (OSError, TreeError):
        return {}
    lines = "".join(f"{digest}  {name}\n" for name, digest in listed)
    return {"dirHash": hashlib.sha256(lines.encode(errors="surrogateescape")).hexdigest()}


def git_state(folder: Path) -> dict[str, Any] | None:
    """Return `commit`, `dirty` (something is changed or untracked) and `remote`; None outside a repository."""
    commit = _answer("git", "rev-parse", "--verify", "HEAD", folder=folder)
    if not commit:
        return None
    # The repository's own settings would let `status` start a program.
    status = _answer("git", "-c", "core.fsmonitor=false", "status", "--porcelain", folder=folder)
    remote = _answer("git", "config", "--get", "remote.origin.url", folder=folder)
    return {"commit": commit, "dirty": status != "", "remote": _without_login(remote or "")}


def versions() -> dict[str, str]:
    """Return the versions of the engine, its SDK and this package, as far as they can be found out."""
    found = {"pulumi": (_answer("pulumi", "version") or "").removeprefix("v")}
    for package in ("pulumi", "pulumi-hyperone"):
        try:
            found["pulumi-sdk-python" if package == "pulumi" else package] = version(package)
        except PackageNotFoundError:
            continue
    return {name: text for name, text in found.items() if text}


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _answer(*command: str, folder: Path | None = None) -> str | None:
    """What a command prints; None when it fails or is not there."""
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, timeout=TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None


def _without_login(remote: str) -> str:
    """The address without user and password, which may be a token."""
    if "://" not in remote:
        return remote
    try:
        parts = urlsplit(remote)
    except ValueError:
        return ""
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
