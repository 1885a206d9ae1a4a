"""The manifest file: Packer's shape, one entry for each image."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("content", ["not json", "[]", '{"builds": 1}'])
def test_a_file_that_is_no_manifest_is_left_alone(tmp_path, content):
    """Something else at that path is never overwritten."""
    path = tmp_path / "manifest.json"
    path.write_text(content)
    with pytest.raises(ValueError, match="what is there is not"):
        write_manifest(path, manifest_entry("web", OUTPUTS))
    assert path.read_text() == content
