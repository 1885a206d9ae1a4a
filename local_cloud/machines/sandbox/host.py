"""What the host must offer for sandboxes, and the user that they run as."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
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

NETWORK_SETTING = "HYPERONE_LOCAL_SANDBOX_NETWORK"
"""The environment variable that gives sandboxes the host's network: `host`, or `none` (the default)."""

NO_ENVIRONMENT: dict[str, str] = {}
"""What bubblewrap and the programs in front of it start with: process 1 of a session shows it to the guest."""

_PACKAGES = {
    "bwrap": "bubblewrap",
    "unshare": "util-linux",
    "setpriv": "util-linux",
    "setsid": "util-linux",
    "mount": "mount",
}
_PROBE_SECONDS = 10.0


@dataclass(frozen=True)
class Host:
    """The host's tools by absolute path, and how sandboxes run on it.

    `owner` is the id that they run as, None for the cloud's own user. `shares_network`: the host's network is theirs.
    """

    bwrap: str
    unshare: str
    setpriv: str
    setsid: str
    mount: str
    sftp_server: str
    owner: int | None
    shares_network: bool

    @property
    def drop_privileges(self) -> list[str]:
        """The command prefix that gives up root; empty when the cloud runs as an ordinary user."""
        if self.owner is None:
            return []
        return [self.setpriv, f"--reuid={self.owner}", f"--regid={self.owner}", "--clear-groups", "--"]

    @property
    def namespaces(self) -> list[str]:
        """Bubblewrap's options for what a sandbox has of its own: users, processes, IPC, host name and network."""
        own = ["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts"]
        return own if self.shares_network else [*own, "--unshare-net"]

    def is_hidden(self, path: Path) -> bool:
        """Whether the sandboxes' user cannot reach `path` because a folder above it is closed to others."""
        if self.owner is None:
            return False
        return any(not parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents)


def find_host() -> Host:
    """Find the tools that sandboxes need, and read the setting of their network.

    Raises MachineError with the Debian packages of all tools that are missing, and for a setting that is neither.
    """
    tools = {name: shutil.which(name) or "" for name in _PACKAGES}
    sftp_server = next((path for path in SFTP_SERVERS if os.access(path, os.X_OK)), "")
    missing = {package for name, package in _PACKAGES.items() if not tools[name]}
    missing |= set() if sftp_server else {"openssh-sftp-server"}
    if missing:
        names = " ".join(sorted(missing))
        raise MachineError(f"sandbox machines need the package(s) {names} on this host: apt-get install {names}")
    owner = UNPRIVILEGED_ID if os.geteuid() == 0 else None
    return Host(**tools, sftp_server=sftp_server, owner=owner, shares_network=_shares_network())


def _shares_network() -> bool:
    network = os.environ.get(NETWORK_SETTING, "").strip() or "none"
    if network not in {"none", "host"}:
        raise MachineError(f"{NETWORK_SETTING} must be none or host, not {network!r}")
    return network == "host"


def userland() -> list[str]:
    """Bubblewrap's options for the host's programs and libraries, to be read only."""
    options = ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        path = Path("/", name)
        if path.is_symlink():
            options += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            options += ["--ro-bind", str(path), str(path)]
    return options


async def probe(host: Host) -> None:
    """Run one empty sandbox; MachineError says why the host does not allow it."""
    command = [*host.drop_privileges, host.bwrap, *host.namespaces, "--die-with-parent"]
    command += ["--ro-bind", "/", "/", "--proc", "/proc", "--", host.unshare, "--user", "--map-root-user", "true"]
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=NO_ENVIRONMENT,
        cwd="/",
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
