"""The `file` provisioner: files and folders to the machine, or from it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from pulumi_hyperone.provider.foundation.deadline import Deadline
from pulumi_hyperone.provider.foundation.errors import TransferFailed
from pulumi_hyperone.provider.foundation.faults import Fault
from pulumi_hyperone.provider.foundation.local_files import local_file
from pulumi_hyperone.provider.foundation.option import Option
from pulumi_hyperone.provider.foundation.weak_types import WeakBool, WeakStr, WeakStrList
from pulumi_hyperone.provider.provisioners.base import (
    NOT_REGULAR,
    Given,
    Provisioner,
    StepFailed,
    file_faults,
    hash_path,
    hash_value,
)
from pulumi_hyperone.provider.provisioners.context import STEP_TIMEOUT, RunContext
from pulumi_hyperone.provider.provisioners.meter import MEBIBYTE, Meter

if TYPE_CHECKING:
    from pulumi_hyperone.provider.ssh.machine import Machine

_PATTERN = frozenset("*?[")
_OWNER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}(:([A-Za-z0-9_][A-Za-z0-9_.-]{0,31})?)?")


class File(Provisioner):
    """Files and folders that are copied as Packer does, see docs/provisioners.md.

    `name/` is what is in the folder, `name` the folder itself.
    """

    volatile: ClassVar[frozenset[str]] = Provisioner.volatile | {"generated"}

    type: Literal["file"]
    source: Annotated[WeakStr, Option(file=True)] = ""
    sources: Annotated[WeakStrList, Option(file=True)] = Field(default_factory=list)
    content: WeakStr | None = None
    destination: Given
    direction: Literal["upload", "download"] = "upload"
    generated: WeakBool = False
    mode: WeakStr = ""
    owner: WeakStr = ""

    @field_validator("direction", mode="before")
    @classmethod
    def _default_direction(cls, value: object) -> object:
        return value or "upload"

    @field_validator("mode")
    @classmethod
    def _octal(cls, value: str) -> str:
        if value and not (set(value) <= set("01234567") and 3 <= len(value) <= 4):
            raise ValueError('must be three or four octal digits in quotes, such as "0644"')
        return value

    @field_validator("owner")
    @classmethod
    def _user_and_group(cls, value: str) -> str:
        if value and not _OWNER.fullmatch(value):
            raise ValueError("must be a user, or user:group, by names or numbers, such as www-data:www-data")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        given = [bool(self.source), bool(self.sources), self.content is not None]
        if sum(given) != 1:
            raise ValueError("exactly one of source, sources and content must be given")
        if self.direction == "download":
            if self.content is not None:
                raise ValueError("content is for uploads; a download needs source")
            if self.mode or self.owner:
                raise ValueError("mode and owner are for uploads")
            if any(set(posixpath.dirname(name.rstrip("/"))) & _PATTERN for name in self.names):
                raise ValueError("a pattern in the name of a download may only be in its last part")
        if self.content is not None and self.destination.endswith("/"):
            raise ValueError("content needs a file as destination, not a folder")
        return self

    @property
    def names(self) -> list[str]:
        """All sources."""
        return [name for _, name in self.named_files("")]

    @property
    def summary(self) -> str:
        """From where to where."""
        return f"{', '.join(self.names) or 'content'} to {self.destination}"

    def faults(self, base_dir: Path, path: str) -> list[Fault]:
        """Check that the sources can be read, unless they are only made during the build."""
        if self.direction == "download" or self.generated:
            return []
        return file_faults(self.named_files(path), base_dir, folders=True)

    def files(self) -> list[str]:
        """Return what is uploaded and there before the build."""
        return [] if self.direction == "download" or self.generated else self.names

    def parts(self, base_dir: Path) -> dict[str, str]:
        """Return the hashes of settings and sources; a download leaves no trace on the machine."""
        if self.direction == "download":
            return {}
        settings = self.model_dump(exclude=set(self.volatile), exclude_defaults=True)
        sources = {f"source {name}": hash_path(local_file(name, base_dir)) for name in self.files()}
        return {"settings": hash_value(settings), **sources}

    def run(self, machine: Machine, context: RunContext, time: Deadline) -> None:
        """Copy everything."""
        try:
            if self.content is not None:
                self._send(machine, self.content.encode(), self.destination, time)
            for name in self.names:
                with self._metered(machine, name, context):
                    if self.direction == "upload":
                        self._upload(machine, name, local_file(name, context.base_dir), time)
                    else:
                        self._download(machine, name, context.base_dir, time)
        except TransferFailed as error:
            raise StepFailed(str(error)) from None

    @contextmanager
    def _metered(self, machine: Machine, name: str, context: RunContext) -> Iterator[None]:
        """Say how far the transfer is while it runs; the log gets its beginning and, when it is worth it, its size."""
        what = f"{self.direction} of {name}"
        local = local_file(name, context.base_dir)
        total = local.stat().st_size if self.direction == "upload" and local.is_file() else None
        meter = Meter(context.log.mask(what), context.progress, total)
        context.log.note(what)
        before, machine.moved = machine.moved, meter.add
        try:
            yield
        finally:
            machine.moved = before
        if meter.moved >= MEBIBYTE:
            context.log.note(meter.summary())

    def _upload(self, machine: Machine, name: str, local: Path, time: Deadline) -> None:
        if not local.exists():
            raise StepFailed(f"{name} does not exist")
        if not local.is_dir():
            if not local.is_file():
                raise StepFailed(f"{name} {NOT_REGULAR}")
            target = self.destination
            self._send(machine, local, target + local.name if target.endswith("/") else target, time)
            return
        machine.upload_tree(
            local,
            self.destination,
            name="" if name.endswith("/") else _base(name) or local.resolve().name,
            mode=self._mode(),
            owner=self.owner or None,
            timeout=time.left(STEP_TIMEOUT),
        )

    def _send(self, machine: Machine, data: Path | bytes, target: str, time: Deadline) -> None:
        machine.upload(data, target, mode=self._mode(), owner=self.owner or None, timeout=time.left(STEP_TIMEOUT))

    def _mode(self) -> int | None:
        return int(self.mode, 8) if self.mode else None

    def _download(self, machine: Machine, name: str, base_dir: Path, time: Deadline) -> None:
        local = local_file(self.destination, base_dir)
        if name.endswith("/") or set(name) & _PATTERN:
            machine.download_tree(name, local, timeout=time.left(STEP_TIMEOUT))
        else:
            target = local / posixpath.basename(name) if self.destination.endswith("/") else local
            machine.download(name, target, timeout=time.left(STEP_TIMEOUT))


def _base(name: str) -> str:
    """Return the last part of a name, empty when that says nothing (`..`)."""
    base = posixpath.basename(name)
    return "" if base in (".", "..") else base
