"""A root file system mounted on a machine, used like a machine of its own."""

from __future__ import annotations

import math
from typing import Unpack

from pulumi_hyperone.provider.foundation.fields import FIELD
from pulumi_hyperone.provider.ssh.machine import Machine
from pulumi_hyperone.provider.ssh.remote_shell import Streams
from pulumi_hyperone.provider.ssh.shell_text import quote


def wrap(wrapper: str, command: str) -> str:
    """Put a command line into the textual wrapper (`sudo {{.Command}}`); nothing is quoted or parsed."""
    return FIELD.sub(lambda field: command if field[1] == "Command" else field[0], wrapper)


class ChrootMachine(Machine):
    """Runs everything inside the root file system at `mount_path` of another machine.

    `wrapper` is Packer's `chroot_command_wrapper`. What runs inside is root, so root-only places are written directly.
    Commands start in `/`; relative paths are seen from there and `~/` is `/root/`.
    Paths are resolved inside, so an absolute symbolic link in the image never leads out to the machine around it.
    """

    def __init__(self, machine: Machine, mount_path: str, wrapper: str = "{{.Command}}") -> None:
        super().__init__()
        self.machine = machine
        self.mount_path = mount_path
        self.mask = machine.mask
        self.pty = machine.pty
        self._wrapper = wrapper

    def command_line(self, command: str) -> str:
        """Return the command line on the outer machine; inside, `command` arrives unchanged."""
        inner = f"chroot {quote(self.mount_path)} /bin/sh -c {quote(command)}"
        # A wrapper that adds nothing leaves it to us to become root, which chroot needs.
        plain = wrap(self._wrapper, "").strip() == ""
        return wrap(self._wrapper, self.machine.as_root(inner) if plain else inner)

    def stream(self, command: str, **streams: Unpack[Streams]) -> int:
        """Run one command line inside; see Machine.stream."""
        return self.machine.stream(self.command_line(command), **streams)

    def reconnect(self, *, timeout: float | None = None, at_most: float = math.inf) -> None:
        """Make a new session with the machine around it."""
        self.machine.reconnect(timeout=timeout, at_most=at_most)

    def close(self) -> None:
        """End the session of the machine around it."""
        self.machine.close()

    def as_root(self, command: str) -> str:
        """Return the command as it is: inside, everything is root."""
        return command

    def remote_path(self, path: str) -> str:
        """Return the path seen from the root folder of the mounted file system."""
        if path == "~":
            return "/root"
        if path.startswith("~/"):
            return f"/root/{path[2:]}"
        return path if path.startswith("/") else f"/{path}"
