"""What becomes of HCL2 templates, compared with a table that is derived from the facts about Packer."""

import re
from collections.abc import Callable
from pathlib import Path

from pulumi_hyperone.packer.result import ImportResult

Importer = Callable[..., ImportResult]
ENVIRON = {"H1_TOKEN": "s3cr3t-token", "PKR_VAR_image": "from-environ", "PKR_VAR_unknown": "x"}


def test_a_folder_is_read_as_one_template(imported: Importer) -> None:
    """Sources, variables and builds of several files give the images, each option evaluated."""
    result = imported("folder", environ=ENVIRON)
    assert result.faults == ()
    assert list(result.images) == ["web", "renamed"]
    web = result.images["web"]
    assert web.options == {
        "source_image": "from-auto",
        "vm_type": "a1.nano",
        "disk_size": 10,
        "image_name": "team-1-{{isotime `20060102150405`}}-{{timestamp}}",
        "image_tags": {"by": "packer", "x": "tag-x", "y": "tag-y"},
        "user_data": "#cloud-config\nhostname: web\n  indented: 10,20,\n",
        "image_tag": [{"key": "a", "value": 2}, {"key": "b", "value": 3}],
        "provisioners": [
            {
                "type": "shell",
                "inline": ["echo web {{build `ID`}}", 'echo "${HOME}" -x'],
                "environment_vars": ["LEVEL=3", "MODE=fast"],
            },
            {"type": "file", "content": "a of team-1\nb of team-1\nend\n", "destination": "/etc/motd"},
            {"type": "shell", "inline": ["echo one"]},
            {"type": "shell", "inline": ["echo two"]},
        ],
        "error_cleanup_provisioner": {"type": "shell", "inline": ["journalctl"]},
    }
    assert web.builder == "nightly.hyperone.web"
    assert web.volatile == {"image_name"}
    assert result.provider == {"token": "s3cr3t-token"}


def test_a_source_can_be_changed_and_overridden_in_the_build(imported: Importer) -> None:
    """A source block inside a build adds options and a name that overrides go by."""
    options = imported("folder", environ=ENVIRON).images["renamed"].options
    assert options["vm_tags"] == {"role": "builder"}
    assert options["image_name"] == "chroot-{{isotime `2006-01-02T15`}}"
    assert [step["type"] for step in options["provisioners"]] == ["shell", "shell", "shell"]
    assert options["provisioners"][0]["execute_command"] == "sudo {{.Vars}} {{.Path}}"
    assert options["provisioners"][0]["inline"][0] == "echo renamed {{build `ID`}}"


def test_sensitive_variables_are_followed(imported: Importer) -> None:
    """Only the element that rests on the secret is one; nothing shows it."""
    result = imported("folder", environ=ENVIRON)
    assert result.images["renamed"].secrets == {"pre_mount_commands[1]"}
    assert "s3cr3t" not in " ".join(f"{row.value} {row.note}" for row in result.report)


def test_values_come_from_environment_files_and_arguments(imported: Importer, tmp_path: Path) -> None:
    """Default < PKR_VAR < auto files < var files < given values."""

    def source(**options: object) -> str:
        result = imported("folder", environ=ENVIRON, **options)
        assert result.faults == ()
        return str(result.images["web"].options["source_image"])

    more = tmp_path / "more.pkrvars.hcl"
    more.write_text('image = "from-file"\n')
    as_json = tmp_path / "more.pkrvars.json"
    as_json.write_text('{"image": "from-json", "sizes": [30]}')
    assert source() == "from-auto"
    assert source(var_files=[more]) == "from-file"
    assert source(var_files=[more, as_json]) == "from-json"
    assert source(var_files=[more], variables={"image": "given", "sizes": "[1, 2]"}) == "given"


def test_the_environment_counts_where_no_file_does(imported_text: Importer) -> None:
    """PKR_VAR_name is read by the variable's type."""
    text = """
      variable "names" { type = list(string) }
      variable "free" { default = "x" }
      source "hyperone" "web" { ssh_keys = var.names
        image_name = var.free }
      build { sources = ["hyperone.web"] }
    """
    environ = {"PKR_VAR_names": '["a", "b"]', "PKR_VAR_free": "[not a list]"}
    result = imported_text(text, "a.pkr.hcl", environ=environ)
    assert result.faults == ()
    assert result.images["web"].options == {"ssh_keys": ["a", "b"], "image_name": "[not a list]"}


def test_validation_and_types_are_checked(imported: Importer) -> None:
    """A value that breaks a validation or a type is a fault with the template's own message."""
    faults = imported("folder", environ=ENVIRON, variables={"image": "NO", "debug": "maybe", "sizes": '["x"]'}).faults
    messages = " | ".join(fault.message for fault in faults)
    assert 'variable "image": The image must be a lower case name.' in messages
    assert 'variable "debug": there is no "maybe" here' in messages
    assert 'variable "sizes": expected a number' in messages


def test_the_json_form_means_the_same(imported: Importer) -> None:
    """`.pkr.json` is read into the same images."""
    result = imported("form.pkr.json")
    assert result.faults == ()
    assert result.images["web"].options == {
        "source_image": "debian",
        "vm_type": "a1.nano",
        "disk_size": 10,
        "image_name": "n-11",
        "image_tags": {"a": "b"},
        "provisioners": [
            {"type": "shell", "inline": ["one"]},
            {"type": "file", "source": "a", "destination": "b"},
        ],
    }


def test_all_faults_come_together_with_their_places(imported: Importer) -> None:
    """One import of a template full of mistakes names each of them, at its line."""
    faults = imported("broken.pkr.hcl").faults
    found = {(fault.line, fault.message) for fault in faults}
    for line, part in (
        (2, 'a variable has no "tpye"; did you mean type?'),
        (3, 'there is no "vra" here; did you mean var?'),
        (5, 'the variable "required" is required'),
        (7, "locals refer to each other in a circle: "),
        (10, "data sources reach out to other systems and are not supported"),
        (12, 'there is no variable "imge"'),
        (13, 'unknown option "vm_flavour"; did you mean vm_type?'),
        (14, 'there is no function "uper"; did you mean upper?'),
        (15, 'there is no local "nothing"'),
        (16, "data sources reach out"),
        (19, 'there is no source "hyperone.wbe"; did you mean hyperone.web?'),
        (21, 'unknown option "inlin" of provisioner shell; did you mean inline?'),
        (23, "registries are not supported"),
    ):
        assert any(at == line and part in message for at, message in found), (line, part, found)


def test_a_time_that_cannot_be_deferred_is_fixed_with_a_warning(imported_text: Importer) -> None:
    """The report says that the value will not follow the time of the build."""
    text = """
      source "hyperone" "web" {
        image_name  = "x-${md5(timestamp())}"
        vm_name     = "y-${upper(uuidv4())}"
        image_tags  = { day = substr(timestamp(), 0, 10), later = timeadd(timestamp(), "1h"), y = legacy_isotime("06") }
      }
      build { sources = ["hyperone.web"] }
    """
    result = imported_text(text, "a.pkr.hcl")
    assert result.faults == ()
    options = result.images["web"].options
    assert re.fullmatch(r"y-[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", options["vm_name"])
    assert options["image_tags"]["day"] == "{{isotime `2006-01-02`}}"
    assert options["image_tags"]["y"] == "{{isotime `06`}}"
    assert "{{" not in options["image_name"] + options["image_tags"]["later"]
    fixed = [row.line for row in result.report if "fixed at the time of the import" in row.note]
    assert sorted(set(fixed)) == [3, 4, 5]
