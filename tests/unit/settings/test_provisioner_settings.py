"""Provisioners in an image's settings: templates, faults, and their part in the content."""

import pytest

from pulumi_hyperone.provider.resources.build import reasons_to_rebuild
from pulumi_hyperone.settings.content import content_parts
from pulumi_hyperone.settings.rendered import values_of_build

SHELL = {"type": "shell", "inline": ["echo hello"]}


def test_templates_of_provisioners_are_filled(good):
    """Texts are rendered for the build; what is known only when the provisioner runs stays."""
    settings = good(
        provisioners=[
            {
                "type": "shell",
                "inline": ["echo {{timestamp}} {{build_name}}"],
                "environment_vars": ["A={{uuid}}"],
                "execute_command": "sudo {{ .Vars }} {{.Path}} # {{timestamp}}",
                "max_retries": 2.0,
            }
        ]
    )
    (entry,) = values_of_build(settings, 5, "b1").provisioners
    assert entry["inline"] == ["echo 5 base"]
    assert entry["execute_command"] == "sudo {{.Vars}} {{.Path}} # 5"
    assert entry["environment_vars"][0].startswith("A=00000005-")
    assert entry["max_retries"] == 2.0
    assert values_of_build(settings, 5, "b1").provisioners == [entry]


@pytest.mark.parametrize(
    ("provisioners", "path"),
    [
        ("shell", "[0]"),
        ([SHELL, 4], "[1]"),
        ([{}], "[0].type"),
        ([{"type": "shel"}], "[0].type"),
        ([SHELL | {"inlined": "x"}], "[0].inlined"),
        ([SHELL | {"inline": ["{{nope}}"]}], "[0].inline[0]"),
        ([SHELL | {"execute_command": "{{.Pth}} {{.Path}}"}], "[0]"),
        ([SHELL | {"execute_command": "{{upper .Path}}"}], "[0]"),
        ([SHELL | {"timeout": "5"}], "[0].timeout"),
        ([{"type": "shell", "script": "gone.sh"}], "[0].script"),
        ([{"type": "shell", "scripts": ["gone.sh"]}], "[0].scripts[0]"),
    ],
)
def test_faults_of_provisioners_have_their_path(faults, provisioners, path):
    """Each fault is at its provisioner, below the image's path."""
    assert all(found.startswith(f"images.base.provisioners{path}") for found in faults(provisioners=provisioners))


@pytest.mark.parametrize("name", ["~no-such-user/x", "a\0b", "a/" * 3000])
@pytest.mark.parametrize(
    "provisioner", [{"type": "shell", "script": "NAME"}, {"type": "file", "source": "NAME", "destination": "/x"}]
)
def test_impossible_file_name_in_a_provisioner_is_a_fault(faults, provisioner, name):
    """A name that no system can open is a fault at the provisioner, not a traceback."""
    named = {option: name if value == "NAME" else value for option, value in provisioner.items()}
    assert all(path.startswith("images.base.provisioners[1]") for path in faults(provisioners=[SHELL, named]))


def test_faults_of_provisioners_come_with_all_others(faults):
    """A missing script and a bad disk size stand in one report; secrets in commands are not shown."""
    found = faults(
        disk_size=0, provisioners=[{"type": "shell", "script": "gone.sh"}, SHELL | {"inline": "a hunter2 {{"}]
    )
    assert set(found) == {
        "images.base.disk_size",
        "images.base.provisioners[0].script",
        "images.base.provisioners[1].inline",
    }
    assert "gone.sh" in found["images.base.provisioners[0].script"]
    assert "hunter2" not in str(found)


def test_single_provisioner_may_stand_without_a_list(good):
    """One mapping is a list of one."""
    assert good(provisioners=SHELL).provisioners == [SHELL]


def test_changed_script_shows_under_its_name(good, tmp_path):
    """The bytes of a script are part of the content, and only that script's part changes."""
    (tmp_path / "a.sh").write_text("echo a")
    (tmp_path / "b.sh").write_text("echo b")
    provisioners = [SHELL, {"type": "shell", "scripts": ["a.sh", "b.sh"]}]
    before = content_parts(good(provisioners=provisioners))
    (tmp_path / "b.sh").write_text("echo c")
    after = content_parts(good(provisioners=provisioners))
    assert {label for label in before if before[label] != after[label]} == {"provisioners[1]: b.sh"}


def test_waiting_provisioners_in_front_do_not_rebuild(good):
    """A sleep or a breakpoint moves the others without a rebuild; what changes then is named by its new place."""
    build = {"source_image": "debian", "source_image_id": "a" * 24}
    before = build | {"parts": content_parts(good(provisioners=[SHELL, SHELL]))}
    waits = [{"type": "sleep", "duration": "1s"}, {"type": "breakpoint"}]
    after = build | {"parts": content_parts(good(provisioners=[*waits, SHELL, waits[0], SHELL]))}
    assert reasons_to_rebuild(before, after) == []
    changed = build | {"parts": content_parts(good(provisioners=[*waits, SHELL, SHELL | {"inline": ["other"]}]))}
    assert reasons_to_rebuild(before, changed) == ["provisioners[3]: settings changed"]


def test_volatile_text_in_a_provisioner_counts_as_its_template(good):
    """The content does not depend on time, but on the text around it."""
    first = content_parts(good(provisioners=[SHELL | {"inline": ["date {{timestamp}}"]}]))
    other = content_parts(good(provisioners=[SHELL | {"inline": ["echo {{timestamp}}"]}]))
    assert first != other
    assert first == content_parts(good(provisioners=[SHELL | {"inline": ["date {{timestamp}}"]}]))


def test_waits_of_a_provisioner_are_no_content(good):
    """Time-outs and retries do not rebuild."""
    waiting = SHELL | {"pause_before": "5s", "timeout": "1m", "max_retries": "3"}
    assert content_parts(good(provisioners=[waiting])) == content_parts(good(provisioners=[SHELL]))
