"""Get a session with a machine: dial, shake hands, log in, and ask for more until a command really ran."""

from __future__ import annotations

import shlex
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Required, TypedDict, Unpack

import paramiko

from pulumi_hyperone.provider.foundation.errors import ConnectFailed, ConnectionLost, DeadlineExceeded, HostKeyChanged
from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.foundation.local_files import local_file
from pulumi_hyperone.provider.ssh.command import RunningCommand
from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions
from pulumi_hyperone.provider.ssh.connection import Connection, open_connection
from pulumi_hyperone.provider.ssh.dial import POLL, DirectDialer, Unreachable, dial_proxy, dial_through, stretch
from pulumi_hyperone.provider.ssh.login import HandshakeFailed, Login, login_of
from pulumi_hyperone.provider.ssh.remote_shell import Streams
from pulumi_hyperone.provider.ssh.shell_text import Tail, quote

READY_TIMEOUT = 60.0
REFUSED_PAUSE = 5.0
"""Longest pause in seconds between two refused logins, so that no guard on the machine locks us out."""
_NOT_FOUND = 127
"""Exit code of shells for a command that is missing, which no waiting brings."""
# A machine that is going down is not ready.
_READY = '[ "$(systemctl is-system-running 2>/dev/null)" != stopping ] || exit 75; echo ready'


class Way(TypedDict, total=False):
    """What is needed to get to a machine besides its options.

    `private_keys` are PEM texts, offered before the user's own. `host_key` is the pin of an earlier session of the
    build; without one the first key seen is pinned. Relative key files are seen from `base_dir`.
    """

    private_keys: Sequence[str]
    host_key: str | None
    interruption: Required[Interruption]
    progress: Callable[[str], None]
    base_dir: Path


class Connector:
    """Connects to one machine, again and again: the host keys of the first time are pinned."""

    def __init__(self, options: CommunicatorOptions, host: str, **way: Unpack[Way]) -> None:
        self.options = options
        self.host = options.ssh_host or host
        self.host_key = way.get("host_key") or ""
        """The pinned host key as one OpenSSH line without a comment; to be kept for later sessions of this build."""
        self.interruption = way["interruption"]
        self.progress: Callable[[str], None] = way.get("progress", lambda _: None)
        self._began = time.monotonic()
        self._bastion_key: str | None = None
        self._bastion: Connection | None = None
        self._last_reason = ""
        self._begins: dict[Login, int] = {}
        self.private_keys = tuple(way.get("private_keys", ()))
        self.base_dir = way.get("base_dir", Path())
        self._login = login_of(options, "ssh", self.base_dir, self.private_keys)
        self._bastion_login = login_of(options, "ssh_bastion", self.base_dir)

    @property
    def address(self) -> str:
        """User, host and port, as in messages."""
        return f"{self.options.ssh_username}@{self.host}:{self.options.ssh_port}"

    def connect(self, timeout: float) -> Connection:
        """Return a session in which a command ran; ask four times a second until `timeout`.

        Raises ConnectFailed with the last reason, HostKeyChanged, Interrupted.
        """
        self._began = time.monotonic()
        end = self._began + timeout
        refused = 0
        self._last_reason = ""
        self.progress(f"waiting for SSH on {self.address}")
        while True:
            self.interruption.check()
            pause = POLL * stretch(self._began)
            try:
                return self._attempt(end)
            except (Unreachable, HandshakeFailed, ConnectionLost, DeadlineExceeded) as error:
                # What was seen before is nearer to the cause than that time is up.
                if time.monotonic() < end or not self._last_reason:
                    self._note(str(error))
                if isinstance(error, HandshakeFailed) and error.refused:
                    refused += 1
                    pause = min(POLL * 2 ** (refused - 1), REFUSED_PAUSE)
                    limit = self.options.ssh_handshake_attempts
                    if limit and refused >= limit:
                        raise ConnectFailed(self._failure(f"after {refused} attempts")) from None
            if time.monotonic() + pause >= end:
                raise ConnectFailed(self._failure(f"within {round(timeout, 1):g} s")) from None
            self.interruption.sleep(pause)

    def _note(self, reason: str) -> None:
        if reason != self._last_reason:
            self._last_reason = reason
            self.progress(f"waiting for SSH on {self.address}: {reason}")

    def _failure(self, when: str) -> str:
        return (
            f"no SSH session with {self.address} {when}; last reason: {self._last_reason}. "
            "Check ssh_username, the keys, the network of the machine, and ssh_timeout"
        )

    def _attempt(self, end: float) -> Connection:
        """Try once to get a session in which a command ran."""
        options = self.options
        if options.ssh_bastion_host and (self._bastion is None or not self._bastion.transport.is_active()):
            self._bastion = self._open_bastion(end)
        sock: socket.socket | paramiko.Channel
        if self._bastion is not None:
            sock = dial_through(self._bastion.transport, self.host, options.ssh_port, _left(end))
        elif options.ssh_proxy_host:
            sock = dial_proxy(options, self.host, options.ssh_port, _left(end))
        else:
            sock = self._dialer(self.host, options.ssh_port).dial(end)
        connection = self._handshake(sock, self._login, self.host_key or None, end)
        try:
            connection.watch(options.ssh_keep_alive_interval, options.ssh_read_write_timeout)
            with connection.starting():
                self._probe(connection, min(READY_TIMEOUT, _left(end)))
        except BaseException:
            connection.close()
            raise
        self.host_key = self.host_key or connection.host_key
        return connection

    def _dialer(self, host: str, port: int) -> DirectDialer:
        return DirectDialer(host, port, self.interruption, self._note, began=self._began)

    def _open_bastion(self, end: float) -> Connection:
        options = self.options
        dialer = self._dialer(options.ssh_bastion_host, options.ssh_bastion_port)
        try:
            connection = self._handshake(dialer.dial(end), self._bastion_login, self._bastion_key, end)
        except HandshakeFailed as error:
            raise HandshakeFailed(f"bastion {options.ssh_bastion_host}: {error}", refused=error.refused) from None
        except HostKeyChanged as error:
            raise HostKeyChanged(f"bastion {options.ssh_bastion_host}: {error}") from None
        connection.watch(options.ssh_keep_alive_interval, options.ssh_read_write_timeout)
        self._bastion_key = connection.host_key
        return connection

    def _handshake(
        self, sock: socket.socket | paramiko.Channel, login: Login, pinned: str | None, end: float
    ) -> Connection:
        begin = self._begins.pop(login, 0)
        try:
            with self.interruption.calling(sock.close):
                return open_connection(
                    sock,
                    login,
                    pinned=pinned,
                    ciphers=self.options.ssh_ciphers,
                    exchanges=self.options.ssh_key_exchange_algorithms,
                    begin=begin,
                    timeout=_left(end),
                )
        except HandshakeFailed as error:
            self._begins[login] = error.go_on_at
            raise

    def _probe(self, connection: Connection, timeout: float) -> None:
        """Run the readiness command. Raises HandshakeFailed when it did not run, ConnectFailed when it never will."""
        tail = Tail()
        streams: Streams = {"on_stdout": tail.feed, "on_stderr": tail.feed, "timeout": timeout}
        code = RunningCommand(connection, self.interruption, streams).run(f"/bin/sh -c {quote(_READY)}")
        text = " ".join(tail.lines())
        if code == 75:
            raise HandshakeFailed("the machine is going down")
        if code == _NOT_FOUND:
            raise ConnectFailed(
                f"{self.address} takes the login but cannot run commands: {text[-200:]} (exit code {code}). "
                "Provisioners need a machine with /bin/sh and cat; use another source image or communicator: none"
            )
        if code != 0 or not text:
            raise HandshakeFailed(f"logged in, but no command runs yet (exit code {code}): {text[-200:]}")

    def proxy_command(self, folder: Path) -> str:
        """Return OpenSSH's ProxyCommand through the bastion, its files in `folder`; empty without a bastion."""
        options = self.options
        if not options.ssh_bastion_host or self._bastion is None:
            return ""
        known_hosts = folder / "bastion_known_hosts"
        port = options.ssh_bastion_port
        known_hosts.write_text(f"[{options.ssh_bastion_host}]:{port} {self._bastion.host_key}\n")
        command = ["ssh", "-W", "[%h]:%p", "-p", str(port), "-l", self._bastion_login.username]
        command += ["-o", f"UserKnownHostsFile={known_hosts}", "-o", "BatchMode=yes"]
        if options.ssh_bastion_private_key_file:
            command += ["-i", str(local_file(options.ssh_bastion_private_key_file, self.base_dir).resolve())]
        if options.ssh_bastion_certificate_file:
            certificate = local_file(options.ssh_bastion_certificate_file, self.base_dir).resolve()
            command += ["-o", f"CertificateFile={certificate}"]
        return shlex.join([*command, options.ssh_bastion_host])

    def close(self) -> None:
        """End the session with the bastion, if there is one."""
        if self._bastion is not None:
            self._bastion.close()
            self._bastion = None


def _left(end: float) -> float:
    return max(0.1, end - time.monotonic())
