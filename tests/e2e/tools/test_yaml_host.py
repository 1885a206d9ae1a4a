"""Programs in YAML under the real engine."""

from __future__ import annotations

from typing import Any

import pytest

from tools.engine import ensure

pytestmark = pytest.mark.e2e

PROGRAM = """
name: probe
runtime: yaml
variables:
  words: [a, secret, of, "${word}"]
outputs:
  sentence: {fn::join: [" ", "${words}"]}
"""


def test_program_in_yaml_goes_through_its_whole_life(project: Any) -> None:
    """Preview, up and destroy work, and what is made of a secret is one."""
    project.write("Pulumi.yaml", PROGRAM)
    project.run("preview")
    assert "[secret]" in project.run("up", "--yes", "--skip-preview")
    assert '"sentence": "a secret of hush-hush"' in project.run("stack", "output", "--json", "--show-secrets")
    project.run("destroy", "--yes", "--skip-preview")


def test_fault_in_yaml_is_shown_where_it_is(project: Any) -> None:
    """A name that is not there ends the preview, with its line in the file."""
    project.write("Pulumi.yaml", PROGRAM.replace("${word}", "${wrod}"))
    text = project.run("preview", fails=True)
    assert "on Pulumi.yaml line 5" in text
    assert "wrod" in text


def test_languages_are_made_once() -> None:
    """Who asks for them again has the same files."""
    folder = ensure.engine(languages=True).folder
    host = folder / "pulumi-language-yaml"
    before = host.stat()
    assert ensure.engine(languages=True).folder == folder
    assert (host.stat().st_ino, host.stat().st_mtime) == (before.st_ino, before.st_mtime)
