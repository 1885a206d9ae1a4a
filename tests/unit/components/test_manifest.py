"""The manifest file: Packer's shape, one entry for each image."""

from __future__ import annotations

import fcntl
import json
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from pulumi_hyperone.components import manifest
from pulumi_hyperone.components.manifest import manifest_entry, manifest_file, write_manifest
from pulumi_hyperone.settings import load_images

OUTPUTS = {
    "image_id": "5a1",
    "image_name": "web-1",
    "build_id": "0123456789abcdef0123456789abcdef",
    "fingerprint": "ff",
    "source_image_id": "5a0",
    "build_time": 1795432146.0,
}


def test_an_entry_has_the_fields_of_packers_manifest():
    """The image's id is the artifact; the build id, as a UUID, stands for the run."""
    assert manifest_entry("web", OUTPUTS) == {
        "name": "web",
        "builder_type": "hyperone",
        "build_time": 1795432146,
        "files": None,
        "artifact_id": "5a1",
        "packer_run_uuid": "01234567-89ab-cdef-0123-456789abcdef",
        "custom_data": {"image_name": "web-1", "source_image_id": "5a0", "fingerprint": "ff"},
    }


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("out/m.json", "/stack/out/m.json"),
        ("~/m.json", "~/m.json"),
        ("{{lower `M`}}-{{timestamp}}", "/stack/m-1795432146"),
    ],
)
def test_the_file_is_the_one_that_was_checked(name, file):
    """A name with ~ or a template in it means what it means when the settings are read."""
    options = {"source_image": "debian", "vm_type": "a1.nano", "disk_size": 10, "manifest": name}
    images, _ = load_images({"images": {"web": options}}, Path("/stack"))
    assert manifest_file(images["web"], OUTPUTS) == Path(file).expanduser()


def test_images_are_added_and_the_same_one_only_once(tmp_path):
    """Another image is appended, as Packer does; an unchanged `up` leaves the file as it is."""
    path = tmp_path / "out" / "manifest.json"
    first, second = (manifest_entry("web", {**OUTPUTS, "image_id": id_}) for id_ in ("5a1", "5a2"))
    for entry in (first, first, second):
        write_manifest(path, entry)
    written = json.loads(path.read_text())
    assert [build["artifact_id"] for build in written["builds"]] == ["5a1", "5a2"]
    assert written["last_run_uuid"] == second["packer_run_uuid"]
    assert [found.name for found in path.parent.iterdir()] == ["manifest.json"]


def test_no_entry_is_lost_when_several_write_at_once(tmp_path):
    """Stacks may share a manifest, and images of one stack are finished at the same time."""
    path = tmp_path / "manifest.json"
    entries = [manifest_entry("web", {**OUTPUTS, "image_id": str(number)}) for number in range(80)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(partial(write_manifest, path), entries))
    written = json.loads(path.read_text())["builds"]
    assert {build["artifact_id"] for build in written} == {entry["artifact_id"] for entry in entries}
    assert [found.name for found in tmp_path.iterdir()] == ["manifest.json"]


def test_another_that_writes_for_ever_is_not_waited_for(tmp_path, monkeypatch):
    """A process that was stopped in the middle is named by its folder."""
    monkeypatch.setattr(manifest, "ALONE_WITHIN", 0.1)
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(TimeoutError, match="another process has had"):
        write_manifest(tmp_path / "manifest.json", manifest_entry("web", OUTPUTS))
    os.close(handle)


def test_a_link_stays_a_link(tmp_path):
    """A shared manifest that a project links to is the one that is written."""
    (tmp_path / "shared").mkdir()
    (tmp_path / "manifest.json").symlink_to("shared/all.json")
    write_manifest(tmp_path / "manifest.json", manifest_entry("web", OUTPUTS))
    assert (tmp_path / "manifest.json").is_symlink()
    assert len(json.loads((tmp_path / "shared" / "all.json").read_text())["builds"]) == 1


@pytest.mark.parametrize("content", ["not json", "[]", '{"builds": 1}', '{"builds": [null]}'])
def test_a_file_that_is_no_manifest_is_left_alone(tmp_path, content):
    """Something else at that path is never overwritten."""
    path = tmp_path / "manifest.json"
    path.write_text(content)
    with pytest.raises(ValueError, match="what is there is not"):
        write_manifest(path, manifest_entry("web", OUTPUTS))
    assert path.read_text() == content
