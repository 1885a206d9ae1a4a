"""What `override` lays over a step, templates in the keys of maps, and user data that is base64 already."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pulumi_hyperone.packer.importer import import_template
from pulumi_hyperone.packer.result import ImportResult

Importer = Callable[..., ImportResult]
BUILDER = {"type": "hyperone", "source_image": "debian", "vm_type": "a1.nano", "disk_size": 10}


def warnings(result: ImportResult) -> list[str]:
    """Path and note of every warning."""
    return [f"{row.path}: {row.note}" for row in result.report if row.kind == "warning"]


@pytest.mark.parametrize(
    ("own", "override", "expected", "kept"),
    [
        (["a", "b", "c"], ["x"], ["x"], 2),
        (["a", "b"], ["x", "y"], ["x", "y"], 0),
        (["a"], ["x", "y"], ["x", "y"], 0),
        ("a,b,c", "x,y", "x,y", 1),
        (["a"], [], [], 1),
    ],
)
def test_a_shorter_list_is_warned_about(
    imported_text: Importer, own: object, override: object, expected: object, kept: int
) -> None:
    """Packer keeps the entries behind it; here the list is replaced, and the report says which are gone."""
    step = {"type": "shell", "inline": own, "override": {"hyperone": {"inline": override}}}
    result = imported_text(json.dumps({"builders": [BUILDER], "provisioners": [step]}))
    assert result.images["template"].options["provisioners"][0]["inline"] == expected
    found = [warning for warning in warnings(result) if "Packer puts these over" in warning]
    assert [warning.partition(": ")[0] for warning in found] == ["provisioners[0].override.hyperone.inline"] * bool(
        kept
    )
    assert all(f"keeps the last {kept}" in warning for warning in found)


def test_maps_are_put_together_as_in_packer(imported_text: Importer) -> None:
    """A map in an override adds its keys to those of the step."""
    step = {
        "type": "shell",
        "inline": ["a"],
        "env": {"A": "1", "B": "2"},
        "override": {"hyperone": {"env": {"B": "3"}}},
    }
    result = imported_text(json.dumps({"builders": [BUILDER], "provisioners": [step]}))
    assert result.images["template"].options["provisioners"][0]["env"] == {"A": "1", "B": "3"}
    assert warnings(result) == []


def test_a_template_in_a_key_is_rendered(imported_text: Importer) -> None:
    """Tags may be named by variables, in both languages; places and rows follow the rendered key."""
    builder = {**BUILDER, "image_tags": {"{{user `tag`}}-{{build_type}}": "x", "plain": "y"}}
    result = imported_text(json.dumps({"variables": {"tag": "team"}, "builders": [builder]}))
    assert result.images["template"].options["image_tags"] == {"team-hyperone": "x", "plain": "y"}
    assert "image_tags.team-hyperone" in result.images["template"].places
    text = 'source "hyperone" "web" { image_tags = { "{{build_type}}" = 1 } }\nbuild { sources = ["hyperone.web"] }'
    assert imported_text(text, "a.pkr.hcl").images["web"].options["image_tags"] == {"hyperone": 1}


@pytest.mark.parametrize(
    ("tags", "fault"),
    [
        ({"{{timestamp}}": 1}, "depends on the build"),
        ({"{{build `ID`}}": 1}, "depends on the build"),
        ({"{{user `secret`}}": 1}, "holds a secret"),
        ({"{{user `tag`}}": 1, "team": 2}, 'the key "team" appears twice'),
        ({"{{oops}}": 1}, 'there is no function "oops"'),
        ({"a\x1b[2J": 1}, "without control characters"),
    ],
)
def test_a_key_that_cannot_be_rendered_is_a_fault(imported_text: Importer, tags: dict[str, Any], fault: str) -> None:
    """Rather than a tag that nobody asked for."""
    template = {
        "variables": {"tag": "team", "secret": "hunter22"},
        "sensitive-variables": ["secret"],
        "builders": [{**BUILDER, "image_tags": tags}],
    }
    faults = [str(one) for one in imported_text(json.dumps(template)).faults]
    assert any(fault in one for one in faults), faults
    assert "hunter22" not in " ".join(faults)


def test_a_key_that_hcl_cannot_know_yet_is_a_fault(imported_text: Importer) -> None:
    """The time of the build can be a value, not a key."""
    text = 'source "hyperone" "web" { image_tags = { "${timestamp()}" = 1 } }\nbuild { sources = ["hyperone.web"] }'
    assert "a key must be known before the build" in imported_text(text, "a.pkr.hcl").faults[0].message


def test_paths_may_be_texts(tmp_path: Path) -> None:
    """As everywhere in Python, relative ones too."""
    (tmp_path / "web.json").write_text(
        json.dumps({"variables": {"a": ""}, "builders": [{**BUILDER, "vm_name": "{{user `a`}}"}]})
    )
    (tmp_path / "vars.json").write_text('{"a": "b"}')
    for template in ("web.json", str(tmp_path / "web.json")):
        result = import_template(template, var_files=["vars.json"], environ={}, cwd=tmp_path)
        assert result.images["web"].options["vm_name"] == "b"


@pytest.mark.parametrize("option", ["user_data", "user_data_file"])
@pytest.mark.parametrize(
    ("document", "warned"),
    [("some words of an odd kind", True), ("#cloud-config\n{}", False), ("#!/bin/sh\ntrue", False)],
)
def test_base64_that_is_encoded_again_is_warned_about(
    imported_text: Importer, tmp_path: Path, option: str, document: str, warned: bool
) -> None:
    """Packer sends it as it is; a known document is recognised and left alone."""
    content = base64.b64encode(document.encode()).decode()
    (tmp_path / "data").write_text(content + "\n")
    value = content if option == "user_data" else "data"
    result = imported_text(json.dumps({"builders": [{**BUILDER, option: value}]}))
    assert [warning.split(":")[0] for warning in warnings(result)] == [f"builders[0].{option}"] * warned
    plain = imported_text(json.dumps({"builders": [{**BUILDER, "user_data": document}]}))
    assert warnings(plain) == []
