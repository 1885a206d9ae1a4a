"""Templates are filled once when settings are read; only what a build changes is filled again."""

import pytest

from pulumi_hyperone.settings import rendered
from pulumi_hyperone.settings.content import content_parts
from pulumi_hyperone.settings.rendered import known_values, values_of_build, volatile_options

TEXTS = {
    "image_name": "web-{{timestamp}}",
    "image_tags": {"by": "{{build_name}}", "at": "{{isotime}}"},
    "vm_name": "{{upper `vm`}}",
    "provisioners": [
        {"type": "shell", "inline": ["echo {{build_name}}", "echo {{template_dir}}"]},
        {"type": "shell", "inline": ["echo {{timestamp}}"]},
    ],
}


@pytest.fixture
def renderings(monkeypatch):
    """The templates that are rendered, in order."""
    seen = []
    once = rendered.render_text

    def render_text(text, *arguments, **options):
        seen.append(text)
        return once(text, *arguments, **options)

    monkeypatch.setattr(rendered, "render_text", render_text)
    return seen


def test_each_template_is_filled_once_until_there_is_a_build(good, renderings):
    """Checks, known values and the fingerprint rest on one rendering; a build renders what it changes, once."""
    settings = good(**TEXTS)
    written = [text for text in renderings if text != "/mnt/packer-hyperone-volumes/{{timestamp}}"]
    steps = ("echo {{build_name}}", "echo {{template_dir}}", "echo {{timestamp}}")
    options = ("web-{{timestamp}}", "{{build_name}}", "{{isotime}}", "{{upper `vm`}}", "{{.Command}}")
    assert sorted(written) == sorted([*options, *steps])
    renderings.clear()
    assert known_values(settings).vm_name == "VM"
    assert content_parts(settings)
    assert renderings == []
    assert values_of_build(settings, 7, "b").image_name == "web-7"
    assert sorted(renderings) == sorted(
        ["web-{{timestamp}}", "{{isotime}}", "echo {{timestamp}}", "/mnt/packer-hyperone-volumes/{{timestamp}}"]
    )


def test_options_that_each_build_changes_are_named(good):
    """The renderer says which; an option that gets a part of its value from such a one is among them."""
    assert volatile_options(good(**TEXTS)) == {
        "chroot_mount_path",
        "image_name",
        "image_tag",
        "image_tags",
        "provisioners",
    }
    assert "vm_tags" in volatile_options(good(vm_tag=[{"name": "at", "value": "{{timestamp}}"}]))


def test_the_folder_of_the_settings_is_no_content(good, load, tmp_path):
    """The same settings in another folder, on another computer, make the same image."""
    settings = good(**TEXTS)
    moved = settings.with_found(folder=tmp_path / "elsewhere", texts={}, steps={})
    assert content_parts(moved) == content_parts(settings)
    assert known_values(moved).provisioners[0]["inline"][1].endswith("/elsewhere")
