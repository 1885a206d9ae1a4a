"""`hyperone plugin FOLDER` writes over nothing but an earlier plugin of its own."""

from __future__ import annotations

import os

import pytest

from pulumi_hyperone.command.plugin import plugin
from pulumi_hyperone.provider.foundation.errors import SettingsError


def contents(folder):
    """What is in the files of a folder, by their names."""
    return {file.name: file.read_text() for file in folder.iterdir()}


@pytest.mark.parametrize(
    "there",
    [
        {"PulumiPlugin.yaml": "runtime: python\n"},
        {"PulumiPlugin.yaml": "runtime: python\n", "__main__.py": "component_provider_host([Mine], 'mine')\n"},
        {"__main__.py": "print('mine')\n"},
    ],
)
def test_somebody_elses_plugin_is_left_alone(there, tmp_path):
    """PulumiPlugin.yaml is in the folder of every plugin; ours is told by the code that it runs."""
    for name, text in there.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(SettingsError, match="already exists and is not this plugin"):
        plugin(tmp_path)
    assert contents(tmp_path) == there


@pytest.mark.parametrize("lost", [(), ("PulumiPlugin.yaml",)])
def test_an_earlier_plugin_is_written_anew(lost, tmp_path):
    """Also one that was only written in part."""
    folder = tmp_path / "new" / "plugin"
    plugin(folder)
    written = contents(folder)
    (folder / "PulumiPlugin.yaml").write_text("runtime: elsewhere\n")
    for name in lost:
        (folder / name).unlink()
    plugin(folder)
    assert contents(folder) == written
    assert sorted(written) == ["PulumiPlugin.yaml", "__main__.py"]


def test_a_folder_that_cannot_be_made_is_said_in_one_line(tmp_path):
    """With the folder and the system's reason."""
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="file/plugin cannot be written: not a directory"):
        plugin(tmp_path / "file" / "plugin")
    with pytest.raises(SettingsError, match="cannot be written: file name too long"):
        plugin(tmp_path / ("x" * (os.pathconf(tmp_path, "PC_NAME_MAX") + 1)))
