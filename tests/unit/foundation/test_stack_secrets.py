"""Which values of stack config count as secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from pulumi_hyperone.provider.foundation.stack_secrets import stack_secrets, written_config

HIDDEN = {"secure": "v1:abc:def"}
IMAGES = {"web": {"env": {"A": "sesame", "B": "plain"}, "list": ["x", "open"], "size": 10}}


def found(value: Any, written: Any, *keys: str) -> dict[str, str]:
    """What is secret in one key of stack config, by its place."""
    config = {"p:images": value if isinstance(value, str) else json.dumps(value)}
    return {str(secret): secret.text for secret in stack_secrets(config, {"p:images": written}, keys)}


def test_values_that_the_stack_file_marks_are_secret() -> None:
    """Only what is marked, at any depth; what the file has and the config lacks is passed over."""
    written = {"web": {"env": {"A": HIDDEN, "B": "plain", "gone": HIDDEN}, "list": ["x", HIDDEN, HIDDEN], "size": 10}}
    assert found(IMAGES, written) == {"p:images.web.env.A": "sesame", "p:images.web.list[1]": "open"}


def test_a_secret_that_is_structured_has_all_its_texts_secret() -> None:
    """A whole mapping as one secret, also a document in a text; numbers count as they are written."""
    whole = found(IMAGES, HIDDEN)
    assert {"sesame", "plain", "open", "x", "10", json.dumps(IMAGES)} == {*whole.values()} | {json.dumps(IMAGES)}
    assert found({"a": '{"key": "sesame"}'}, {"a": HIDDEN})["p:images.a.key"] == "sesame"
    assert found("sesame", HIDDEN) == {"p:images": "sesame"}


@pytest.mark.parametrize("written", [None, {}, {"web": {"env": {}}}, [], "text", {"web": {"secure": 1}}])
def test_a_key_that_is_secret_for_the_engine_alone_is_secret_as_a_whole(written: Any) -> None:
    """Where the file marks nothing in such a key, all its texts are hidden; in other keys nothing is."""
    assert found(IMAGES, written) == {}
    assert found(IMAGES, written, "p:images").keys() >= {"p:images.web.env.A", "p:images.web.env.B"}


@pytest.mark.parametrize("name", ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"])
@pytest.mark.parametrize("folder", [None, "stacks"])
def test_the_file_of_a_stack_is_found_as_the_engine_finds_it(tmp_path: Path, name: str, folder: str | None) -> None:
    """Beside the project's file or in its stackConfigDir, from a folder below too; old keys are read as new ones."""
    (tmp_path / name).write_text(json.dumps({"name": "p"} | ({"stackConfigDir": folder} if folder else {})))
    (tmp_path / (folder or ".")).mkdir(exist_ok=True)
    file = tmp_path / (folder or ".") / f"Pulumi.dev{Path(name).suffix}"
    file.write_text(json.dumps({"config": {"p:config:a": HIDDEN, "p:b": "x"}}))
    (tmp_path / "program").mkdir()
    assert written_config(tmp_path / "program", "me/dev") == {"p:a": HIDDEN, "p:b": "x"}
    assert written_config(tmp_path, "other") == {}


@pytest.mark.parametrize("text", ["", "config: [", "config: 1", "- a", "\0", "a: &a [*a]\nconfig: *a", "[" * 5000])
def test_a_file_that_cannot_be_read_marks_nothing(tmp_path: Path, text: str) -> None:
    """The settings' own checks say what is wrong with it."""
    (tmp_path / "Pulumi.yaml").write_text(yaml.safe_dump({"name": "p"}))
    (tmp_path / "Pulumi.dev.yaml").write_text(text)
    assert written_config(tmp_path, "dev") == {}


def test_secrets_do_not_show_in_their_repr() -> None:
    """A traceback or a log of the list tells none."""
    assert "sesame" not in repr(stack_secrets({"p:a": "sesame"}, {"p:a": HIDDEN}))
