"""A machine reached over SSH: ready when a command ran, its host key pinned, reconnected after reboots."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Self, Unpack

from pulumi_hyperone.provider.foundation.deadline import Deadline
from pulumi_hyperone.provider.foundation.errors import ConnectionLost, TransferFailed
from pulumi_hyperone.provider.foundation.local_files import local_file
from pulumi_hyperone.provider.ssh.command import RunningCommand
from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions
from pulumi_hyperone.provider.ssh.connection import Connection
from pulumi_hyperone.provider.ssh.connector import READY_TIMEOUT, Connector, Way
from pulumi_hyperone.provider.ssh.download import part_of
from pulumi_hyperone.provider.ssh.image_steps import wait_for_cloud_init
from pulumi_hyperone.provider.ssh.machine import TRANSFER_TIMEOUT, Machine
from pulumi_hyperone.provider.ssh.remote_shell import Streams
from pulumi_hyperone.provider.ssh.sftp import SftpTransfer
from pulumi_hyperone.provider.ssh.tree import TreeError
from pulumi_hyperone.provider.ssh.upload import CONTENT_MODE, Writing


class SshMachine(Machine):
    """An SSH session to one machine; make it with `connect`."""

    def __init__(self, connector: Connector) -> None:
        super().__init__()
        self.options = connector.options
        self.interruption = connector.interruption
        self.pty = connector.options.ssh_pty
        self.cloud_init = ""
        """How cloud-init ended, where `wait_for` names it: "done", "error: …"; see `wait_for_cloud_init`."""
        self._connector = connector
        self._connection: Connection | None = None
        self._is_root: bool | None = None

    @classmethod
    def connect(
        cls, communicator: CommunicatorOptions, host: str, *, deadline: float | None = None, **way: Unpack[Way]
    ) -> Self:
        """Wait until a command really runs on the machine, and return it.

        `deadline` is in seconds from now (default: ssh_timeout). `options.ssh_host` wins over `host`.
        Raises ConnectFailed with the last reason, HostKeyChanged, Interrupted, SettingsError for unusable keys.
        """
        connector = Connector(communicator, host, **way)
        machine, progress = cls(connector), connector.progress
        if pause := communicator.pause_before_connecting:
            progress(f"waiting {pause:g} s before connecting")
            machine.interruption.sleep(pause)
        end = Deadline(communicator.ssh_timeout if deadline is None else deadline)
        try:
            machine._connection = connector.connect(end.remaining)
            if "cloud-init" in communicator.wait_for:
                progress("waiting for cloud-init to finish")
                machine.cloud_init = wait_for_cloud_init(machine, end.remaining)
                progress(f"cloud-init ended: {machine.cloud_init}")
        except BaseException:
            machine.close()
            raise
        return machine

    @property
    def host(self) -> str:
        """The address of the machine."""
        return self._connector.host

    @property
    def host_key(self) -> str:
        """The pinned host key as one OpenSSH line without a comment; to be kept for later sessions of this build."""
        return self._connector.host_key

    def stream(self, command: str, **streams: Unpack[Streams]) -> int:
        """Run one command line; see Machine.stream. `pty` asks for a terminal, as `ssh_pty` does for provisioners."""
        if self._connection is None:
            raise ConnectionLost("there is no SSH connection")
        forward = self.options.ssh_agent_auth and not self.options.ssh_disable_agent_forwarding
        return RunningCommand(self._connection, self.interruption, streams, forward_agent=forward).run(command)

    def reconnect(self, *, timeout: float | None = None, at_most: float = math.inf) -> None:
        """Make a new session to the same host key; see Machine.reconnect."""
        self.close()
        wait = self.options.ssh_timeout if timeout is None else timeout
        self._connection = self._connector.connect(min(wait, at_most))

    def close(self) -> None:
        """End the session; harmless when it has ended."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._connector.close()

    def as_root(self, command: str) -> str:
        """Prefix with `sudo -n` unless the login is root itself."""
        if self._is_root is None:
            self._is_root = self.run("id -u", timeout=READY_TIMEOUT, capture=True).text == "0"
        return command if self._is_root else f"sudo -n {command}"

    def remote_path(self, path: str) -> str:
        """Return a path for commands; they start in the home folder, so `~/` needs nothing."""
        if path == "~":
            return "."
        path = path.removeprefix("~/") or "."
        return f"./{path}" if path.startswith("-") else path

    def write_private_key(self, path: Path) -> Path | None:
        """Put the first private key of the login into a private file for an OpenSSH client; None without one."""
        if self._connector.private_keys:
            text = self._connector.private_keys[0]
            path.touch(mode=0o600)
            path.write_text(text if text.endswith("\n") else f"{text}\n")
            return path
        name = self.options.ssh_private_key_file
        return local_file(name, self._connector.base_dir).resolve() if name else None

    def proxy_command(self, folder: Path) -> str:
        """Return OpenSSH's ProxyCommand through the bastion, its files in `folder`; empty without a bastion."""
        return self._connector.proxy_command(folder)

    def _write(self, local: Path | bytes, remote: str, how: Writing) -> None:
        """Write by the configured method; with an owner by the default one. By SFTP modes are exact, without umask."""
        if self.options.ssh_file_transfer_method == "scp" or how.owner:
            super()._write(local, remote, how)
            return
        try:
            found = CONTENT_MODE if isinstance(local, bytes) else local.stat().st_mode & 0o777
        except OSError as error:
            raise TransferFailed(f"upload to {remote} failed: {local!r}: {error.strerror}") from None
        self._sftp(how.timeout).upload(local, self.remote_path(remote), found if how.mode is None else how.mode)

    def _write_tree(self, local: Path, remote: str, name: str, how: Writing) -> None:
        """The same for a tree; by SFTP `name` is a folder in `remote`, and folders that exist get the modes, too."""
        if self.options.ssh_file_transfer_method == "scp" or how.owner:
            super()._write_tree(local, remote, name, how)
            return
        try:
            self._sftp(how.timeout).upload_tree(local, self.remote_path(remote.rstrip("/") or "/"), name, how.mode)
        except TreeError as error:
            raise TransferFailed(f"upload of {local} to {remote} failed: {error}") from None

    def download(self, remote: str, local: Path, *, timeout: float = TRANSFER_TIMEOUT) -> None:
        """Read a file by the configured method; see Machine.download. Trees never come by SFTP, as in Packer."""
        if self.options.ssh_file_transfer_method == "scp":
            super().download(remote, local, timeout=timeout)
            return
        with part_of(local, f"download of {remote}") as part:
            self._sftp(timeout).download(self.remote_path(remote), part)

    def _sftp(self, timeout: float) -> SftpTransfer:
        if self._connection is None or not self._connection.transport.is_active():
            raise ConnectionLost("there is no SSH connection")
        return SftpTransfer(self._connection.transport, self.interruption, self.moved, timeout)
