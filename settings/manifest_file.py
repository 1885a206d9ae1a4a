"""The file of the option `manifest`: what may stand there before a build adds to it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from pulumi_hyperone.provider.foundation.faults import shown
from pulumi_hyperone.provider.foundation.local_files import is_of_the_kernel, local_file


def manifest_faults(name: str, base_dir: Path) -> list[str]:
    """Say why a manifest could not be written to the file `name`, seen from `base_dir`; empty when it could."""
    try:
        file = local_file(name, base_dir)
        if is_of_the_kernel(file) or (file.exists() and not file.is_file()):
            return [f"cannot be written to {shown(str(file))}: it is not a file"]
        folder = next(one for one in file.resolve().parents if one.exists())
        if not folder.is_dir():
            return [f"cannot be written to {shown(str(file))}: {shown(str(folder))} is not a folder"]
        if not os.access(folder, os.W_OK | os.X_OK):
            return [f"cannot be written to {shown(str(file))}: no write permission in {shown(str(folder))}"]
        read_manifest(file)
    except (OSError, RuntimeError, ValueError) as error:
        return [f"cannot be written to {shown(name)}: {getattr(error, 'strerror', None) or error}"]
    return []


def read_manifest(path: Path) -> dict[str, Any]:
    """Return the manifest in a file; one without builds where there is no file yet.

    Raises OSError, and ValueError when the file holds something else.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"builds": []}
    except (ValueError, RecursionError) as error:
        raise ValueError(f"what is there is not JSON ({error})") from None
    if not (isinstance(found, dict) and _is_list_of_mappings(found.get("builds"))):
        raise ValueError("what is there is not a manifest: it has no list of builds")
    return found


def _is_list_of_mappings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, dict) for part in value)
