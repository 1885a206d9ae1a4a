"""What the host must offer for sandboxes, and the user that they run as."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pulumi_hyperone.local_cloud.machines.base import MachineError

UNPRIVILEGED_ID = 60977
"""User and group of sandboxes when the cloud runs as root: an id that neither Debian nor systemd gives out."""

SFTP_SERVERS = (
    "/usr/lib/openssh/sftp-server",
    "/usr/libexec/openssh/sftp-server",
    "/usr/lib/ssh/sftp-server",
    "/usr/libexec/sftp-server",
)

_PROBE_SECONDS = 10.0


@dataclass(frozen=True)
class Host:
    """The host's tools by absolute path, and `owner`: the id that sandboxes run as, None for the cloud's own user."""

    bwrap: str
    unshare: str
    sftp_server: str
    owner: int | None

    @property
    def drop_privileges(self) -> list[str]:
        """The command prefix that gives up root; empty when the cloud runs as an ordinary user."""
        if self.owner is None:
            return []
        return ["setpriv", f"--reuid={self.owner}", f"--regid={self.owner}", "--clear-groups", "--"]

    def is_hidden(self, path: Path) -> bool:
        """Whether the sandboxes' user cannot reach `path` because a folder above it is closed to others."""
        if self.owner is None:
            return False
        return any(not parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents)


def find_host() -> Host:
    """Find the tools that sandboxes need; MachineError names the Debian packages of all that are missing."""
    bwrap, unshare = shutil.which("bwrap"), shutil.which("unshare")
    sftp_server = next((path for path in SFTP_SERVERS if os.access(path, os.X_OK)), None)
    missing = _packages(
        {
            "bubblewrap": bwrap,
            "util-linux": unshare and shutil.which("setsid") and shutil.which("setpriv"),
            "openssh-sftp-server": sftp_server,
        }.items()
    )
    if bwrap is None or unshare is None or sftp_server is None or missing:
        names = " ".join(missing)
        raise MachineError(f"sandbox machines need the package(s) {names} on this host: apt-get install {names}")
    return Host(bwrap, unshare, sftp_server, UNPRIVILEGED_ID if os.geteuid() == 0 else None)


def _packages(tools: Iterable[tuple[str, str | None]]) -> list[str]:
    return [package for package, path in tools if not path]


async def probe(host: Host) -> None:
    """Run one empty sandbox; MachineError says why the host does not allow it."""
    command = [*host.drop_privileges, host.bwrap, "--unshare-user", "--unshare-pid", "--die-with-parent"]
    command += ["--ro-bind", "/", "/", "--proc", "/proc", "--", host.unshare, "--user", "--map-root-user", "true"]
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        _, errors = await asyncio.wait_for(process.communicate(), _PROBE_SECONDS)
    except TimeoutError:
        process.kill()
        raise MachineError(f"a first sandbox did not end within {_PROBE_SECONDS:.0f} s on this host") from None
    if process.returncode:
        reason = errors.decode(errors="replace").strip() or f"exit code {process.returncode}"
        raise MachineError(
            f"this host does not allow sandboxes: {reason}; allow unprivileged user namespaces "
            "(sysctl kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns)"
        )
