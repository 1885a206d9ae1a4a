"""What all provisioners share: their common options, their hashes, and the time that they have."""

from __future__ import annotations

import hashlib
import json
import os
from abc import abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from pulumi_hyperone.provider.foundation.deadline import Deadline
from pulumi_hyperone.provider.foundation.errors import HyperOneError
from pulumi_hyperone.provider.foundation.faults import Fault, join_path
from pulumi_hyperone.provider.foundation.local_files import local_file, may_never_end
from pulumi_hyperone.provider.foundation.option import facts
from pulumi_hyperone.provider.foundation.weak_types import Duration, WeakInt, WeakModel, WeakStr
from pulumi_hyperone.provider.provisioners.context import RunContext
from pulumi_hyperone.provider.ssh.tree import TreeError, walk

if TYPE_CHECKING:
    from pulumi_hyperone.provider.ssh.machine import Machine

NOT_REGULAR = "is neither a file nor a folder"
"""What is wrong with devices, pipes and sockets: reading them may never end."""


class StepFailed(HyperOneError):
    """What a provisioner did has failed; the message is a short phrase (`exit code 3`), the output is in the log."""


def _given(value: str) -> str:
    if not value:
        raise ValueError("is required")
    return value


Given = Annotated[WeakStr, AfterValidator(_given)]
"""Text that is not empty."""


class Provisioner(WeakModel):
    """One provisioner. `pause_before` counts into `timeout`; each of `max_retries` repeats both (Packer's order)."""

    volatile: ClassVar[frozenset[str]] = frozenset({"type", "pause_before", "timeout", "max_retries"})
    """Options that do not decide what is on the machine afterwards, and so not the fingerprint."""
    leaves_trace: ClassVar[bool] = True
    """Whether the machine is another one afterwards, so that it is in the fingerprint."""

    type: str
    pause_before: Annotated[Duration, Field(ge=0)] = 0.0
    timeout: Annotated[Duration, Field(ge=0)] = 0.0
    max_retries: Annotated[WeakInt, Field(ge=0)] = 0

    @property
    def summary(self) -> str:
        """What it runs, in a few words for messages; empty where the type says it all."""
        return ""

    def named_files(self, path: str) -> list[tuple[str, str]]:
        """Return the local files and folders that options name, each with the option's place below `path`."""
        found = []
        for option, fact in facts(type(self)).items():
            value = getattr(self, option) if fact.file else ""
            if isinstance(value, str):
                found.append((join_path(path, option), value))
            else:
                found += [(join_path(path, option, position), name) for position, name in enumerate(value)]
        return [(place, name) for place, name in found if name]

    def faults(self, base_dir: Path, path: str) -> list[Fault]:
        """Check what only this computer can tell, such as local files."""
        return file_faults(self.named_files(path), base_dir)

    def files(self) -> list[str]:
        """Return the names of local files and folders whose content goes to the machine."""
        return [name for _, name in self.named_files("")]

    def beside(self, base_dir: Path) -> list[str]:  # noqa: ARG002 (most read only what they name)
        """Return the names of local folders that it reads without being told to, those that are there."""
        return []

    def parts(self, base_dir: Path) -> dict[str, str]:
        """Return what decides the content that it leaves: label → sha256 hex.

        Labels are for people ("settings", "scripts/base.sh", "source files/"). Waits, time-outs and retries are left
        out; what leaves no trace (sleep, breakpoint, downloads) has no parts. Secrets only go in hashed, together with
        the rest of the settings.
        """
        if not self.leaves_trace:
            return {}
        settings = self.model_dump(exclude=set(self.volatile), exclude_defaults=True)
        found = {"settings": hash_value(settings)}
        for name in (*self.files(), *self.beside(base_dir)):
            found[name] = hash_path(local_file(name, base_dir))
        return found

    @abstractmethod
    def run(self, machine: Machine, context: RunContext, time: Deadline) -> None:
        """Do it, within `time`. Raises StepFailed or what the machine raises."""


def hash_value(value: Any) -> str:
    """Hash a value made of mappings, lists, texts and numbers, independent of the order of mappings."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def hash_path(path: Path) -> str:
    """Hash a file (mode and bytes) or a folder (names, modes and bytes of all in it).

    What is missing, or neither a file nor a folder, has a hash of that: reading a device may never end.
    """
    digest = hashlib.sha256()
    try:
        if path.is_dir():
            for entry in walk(path):
                kind = "folder" if entry.is_dir else "file"
                digest.update(f"{kind} {entry.mode:o} {entry.name}\0".encode(errors="surrogateescape"))
                if not entry.is_dir:
                    _update(digest, entry.path)
        elif path.is_file():
            digest.update(f"file {os.stat(path).st_mode & 0o777:o}\0".encode())
            _update(digest, os.fspath(path))
        else:
            digest.update(b"special" if path.exists() else b"missing")
    except TreeError as error:
        digest.update(f"unreadable {error}".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _update(digest: Any, path: str) -> None:
    with open(path, "rb") as file:
        digest.update(hashlib.file_digest(file, "sha256").digest())


def file_faults(names: Iterable[tuple[str, str]], base_dir: Path, *, folders: bool = False) -> list[Fault]:
    """Check that local files exist and can be read; `names` pairs the option's path with the file's name."""
    found = []
    for path, name in names:
        file = local_file(name, base_dir)
        try:
            if may_never_end(file):
                found.append(Fault(path, f"{name} {NOT_REGULAR}"))
                continue
            if not file.is_dir():
                with file.open("rb"):
                    continue
            if not folders:
                found.append(Fault(path, f"{name} is a folder, not a file"))
                continue
            unreadable = [entry.path for entry in walk(file) if not entry.is_dir and not os.access(entry.path, os.R_OK)]
            found.extend(Fault(path, f"{name} cannot be read") for name in unreadable)
        except FileNotFoundError:
            found.append(Fault(path, f"{name} does not exist (looked in {file.parent.resolve()})"))
        except OSError as error:
            found.append(Fault(path, f"{name} cannot be read: {error.strerror}"))
        except TreeError as error:
            found.append(Fault(path, str(error)))
    return found
