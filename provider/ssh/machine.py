"""What the provider can do with a machine, the same whether it is reached over SSH or inside a chroot on it."""

from __future__ import annotations

import math
from abc import abstractmethod
from pathlib import Path
from typing import Self

from pulumi_hyperone.provider.ssh import download, upload
from pulumi_hyperone.provider.ssh.remote_shell import RemoteShell
from pulumi_hyperone.provider.ssh.upload import Writing

TRANSFER_TIMEOUT = 6 * 3600.0
"""Seconds after which a transfer is given up when the caller sets nothing."""


class Machine(RemoteShell):
    """A machine on which commands run and to which files go, by the rules of the table in docs/provisioners.md."""

    @abstractmethod
    def reconnect(self, *, timeout: float | None = None, at_most: float = math.inf) -> None:
        """Make a new session to the same host key, within `timeout` (default: ssh_timeout) and `at_most` seconds."""

    @abstractmethod
    def close(self) -> None:
        """End the session; harmless when it has ended."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def upload(
        self,
        local: Path | bytes,
        remote: str,
        *,
        mode: int | None = None,
        owner: str | None = None,
        timeout: float = TRANSFER_TIMEOUT,
    ) -> None:
        """Write a file in place, as scp does: an existing one keeps its mode and owner, links are followed.

        A new one gets the local file's mode (bytes: 0600) less the machine's umask; with `mode` both get just that.
        Where the folder of `remote` is missing, the file takes the folder's name. With `owner` ("root",
        "www-data:www-data") it is written by root and given to that owner. Raises TransferFailed.
        """
        self._write(local, remote, Writing(mode, owner or "", timeout))

    def _write(self, local: Path | bytes, remote: str, how: Writing) -> None:
        upload.upload(self, local, remote, how)

    def upload_tree(
        self,
        local: Path,
        remote: str,
        *,
        name: str = "",
        mode: int | None = None,
        owner: str | None = None,
        timeout: float = TRANSFER_TIMEOUT,
    ) -> None:
        """Put what is in the folder `local` into the folder `remote`, which is made when only it is missing.

        With `name` the folder itself is meant: it becomes `remote`/`name`, or `remote` where that does not exist.
        Symbolic links are followed. Modes are as in `upload`, a new folder's too; `mode` is that of files, and new
        folders get it with the x bits that go with it. `owner` gets what is written and made. Raises TransferFailed.
        """
        self._write_tree(local, remote, name, Writing(mode, owner or "", timeout))

    def _write_tree(self, local: Path, remote: str, name: str, how: Writing) -> None:
        upload.upload_tree(self, local, remote, name, how)

    def download(self, remote: str, local: Path, *, timeout: float = TRANSFER_TIMEOUT) -> None:
        """Copy a file of the machine to `local`, whole or not at all; a new file is 0644 less the umask here.

        Raises TransferFailed.
        """
        download.download(self, remote, local, timeout=timeout)

    def download_tree(self, remote: str, local: Path, *, timeout: float = TRANSFER_TIMEOUT) -> None:
        """Put the file or folder `remote` into the folder `local`, under its own name; folders are made.

        The last part of `remote` may be a pattern of the shell. Modes are those of the machine less the umask here;
        what exists keeps its own. Raises TransferFailed.
        """
        download.download_tree(self, remote, local, timeout=timeout)
