"""Files and folders to a machine, by plain commands (see transfer.py) with the rules of Packer's scp.

An existing file is written in place and keeps its mode and owner; a new one has the mode of the source less the umask.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from pulumi_hyperone.provider.foundation.errors import TransferFailed
from pulumi_hyperone.provider.ssh.remote_shell import RemoteShell
from pulumi_hyperone.provider.ssh.shell_text import script
from pulumi_hyperone.provider.ssh.tar import tar_stream
from pulumi_hyperone.provider.ssh.transfer import checked
from pulumi_hyperone.provider.ssh.tree import TreeEntry, TreeError, folder_mode, walk

CONTENT_MODE = 0o600
"""Mode of what has no local file; Packer sends it from a temporary file of its own."""
_AS_ASKED = "0"
"""The umask for a mode that was asked for: nothing is taken from it, and an existing file gets it too."""

_PUT = r"""
bits() { printf %o $((0$1 & ~0$2)); }
put() { # file, mode, umask, owner
  [ ! -d "$1" ] || { echo "$1 is a folder" >&2; return 21; }
  if [ -e "$1" ]; then
    # The mode of a device or pipe stays as it is.
    keep=; [ "$3" = 0 ] && [ -f "$1" ] || keep=1
    [ "$keep" ] || chmod "$(printf %o $((0$2 | 0200)))" "$1" || return
    cat > "$1" && { [ -z "$4" ] || chown "$4" "$1"; } && { [ "$keep" ] || chmod "$2" "$1"; }
  else
    (umask 077 && cat > "$1") && { [ -z "$4" ] || chown "$4" "$1"; } && chmod "$(bits "$2" "$3")" "$1"
  fi
}
"""
# A line is a mode and a name; in a name with a backslash, `\\` and `\n` stand for that and a line end.
_READ = r"""
next() {
  IFS= read -r line && [ -n "$line" ] || return
  mode=${line%% *} path=${line#* }
  case $path in *\\*) path=$(printf '%bx' "$path"); path=${path%x} ;; esac
}
"""
_WRITE = _PUT + 'to=$1/$2; [ -d "$1" ] || to=$1; put "$to" "$3" "${4:-$(umask)}" "$5"'
_FOLDERS = (
    _READ
    + r"""
to=$1 name=$2 mask=${3:-$(umask)} owner=$4 root= numbers= last= n=0
[ -z "$name" ] || [ ! -d "$to" ] || { to=$to/$name; root=$name; }
while next; do
  folder=$to${path:+/$path}
  if [ ! -d "$folder" ]; then
    [ "$mode" = "$last" ] || { last=$mode; bits=$(printf %o $((0${mode#d} & ~0$mask | 0700))); }
    mkdir -m "$bits" "$folder" || exit
    [ -z "$owner" ] || chown "$owner" "$folder" || exit
  else echo "there $n"; fi
  n=$((n + 1))
done
if [ -n "$owner" ]; then
  probe=$(mktemp) && chown "$owner" "$probe" &&
    numbers=$(stat -c %u:%g "$probe" 2>/dev/null || stat -f %u:%g "$probe")
  code=$?; rm -f "$probe"; [ "$code" = 0 ] || exit "$code"
fi
tar=; command -v tar >/dev/null 2>&1 && tar=1
echo "ready $mask:${root:+1}:$tar:$numbers"
"""
)
_FILES = (
    _READ
    + r"""
n=0
while next; do
  file=$1/$path
  [ ! -d "$file" ] || { echo "$file is a folder" >&2; exit 21; }
  [ ! -e "$file" ] && [ ! -L "$file" ] || echo "there $n"
  n=$((n + 1))
done
"""
)
_UNPACK = 'tar "-xpm$2f" - -C "$1"'
_OVERWRITE = (
    _PUT
    + _READ
    + r"""
to=$1 mask=${2:-$(umask)} owner=$3; shift 3
new=$(mktemp -d) || exit; trap 'rm -rf "$new"' EXIT; trap 'exit 1' HUP INT TERM
while next; do set -- "$@" "$mode" "$path"; done
tar -xmof - -C "$new" || exit
while [ $# -gt 0 ]; do put "$to/$2" "$1" "$mask" "$owner" < "$new/$2" || exit; shift 2; done
"""
)


@dataclass(frozen=True)
class Writing:
    """How to write: the mode that was asked for, the owner it is given to (empty: the login's), seconds at most."""

    mode: int | None
    owner: str
    timeout: float

    @property
    def umask(self) -> str:
        """The umask that counts; empty for that of the machine."""
        return "" if self.mode is None else _AS_ASKED


def upload(machine: RemoteShell, local: Path | bytes, remote: str, how: Writing) -> None:
    """Write one file; see Machine.upload."""
    remote = machine.remote_path(remote)
    if isinstance(local, bytes):
        _write(machine, local, remote, CONTENT_MODE, how)
        return
    try:
        with local.open("rb") as file:
            found = os.stat(file.fileno()).st_mode & 0o777
            _write(machine, file, remote, found, how)
    except OSError as error:
        raise TransferFailed(f"upload to {remote} failed: {local}: {error.strerror}") from None


def _write(machine: RemoteShell, data: bytes | BinaryIO, remote: str, found: int, how: Writing) -> None:
    folder, name = posixpath.split(remote)
    mode = f"{found if how.mode is None else how.mode:o}"
    command = script(_WRITE, folder or ".", name, mode, how.umask, how.owner)
    command = machine.as_root(command) if how.owner else command
    checked(machine, command, f"upload to {remote}", stdin=data, timeout=how.timeout)


def upload_tree(machine: RemoteShell, local: Path, remote: str, name: str, how: Writing) -> None:
    """Write a tree; see Machine.upload_tree."""
    remote = machine.remote_path(remote.rstrip("/") or "/")
    try:
        root = TreeEntry("", os.fspath(local), True, local.stat().st_mode & 0o777, 0, False)
        entries = [_with_mode(entry, how.mode) for entry in (root, *walk(local))]
        _Tree(machine, f"upload of {local} to {remote}", entries, how).send(remote, name)
    except (TreeError, OSError) as error:
        raise TransferFailed(f"upload of {local} to {remote} failed: {error}") from None


def _with_mode(entry: TreeEntry, mode: int | None) -> TreeEntry:
    if mode is None:
        return entry
    return replace(entry, mode=folder_mode(mode) if entry.is_dir else mode)


@dataclass(frozen=True)
class _Tree:
    """One tree on its way; the modes of its entries are those of the source, or the one that was asked for."""

    machine: RemoteShell
    what: str
    entries: list[TreeEntry]
    how: Writing

    def send(self, remote: str, name: str) -> None:
        """Make the folders; then write the files, those that exist in place."""
        folders = [entry for entry in self.entries if entry.is_dir]
        known, ready = self._ask(script(_FOLDERS, remote, name, self.how.umask, self.how.owner), folders)
        umask, inside, tar, numbers = ready.removeprefix("ready ").split(":", 3)
        root = f"{remote}/{name}" if inside else remote
        files = [entry for entry in self.entries if not entry.is_dir]
        old = self._existing(root, known, files)
        mask = int(self.how.umask or umask, 8)
        if tar:
            self._unpack(root, [replace(e, mode=e.mode & ~mask) for e in files if e.name not in old], numbers)
            self._overwrite(root, [entry for entry in files if entry.name in old])
        else:
            self._write_one_by_one(root, files)
        new = [folder for folder in folders if folder.name not in known]
        for folder in (replace(e, mode=e.mode & ~mask) for e in reversed(new)):
            if folder.mode & 0o700 != 0o700:
                self._run(script('chmod "$1" "$2"', f"{folder.mode:o}", posixpath.join(root, folder.name)))

    def _existing(self, root: str, folders: set[str], files: list[TreeEntry]) -> set[str]:
        """The names of the files that are there; in new folders there are none, and a shell would look for long."""
        possible = [file for file in files if posixpath.dirname(file.name) in folders]
        return self._ask(script(_FILES, root), possible)[0] if possible else set()

    def _ask(self, command: str, entries: list[TreeEntry]) -> tuple[set[str], str]:
        """Tell a command about entries; return the names of those that are there, and its line "ready …"."""
        output = bytearray()
        self._run(command, stdin=_lines(entries), on_stdout=output.extend)
        lines = output.decode().splitlines()
        there = {entries[int(line.removeprefix("there "))].name for line in lines if line.startswith("there ")}
        return there, next((line for line in lines if line.startswith("ready ")), "")

    def _unpack(self, root: str, entries: list[TreeEntry], numbers: str) -> None:
        if entries:
            user, _, group = numbers.partition(":")
            owner = (int(user), int(group)) if numbers else None
            self._run(script(_UNPACK, root, "" if owner else "o"), stdin=tar_stream(entries, owner))

    def _overwrite(self, root: str, entries: list[TreeEntry]) -> None:
        """Send everything before the first file is touched: a broken line leaves the old files whole."""
        if entries:

            def pieces() -> Iterator[bytes]:
                yield _lines(entries)
                yield from tar_stream((replace(entry, mode=0o600) for entry in entries), None)

            self._run(script(_OVERWRITE, root, self.how.umask, self.how.owner), stdin=pieces())

    def _write_one_by_one(self, root: str, entries: list[TreeEntry]) -> None:
        """Do without tar: slow, but a shell and cat are everywhere."""
        for entry in entries:
            with open(entry.path, "rb") as file:
                _write(self.machine, file, posixpath.join(root, entry.name), entry.mode, self.how)

    def _run(self, command: str, **streams: object) -> None:
        command = self.machine.as_root(command) if self.how.owner else command
        checked(self.machine, command, self.what, timeout=self.how.timeout, **streams)  # type: ignore[arg-type]


def _lines(entries: Iterable[TreeEntry]) -> bytes:
    """Tell the machine about entries, as `_READ` understands it; an empty line ends them."""
    lines = []
    for entry in entries:
        name = entry.name.replace("\\", "\\\\").replace("\n", "\\n")
        lines.append(f"{'d' * entry.is_dir}{entry.mode:o} {name}\n".encode(errors="surrogateescape"))
    return b"".join([*lines, b"\n"])
