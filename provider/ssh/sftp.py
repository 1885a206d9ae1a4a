"""File transfer by SFTP, for `ssh_file_transfer_method: sftp`."""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import paramiko

from pulumi_hyperone.provider.foundation.errors import ConnectionLost, TransferFailed
from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.ssh.ending import close_soon
from pulumi_hyperone.provider.ssh.tree import TreeEntry, walk

PIECE = 32 * 1024
_STALL = 300.0
"""Seconds without any answer after which a transfer is given up."""


class SftpTransfer:
    """Transfers over one transport; each opens a channel of its own and closes it."""

    def __init__(
        self, transport: paramiko.Transport, interruption: Interruption, moved: Callable[[int], None] = lambda _: None
    ) -> None:
        self._transport = transport
        self._interruption = interruption
        self._moved = moved

    def upload(self, local: Path | bytes, remote: str, mode: int) -> None:
        """Write one file."""
        with self._client(f"upload to {remote}") as sftp:
            self._put(sftp, local, remote, mode)

    def upload_tree(self, local: Path, remote: str, mode: int | None) -> None:
        """Write what is in `local` into the folder `remote`, which is made with its parents when missing."""
        with self._client(f"upload of {local} to {remote}") as sftp:
            _make_folders(sftp, remote)
            for entry in walk(local):
                target = posixpath.join(remote, entry.name)
                if entry.is_dir:
                    _make_folder(sftp, target, entry)
                else:
                    self._put(sftp, Path(entry.path), target, entry.mode if mode is None else mode)

    def download(self, remote: str, local: Path) -> None:
        """Read one file."""
        with self._client(f"download of {remote}") as sftp:
            sftp.get(remote, os.fspath(local))

    def download_tree(self, remote: str, local: Path) -> None:
        """Read what is in the folder `remote` into the folder `local`; links are followed."""
        with self._client(f"download of {remote}") as sftp:
            self._get_tree(sftp, remote, local)

    @contextmanager
    def _client(self, what: str) -> Iterator[paramiko.SFTPClient]:
        try:
            channel = self._transport.open_session(timeout=60)
            channel.settimeout(_STALL)
            channel.invoke_subsystem("sftp")
            with self._interruption.calling(partial(close_soon, channel)), paramiko.SFTPClient(channel) as sftp:
                yield sftp
        except (paramiko.SSHException, EOFError, OSError) as error:
            self._interruption.check()
            if isinstance(error, EOFError | OSError) and not str(error):
                # The channel's end is seen a moment before that of the session.
                self._transport.join(timeout=1.0)
            if not self._transport.is_active():
                raise ConnectionLost(f"the SSH connection was lost during the {what}") from None
            raise TransferFailed(f"{what} failed: {str(error) or 'the SFTP server ended'}") from None

    def _put(self, sftp: paramiko.SFTPClient, local: Path | bytes, remote: str, mode: int) -> None:
        with sftp.open(remote, "wb") as target:
            target.set_pipelined(True)
            if isinstance(local, bytes):
                target.write(local)
                self._moved(len(local))
            else:
                with local.open("rb") as source:
                    while piece := source.read(PIECE):
                        target.write(piece)
                        self._moved(len(piece))
        sftp.chmod(remote, mode)

    def _get_tree(self, sftp: paramiko.SFTPClient, remote: str, local: Path) -> None:
        local.mkdir(parents=True, exist_ok=True)
        for name in sftp.listdir(remote):
            path = posixpath.join(remote, name)
            mode = sftp.stat(path).st_mode or 0
            if stat.S_ISDIR(mode):
                self._get_tree(sftp, path, local / name)
            elif stat.S_ISREG(mode):
                sftp.get(path, os.fspath(local / name))
                (local / name).chmod(mode & 0o777)


def _make_folders(sftp: paramiko.SFTPClient, path: str) -> None:
    try:
        sftp.stat(path)
    except FileNotFoundError:
        parent = posixpath.dirname(path)
        if parent and parent != path:
            _make_folders(sftp, parent)
        sftp.mkdir(path)


def _make_folder(sftp: paramiko.SFTPClient, path: str, entry: TreeEntry) -> None:
    try:
        sftp.mkdir(path, entry.mode)
    except OSError:
        # It was there, or it cannot be made: then its files say so.
        sftp.stat(path)
