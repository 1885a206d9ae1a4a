"""Options about what is known of an image: its record, and what must not be left in it (docs/records.md)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pulumi_hyperone.provider.foundation.faults import shown
from pulumi_hyperone.provider.foundation.local_files import is_of_the_kernel, local_file
from pulumi_hyperone.provider.foundation.option import Option
from pulumi_hyperone.provider.foundation.weak_types import Expects, WeakBool, WeakModel, WeakStr


class RecordOptions(WeakModel):
    """What is looked at on the machine before it is stopped. Nothing of it decides what is in the image."""

    record: Annotated[WeakBool, Option(shapes=True, of_image=True)] = False
    record_dir: Annotated[WeakStr | None, Option(shapes=True, text="line")] = None
    residue: Annotated[
        Literal["ignore", "report", "fail", "clean"],
        Expects("ignore, report, fail or clean"),
        Option(shapes=True),
    ] = "ignore"

    @property
    def searches(self) -> str | None:
        """What becomes of residue; None where it is not searched for."""
        return None if self.residue == "ignore" else self.residue


def record_dir_faults(name: str, base_dir: Path) -> list[str]:
    """Say why records could not be copied to the folder `name`, seen from `base_dir`; empty when they could."""
    try:
        folder = local_file(name, base_dir)
        if is_of_the_kernel(folder):
            return [f"cannot be a folder of records: nothing can be kept in {shown(name)}"]
        there = next(one for one in (folder.resolve(), *folder.resolve().parents) if one.exists())
        if not there.is_dir():
            return [f"cannot be a folder of records: {shown(str(there))} is not a folder"]
        if not os.access(there, os.W_OK | os.X_OK):
            return [f"cannot be a folder of records: no write permission in {shown(str(there))}"]
    except (OSError, RuntimeError, ValueError) as error:
        return [f"cannot be a folder of records: {getattr(error, 'strerror', None) or error}"]
    return []
