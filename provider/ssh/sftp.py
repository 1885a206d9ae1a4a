"""File transfer by SFTP, for `ssh_file_transfer_method: sftp`."""

from __future__ import annotations

import io
import os
import posixpath
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import paramiko

from pulumi_hyperone.provider.foundation.deadline import Deadline
from pulumi_hyperone.provider.foundation.errors import ConnectionLost, DeadlineExceeded, HyperOneError, TransferFailed
from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.ssh.login_transport import closing_after
from pulumi_hyperone.provider.ssh.termination import close_soon
from pulumi_hyperone.provider.ssh.tree import LINK_MODE, TreeError, folder_mode, walk

PIECE = 32 * 1024
_STALL = 300.0
"""Seconds without any answer after which a transfer is given up."""


class SftpTransfer:
    """Transfers over one transport; each opens a channel of its own and closes it, after `timeout` seconds at last."""

    def __init__(
        self, transport: paramiko.Transport, interruption: Interruption, moved: Callable[[int], None], timeout: float
    ) -> None:
        self._transport = transport
        self._interruption = interruption
        self._moved = moved
        self._timeout = timeout

    def upload(self, local: Path | bytes, remote: str, mode: int) -> None:
        """Write one file, and give it the mode."""
        with self._client(f"upload to {remote}") as sftp:
            self._put(sftp, local, remote, mode)

    def upload_tree(self, local: Path, remote: str, name: str, mode: int | None) -> None:
        """Write what is in `local` into the folder `remote`, made when missing; with `name`, into `remote`/`name`.

        All but links get the modes of the source, folders that exist too, except for `remote` itself.
        """
        with self._client(f"upload of {local} to {remote}") as sftp:
            root = posixpath.join(remote, name)
            folders = [(root, local.stat().st_mode & 0o777)] if _make_folder(sftp, root) or name else []
            for entry in walk(local):
                target = posixpath.join(root, entry.name)
                if entry.is_dir:
                    _make_folder(sftp, target)
                    folders.append((target, entry.mode))
                else:
                    usual = entry.is_link and entry.mode == LINK_MODE
                    self._put(sftp, Path(entry.path), target, (None if usual else entry.mode) if mode is None else mode)
            # A folder that its owner may not write is filled first.
            for target, found in reversed(folders):
                sftp.chmod(_bytes(target), found if mode is None else folder_mode(mode))

    def download(self, remote: str, local: Path) -> None:
        """Read one file."""
        with self._client(f"download of {remote}") as sftp:
            sftp.get(_bytes(remote), os.fspath(local))

    @contextmanager
    def _client(self, what: str) -> Iterator[paramiko.SFTPClient]:
        deadline = Deadline(self._timeout)
        try:
            channel = self._transport.open_session(timeout=deadline.left(60))
            with self._interruption.calling(partial(close_soon, channel)), closing_after(channel, deadline.remaining):
                channel.settimeout(_STALL)
                channel.invoke_subsystem("sftp")
                with paramiko.SFTPClient(channel) as sftp:
                    yield sftp
        except (HyperOneError, TreeError):
            raise
        except Exception as error:  # noqa: BLE001 - paramiko raises whatever ended the session
            self._interruption.check()
            if deadline.expired:
                raise DeadlineExceeded(f"the {what} did not end within {deadline.seconds:g} s") from None
            if isinstance(error, EOFError | OSError) and not str(error):
                # The channel's end is seen a moment before that of the session.
                self._transport.join(timeout=1.0)
            if not self._transport.is_active():
                raise ConnectionLost(f"the SSH connection was lost during the {what}") from None
            raise TransferFailed(f"{what} failed: {str(error) or 'the SFTP server ended'}") from None

    def _put(self, sftp: paramiko.SFTPClient, local: Path | bytes, remote: str, mode: int | None) -> None:
        with (
            io.BytesIO(local) if isinstance(local, bytes) else local.open("rb") as source,
            sftp.open(_bytes(remote), "wb") as target,
        ):
            if mode is not None:
                # Before the first byte: nobody reads meanwhile what only the owner may read.
                target.chmod(mode)
            piece = source.read(PIECE)
            while piece:
                following = source.read(PIECE)
                # With the last piece all answers are read: what is refused later, closing would not tell.
                target.set_pipelined(bool(following))
                target.write(piece)
                self._moved(len(piece))
                piece = following


def _make_folder(sftp: paramiko.SFTPClient, path: str) -> bool:
    """Make a folder unless it is there; return whether it was made. Raises OSError."""
    try:
        if stat.S_ISDIR(sftp.stat(_bytes(path)).st_mode or 0):
            return False
    except FileNotFoundError:
        pass
    sftp.mkdir(_bytes(path))
    return True


def _bytes(path: str) -> bytes:
    """The name of a file, which need not be UTF-8 here."""
    return path.encode(errors="surrogateescape")
