"""A manifest of what was built, in the shape of Packer's `manifest` post-processor."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pulumi_hyperone.provider.foundation.deadline import Deadline
from pulumi_hyperone.provider.foundation.local_files import local_file, replace_file
from pulumi_hyperone.settings import ImageSettings
from pulumi_hyperone.settings.manifest_file import read_manifest
from pulumi_hyperone.settings.rendered import values_of_build

BUILDER_TYPE = "hyperone"
CUSTOM_DATA = ("image_name", "source_image_id", "fingerprint")
ALONE_WITHIN = 30.0
"""Seconds to wait for others that write a manifest; each takes milliseconds."""


def manifest_entry(name: str, outputs: Mapping[str, Any], mask: Callable[[str], str] = str) -> dict[str, Any]:
    """Packer's entry for one build: the image's id is the artifact, the build id is the run's UUID.

    `outputs` are those of the component, `build_time` (Unix seconds) among them; `mask` hides secrets in texts.
    """
    build_id = outputs.get("build_id") or ""
    return {
        "name": name,
        "builder_type": BUILDER_TYPE,
        "build_time": int(outputs.get("build_time") or 0),
        "files": None,
        "artifact_id": outputs["image_id"],
        "packer_run_uuid": str(uuid.UUID(build_id)) if build_id else "",
        "custom_data": {key: mask(str(outputs[key])) for key in CUSTOM_DATA if outputs.get(key)},
    }


def manifest_file(settings: ImageSettings, outputs: Mapping[str, Any]) -> Path:
    """The file that the option `manifest` names, its templates filled with the id and time of the build."""
    timestamp, build_id = int(outputs.get("build_time") or 0), outputs.get("build_id") or ""
    return local_file(values_of_build(settings, timestamp, build_id).manifest or "", settings.base_dir)


def write_manifest(path: Path, entry: Mapping[str, Any]) -> None:
    """Add the entry to the file, as Packer does; an image that is in it already is not added again.

    The file is replaced as a whole, so that readers never see half of it; a link stays and leads to the new file.
    Raises OSError, and ValueError when the file holds something other than a manifest.
    """
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone_in(path.parent):
        manifest = read_manifest(path)
        manifest["builds"] = [old for old in manifest["builds"] if _key(old) != _key(entry)] + [dict(entry)]
        manifest["last_run_uuid"] = entry["packer_run_uuid"]
        replace_file(path, (json.dumps(manifest, indent=2) + "\n").encode(), private=False)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep other stacks and images from writing a manifest in the folder: of two at once, one entry would be lost.

    The folder is what is locked, so no lock file stays. Raises TimeoutError.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        deadline = Deadline(ALONE_WITHIN)
        while not _locked(handle):
            if deadline.expired:
                raise TimeoutError(errno.ETIMEDOUT, f"another process has had {folder} locked for {ALONE_WITHIN:g} s")
            time.sleep(0.02)
        yield
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    """Lock unless another has it; file systems without locks let everybody write."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _key(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    return entry.get("name"), entry.get("artifact_id")
