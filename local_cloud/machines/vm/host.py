"""The programs of this host that virtual machines need, and how they are run."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from pulumi_hyperone.local_cloud.environment import own_environment
from pulumi_hyperone.local_cloud.machines.base import MachineError

# Program -> the Debian package that has it.
PACKAGES = {
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-img": "qemu-utils",
    "setpriv": "util-linux",
    "unshare": "util-linux",
    "mkfs.vfat": "dosfstools",
    "mcopy": "mtools",
    "debugfs": "e2fsprogs",
    "mke2fs": "e2fsprogs",
    "mmdebstrap": "mmdebstrap",
    "newuidmap": "uidmap",
    "tar": "tar",
    "cp": "coreutils",
    "blkid": "util-linux",
    "prlimit": "util-linux",
}
TO_RUN = ("qemu-system-x86_64", "qemu-img", "setpriv", "mkfs.vfat", "mcopy", "debugfs", "cp")
TO_BUILD = ("mmdebstrap", "mke2fs", "tar")
LAST_LINES = 12

# An ordinary user's PATH often lacks the sbin folders.
_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])


def require(programs: Iterable[str], purpose: str) -> None:
    """Raise MachineError naming every Debian package that `purpose` lacks on this host."""
    missing = sorted({PACKAGES[name] for name in programs if shutil.which(name, path=_PATH) is None})
    if missing:
        raise MachineError(
            f"{purpose} needs Debian packages that are not installed: apt-get install {' '.join(missing)}"
        )


def environment() -> dict[str, str]:
    """The environment for child processes: the cloud's own, plain messages, and the sbin folders on PATH."""
    return own_environment() | {"PATH": _PATH, "LC_ALL": "C.UTF-8"}


def last_lines(text: str, count: int = LAST_LINES) -> str:
    """The last `count` lines that are not empty."""
    return "\n".join([line for line in text.splitlines() if line.strip()][-count:])


async def run(
    argv: Sequence[str | Path],
    purpose: str,
    *,
    timeout: float,
    cwd: Path | None = None,
    pass_fds: Sequence[int] = (),
    limits: Sequence[str] = (),
) -> str:
    """Run a program to its end; returns its output (stdout and stderr together).

    It inherits `pass_fds`; `limits` are options of prlimit(1), for programs that read what guests or strangers wrote.

    Raises MachineError "<purpose>: <last lines>" when it fails, is not installed, or takes longer than `timeout`
    seconds.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *(["prlimit", *limits, "--"] if limits else []),
            *argv,
            pass_fds=pass_fds,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=environment(),
            cwd=cwd,
        )
    except FileNotFoundError as error:
        require([str(argv[0])] if argv[0] in PACKAGES else [], purpose)
        raise MachineError(f"{purpose}: {error}") from error
    try:
        output, _ = await asyncio.wait_for(process.communicate(), timeout)
    except BaseException as error:
        if process.returncode is None:
            process.kill()
            await process.wait()
        if isinstance(error, TimeoutError):
            raise MachineError(f"{purpose}: {argv[0]} did not end within {timeout:g} s") from error
        raise
    text = output.decode(errors="replace")
    if process.returncode:
        raise MachineError(f"{purpose}: {argv[0]} ended with {process.returncode}: {last_lines(text) or 'no output'}")
    return text


async def copy_sparse(source: Path, target: Path) -> None:
    """Copy a file, keeping its holes and sharing its blocks where the file system can."""
    argv: list[str | Path] = ["cp", "--sparse=always", "--reflink=auto", source, target]
    await run(argv, f"copying {source.name}", timeout=600)


async def link_or_copy(source: Path, target: Path) -> None:
    """Give a file that never changes a second name; a copy where the file system cannot."""
    try:
        os.link(source, target)
    except OSError:
        await copy_sparse(source, target)
