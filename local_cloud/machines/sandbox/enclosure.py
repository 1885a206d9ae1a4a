"""The bubblewrap command line of a machine's sessions."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from pulumi_hyperone.local_cloud.machines.base import MachineError, MachineSpec
from pulumi_hyperone.local_cloud.machines.sandbox.disk import ROOTFS, WRITABLE
from pulumi_hyperone.local_cloud.machines.sandbox.host import Host, userland
from pulumi_hyperone.local_cloud.machines.sandbox.system_files import (
    LIVE_ETC,
    STUBS,
    SYSTEM,
    WRAPPERS,
    home_of,
    hostname_of,
    user_id_of,
)

_STAGING = ("/mnt", "/media", "/srv")


class Enclosure:
    """Builds the command of one session from what is fixed for the machine and what the session asks for."""

    def __init__(self, spec: MachineSpec, host: Host) -> None:
        self._host = host
        self._home = home_of(spec.username)
        self._rootfs = (spec.disks[0].folder / ROOTFS).resolve()
        self._system = (spec.folder / SYSTEM).resolve()
        self._stage = self._staging_folders() if self._needs_staging() else None
        self._fixed = self._fixed_arguments(spec)

    def arguments(self, environment: Mapping[str, str], *, new_session: bool) -> bytes:
        """Return bubblewrap's options for one session, separated by NUL as its `--args` wants them.

        They travel by file descriptor, so the client's environment is not seen in the host's process list.
        """
        options = list(self._fixed)
        if new_session:
            options.append("--new-session")
        for name, value in environment.items():
            options += ["--setenv", name, value]
        home = f"{self._rootfs}{self._home}"
        options += ["--chdir", self._home if os.path.isdir(home) and not os.path.islink(home) else "/"]
        return b"".join(os.fsencode(option) + b"\0" for option in options)

    def command(self, arguments_fd: int, inner: Sequence[str], *, terminal: bool) -> list[str]:
        """Return the host command that runs `inner` in the sandbox, its options read from `arguments_fd`."""
        command = [self._host.setsid, "--ctty", "--"] if terminal else []
        enclosed = [*self._host.drop_privileges, self._host.bwrap, "--args", str(arguments_fd), "--", *inner]
        if self._stage is None:
            return command + enclosed
        disk, system = (shlex.quote(path) for path in self._stage)
        # Root's own mount namespace, in which the folders stand where the unprivileged user can reach them.
        mount = shlex.quote(self._host.mount)
        script = f'{mount} --bind "$1" {disk} && {mount} --bind "$2" {system} && shift 2 && exec "$@"'
        command += [self._host.unshare, "--mount", "--propagation", "private", "--", "/bin/sh", "-c", script, "sh"]
        return [*command, str(self._rootfs), str(self._system), *enclosed]

    def _needs_staging(self) -> bool:
        return self._host.is_hidden(self._rootfs) or self._host.is_hidden(self._system)

    def _staging_folders(self) -> tuple[str, str]:
        folders = [
            folder
            for folder in _STAGING
            if Path(folder).is_dir() and not any(p.is_relative_to(folder) for p in (self._rootfs, self._system))
        ]
        if len(folders) < 2:
            raise MachineError(f"sandboxes run by root need two of the folders {', '.join(_STAGING)} on the host")
        return folders[0], folders[1]

    def _fixed_arguments(self, spec: MachineSpec) -> list[str]:
        disk, system = (Path(p) for p in self._stage) if self._stage else (self._rootfs, self._system)
        uid = str(user_id_of(spec.username))
        options = [*self._host.namespaces, "--die-with-parent"]
        options += ["--uid", uid, "--gid", uid, "--hostname", hostname_of(spec.name), "--clearenv"]
        options += userland()
        options += ["--dev", "/dev", "--proc", "/proc"]
        options += ["--ro-bind", str(system / "boot_id"), "/proc/sys/kernel/random/boot_id"]
        for name in WRITABLE:
            options += ["--bind", str(disk / name), f"/{name}"]
        options += ["--bind", str(system / "run"), "/run"]
        # The machine's id, once more by itself: that is how it is seen to be no part of the disk.
        for path in ("etc", "etc/machine-id"):
            options += ["--ro-bind", str(system / path), f"/{path}"]
        for name in LIVE_ETC:
            options += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
        options += _stubs(system / "etc/sandbox/bin")
        for name in ("mnt", "media", "boot", "sys"):
            options += ["--dir", f"/{name}"]
        return [*options, "--remount-ro", "/"]


def _stubs(commands: Path) -> list[str]:
    """Options that put the stubs in `commands` in the place of host commands with the same absolute path."""
    options = []
    for stub, names in STUBS.items():
        for name in () if stub in WRAPPERS else names:
            for path in (Path("/usr/bin", name), Path("/usr/sbin", name)):
                if path.is_file() and not path.is_symlink():
                    options += ["--ro-bind", str(commands / names[0]), str(path)]
    return options
