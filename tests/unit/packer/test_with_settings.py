"""What is imported are settings that the settings model takes, and going out and in again changes nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulumi_hyperone.packer.importer import import_template
from pulumi_hyperone.packer.option_names import DROPPED, NEEDLESS, builder_options, provisioner_options
from pulumi_hyperone.packer.result import ImportResult
from pulumi_hyperone.packer.writer import stack_config
from pulumi_hyperone.settings import load_images
from pulumi_hyperone.settings.content import content_parts
from pulumi_hyperone.settings.rendered import values_of_build

Importer = Callable[..., ImportResult]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the local files that the corpus names."""
    for name in ("grub.sh", "cloud-init.sh", "fstab.sh"):
        path = tmp_path / "resources" / "ssh" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
    (tmp_path / "resources" / "fs").mkdir()
    (tmp_path / "a").write_text("x")
    return tmp_path


@pytest.mark.parametrize("name", ["plain.json", "freebsd.json", "history.json", "form.pkr.json", "functions.json"])
def test_imported_options_are_settings(name: str, imported: Importer, folder: Path) -> None:
    """The settings model finds no fault in what was imported."""
    images = {key: image.options for key, image in imported(name).images.items()}
    if name == "functions.json":
        images["functions"].pop("provisioners")
    loaded, faults = load_images({"images": images}, folder)
    assert faults == []
    assert list(loaded) == list(images)


def test_import_then_export_gives_the_same_fingerprint(imported: Importer, folder: Path) -> None:
    """Settings read from the written stack config decide the same content as those handed over directly."""
    result = imported("chroot.json")
    options = {key: dict(image.options) for key, image in result.images.items()}
    for image in options.values():
        image["provisioners"][0]["scripts"] = image["provisioners"][0]["scripts"].replace(", ", ",")
    direct, faults = load_images({"images": options}, folder)
    assert faults == []
    written = yaml.safe_load(stack_config(result, "chroot.json"))["config"]["hyperone-image:images"]
    written["chroot"]["provisioners"][0]["scripts"] = options["chroot"]["provisioners"][0]["scripts"]
    again, faults = load_images({"images": written}, folder)
    assert faults == []
    assert content_parts(direct["chroot"]) == content_parts(again["chroot"])


_TEXTS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=8) | st.lists(
    st.sampled_from(
        [
            "{{timestamp}}",
            "{{uuid}}",
            "{{build `ID`}}",
            "{{user `v`}}",
            '{{"{{"}}',
            "{{.Device}}",
            "{",
            "\\n",
            "\n",
            "'",
            "a ",
        ]
    ),
    max_size=4,
).map("".join)
_PARTS = st.fixed_dictionaries(
    {
        "options": st.dictionaries(
            st.sampled_from(["image_description", "disk_name", "user_data", "vm_tags"]), _TEXTS, max_size=4
        ),
        "inline": st.lists(_TEXTS.filter(str.strip), min_size=1, max_size=3),
        "env": st.dictionaries(st.sampled_from(["A", "B"]), _TEXTS),
        "variable": _TEXTS,
    }
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_PARTS)
def test_any_import_and_its_export_are_the_same_settings(tmp_path: Path, parts: dict[str, Any]) -> None:
    """Stack config written and read back decides the same content and renders the same, whatever texts are in it."""
    options = {key: {"t": text} if key == "vm_tags" else text for key, text in parts["options"].items()}
    builder = {"type": "hyperone", "source_image": "a", "vm_type": "b", "disk_size": "1.5", **options}
    shell = {"type": "shell", "inline": parts["inline"], "env": parts["env"]}
    template = {"variables": {"v": parts["variable"]}, "builders": [builder], "provisioners": [shell]}
    (tmp_path / "t.json").write_text(json.dumps(template), encoding="utf-8")
    result = import_template(tmp_path / "t.json", environ={}, cwd=tmp_path)
    written = yaml.safe_load(stack_config(result, "t.json"))["config"]["hyperone-image:images"]
    assert written == {name: image.options for name, image in result.images.items()}
    direct, faults = load_images({"images": {"t": result.images["t"].options}}, tmp_path)
    again, more = load_images({"images": written}, tmp_path)
    assert faults == more
    if direct:
        assert content_parts(direct["t"]) == content_parts(again["t"])
        assert (
            values_of_build(direct["t"], 3, "b")
            == values_of_build(again["t"], 3, "b")
            == values_of_build(again["t"], 3, "b")
        )


def test_rendered_settings_hold_what_packer_would_send(imported: Importer, folder: Path) -> None:
    """The timestamp of the build fills the names; description, wrapper and run-time fields are untouched."""
    images = {key: image.options for key, image in imported("history.json").images.items()}
    loaded, _ = load_images({"images": images}, folder)
    rendered = values_of_build(loaded["history"], timestamp=1_767_359_045, build_id="b1")
    assert rendered.chroot_mount_path == "/mnt/1767359045"
    assert rendered.image_name == "packer-1767359045"
    assert rendered.pre_mount_commands == ["mkfs.ext4 {{.Device}}1"]
    assert rendered.state_timeout == 300


def test_a_written_stand_in_for_a_secret_is_refused(corpus: Path, folder: Path) -> None:
    """Nothing can be built before the secrets are set."""
    result = import_template(corpus / "secrets.json", environ={"REDHAT_SECRET": "s3cr3t-token"}, cwd=corpus)
    written = yaml.safe_load(stack_config(result, "secrets.json"))["config"]["hyperone-image:images"]
    loaded, faults = load_images({"images": written}, folder)
    assert loaded == {}
    assert {fault.path.split("[")[0] for fault in faults} >= {
        "images.secrets.pre_mount_commands",
        "images.secrets.ssh_password",
    }


def test_what_has_no_effect_here_is_no_option_here() -> None:
    """An option of a provisioner is in a table only while its model lacks it."""
    for kind, options in [*DROPPED.items(), *NEEDLESS.items()]:
        assert not options & provisioner_options(kind)
    assert {"chroot_mounts", "ssh_username", "image_tag", "provisioners"} <= builder_options()
