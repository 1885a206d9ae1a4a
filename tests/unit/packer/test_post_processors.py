"""Post-processors: what comes over from a template, and what settings say about them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pulumi_hyperone.packer.result import ImportResult
from pulumi_hyperone.settings import load_images
from pulumi_hyperone.settings.content import content_parts

BUILDER = {"type": "hyperone", "source_image": "a", "vm_type": "b", "disk_size": 1}
Importer = Callable[..., ImportResult]


def imported(imported_text: Importer, *post_processors: Any) -> tuple[dict[str, Any], list[str], list[str]]:
    """Options of the image, what was dropped, and the faults."""
    result = imported_text(json.dumps({"builders": [BUILDER], "post-processors": list(post_processors)}))
    options = {} if not result.images else result.images["template"].options
    dropped = [f"{row.path}: {row.note}" for row in result.dropped]
    return options, dropped, [fault.message for fault in result.faults]


def test_manifest_and_shell_local_come_over(imported_text: Importer) -> None:
    """In order, with what Packer's own keys mean taken out; a manifest goes where Packer writes it."""
    local = {"type": "shell-local", "inline": ["echo {{build `ID`}}"], "keep_input_artifact": True, "name": "x"}
    options, dropped, faults = imported(imported_text, ["manifest", local], {**local, "except": ["hyperone"]})
    assert (dropped, faults) == ([], [])
    assert options["manifest"] == "packer-manifest.json"
    assert options["post_processors"] == [{"type": "shell-local", "inline": ["echo {{build `ID`}}"]}]


def test_a_manifest_may_go_elsewhere(imported_text: Importer) -> None:
    """Its output is kept, other options are dropped, unknown ones are faults."""
    manifest = {"type": "manifest", "output": "out/{{build_type}}.json", "strip_path": True, "custom_data": {"a": "b"}}
    options, dropped, faults = imported(imported_text, manifest)
    assert (options["manifest"], faults) == ("out/hyperone.json", [])
    assert [path.split(":")[0] for path in dropped] == [
        "post-processors[0].strip_path",
        "post-processors[0].custom_data",
    ]
    _, _, faults = imported(imported_text, {"type": "manifest", "ouput": "x"}, {"type": "manifest", "output": ["x"]})
    assert faults[0] == 'unknown option "ouput" of post-processor manifest; did you mean output?'
    assert "must be a path" in faults[1]


def test_others_are_dropped(imported_text: Importer) -> None:
    """The report names each with the reason."""
    options, dropped, faults = imported(imported_text, "compress", {"type": "checksum", "checksum_types": ["md5"]})
    assert faults == []
    assert "post_processors" not in options
    assert dropped == [
        f"post-processors[{number}]: this kind of post-processor is not supported" for number in range(2)
    ]


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ({"type": "shell", "inline": ["a"]}, "post_processors[0].type: must be shell-local, not 'shell'"),
        ({"type": "manifest"}, "not 'manifest'; the option manifest: PATH writes one"),
        ({"type": "shell-local"}, "exactly one of inline, script and scripts must be given"),
        ({"type": "shell-local", "script": "gone.sh"}, "post_processors[0].script: gone.sh does not exist"),
        ({"type": "shell-local", "inline": ["{{oops}}"]}, 'there is no function "oops"'),
    ],
)
def test_settings_find_what_is_wrong(entry: dict[str, Any], fault: str, tmp_path: Path) -> None:
    """Before anything is built."""
    options = {"source_image": "a", "vm_type": "b", "disk_size": 1, "post_processors": [entry]}
    _, faults = load_images({"images": {"web": options}}, tmp_path)
    assert any(fault in str(one) for one in faults), faults


def test_post_processors_decide_nothing_about_the_content(tmp_path: Path) -> None:
    """Another one runs without a new image."""

    def parts(*post_processors: Any) -> dict[str, str]:
        options = {"source_image": "a", "vm_type": "b", "disk_size": 1, "post_processors": list(post_processors)}
        images, faults = load_images({"images": {"web": options}}, tmp_path)
        assert faults == []
        return content_parts(images["web"])

    assert parts() == parts({"type": "shell-local", "inline": ["a"]})
