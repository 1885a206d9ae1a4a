"""What becomes of JSON templates, compared with a table that is derived from the facts about Packer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pulumi_hyperone.packer.result import ImportResult

Importer = Callable[..., ImportResult]

EXPECTED: dict[str, dict[str, dict[str, Any]]] = {
    "plain.json": {
        "plain": {
            "source_image": "debian-12",
            "vm_type": "a1.nano",
            "disk_size": "10",
            "image_name": "web-{{timestamp}}",
            "image_tags": {"release": 12, "lts": True},
            "ssh_keys": "my-ssh",
        }
    },
    "chroot.json": {
        "chroot": {
            "disk_size": 10,
            "chroot_disk": True,
            "chroot_disk_size": "10",
            "mount_partition": 4,
            "source_image": "image-builder-fedora",
            "vm_name": "image-builder-debian",
            "vm_type": "a1.medium",
            "ssh_keys": "my-ssh",
            "chroot_command_wrapper": "sudo {{.Command}}",
            "image_name": "debian-{{timestamp}}",
            "image_description": '{"arch": "x86_64",  "release":"12", "note": "ä \\u0041"}',
            "public_netadp_service": "public",
            "state_timeout": "10m",
            "chroot_mounts": [["proc", "proc", "/proc"], ["bind", "/dev", "/dev"]],
            "pre_mount_commands": [
                "rsync /tmp/disk {{.Device}} | pv -L 10m >/dev/null",
                "[ -x /usr/bin/wget ] || yum install -y wget",
                "URL=https://mirror.test/12/disk.qcow2 wget -O /tmp/disk $URL",
                "mkfs.xfs {{.Device}}4",
            ],
            "post_mount_commands": [
                "tune $(blkid {{.Device}}4) {{.MountPath}}",
                "./sbin/apk.static --root {{.MountPath}} add alpine-base",
            ],
            "provisioners": [
                {
                    "type": "shell",
                    "environment_vars": ["RELEASE=12", "SIZE=10"],
                    "scripts": "./resources/ssh/grub.sh,./resources/ssh/cloud-init.sh, ./resources/ssh/fstab.sh",
                },
                {"type": "file", "source": "./resources/fs/", "destination": "/"},
                {
                    "type": "shell",
                    "inline": ["systemctl enable cloud-init", "echo done, really"],
                    "inline_shebang": "/bin/bash -e",
                },
            ],
        }
    },
    "freebsd.json": {
        "freebsd": {
            "source_image": "freebsd",
            "vm_type": "a1.medium",
            "disk_size": 10,
            "chroot_disk": "true",
            "chroot_device": "/dev/da1",
            "chroot_copy_files": "",
            "mount_partition": "p3",
            "mount_options": "noatime,async",
            "chroot_mounts": [["devfs", "devfs", "/dev"]],
            "pre_mount_commands": "gpart show {{.Device}},newfs {{.Device}}p3",
        }
    },
    "history.json": {
        "history": {
            "source_image": "debian",
            "vm_type": "a1.nano",
            "disk_size": 5.5,
            "network": "net1",
            "chroot_disk": True,
            "chroot_mount_path": "/mnt/{{timestamp}}",
            "chroot_mounts": [],
            "pre_mount_commands": ["mkfs.ext4 {{.Device}}1"],
            "state_timeout": 300000000000,
            "provisioners": [
                {"type": "shell", "inline": "echo one,echo two", "environment_vars": ["DEVICE=<no value>"]}
            ],
        }
    },
    "secrets.json": {
        "secrets": {
            "source_image": "debian",
            "vm_type": "a1.nano",
            "disk_size": 10,
            "ssh_password": "hunter22",
            "chroot_disk": True,
            "pre_mount_commands": ["wget -O {{.Device}} https://cdn.test/disk?auth=s3cr3t-token", "sync"],
            "provisioners": [
                {"type": "shell", "inline": ["true"], "environment_vars": ["WHO=images", "KEY=s3cr3t-token"]},
                {"type": "shell", "inline": ["register hunter22"]},
            ],
        }
    },
}


@pytest.mark.parametrize("name", EXPECTED)
def test_options_are_those_of_the_template(name: str, imported: Importer) -> None:
    """Every option arrives as written, variables filled in, and nothing else does."""
    result = imported(name, environ={"REDHAT_SECRET": "s3cr3t-token"})
    assert result.faults == ()
    assert {key: image.options for key, image in result.images.items()} == EXPECTED[name]


def test_several_builders_become_several_images(imported: Importer) -> None:
    """only, except and override decide what each image runs; the same vm_name twice is no conflict."""
    result = imported("several.json")
    assert result.faults == ()
    assert list(result.images) == ["small-x", "large"]
    small, large = (result.images[name].options for name in ("small-x", "large"))
    assert small["vm_name"] == large["vm_name"] == "shared-name"
    assert large["image_name"] == "large-of-hyperone"
    common = {"type": "shell", "max_retries": "2", "pause_before": "10s", "timeout": "5m"}
    assert small["provisioners"] == [
        {"type": "shell", "inline": ["echo all"]},
        {"type": "shell", "inline": ["echo not large"]},
        {**common, "inline": ["echo default"]},
    ]
    assert large["provisioners"] == [
        {"type": "shell", "inline": ["echo all"]},
        {"type": "shell", "inline": ["echo large"]},
        {**common, "inline": ["echo large"]},
    ]
    assert large["error_cleanup_provisioner"] == {"type": "shell", "inline": ["journalctl"]}


def test_builders_of_other_clouds_are_dropped_or_skipped_on_demand(imported: Importer) -> None:
    """A builder of another type counts as dropped until it is left out by name."""
    assert "builders[2]" in {row.path for row in imported("several.json").dropped}
    result = imported("several.json", except_=["elsewhere"])
    assert "builders[2]" not in {row.path for row in result.dropped}
    assert ("skipped", "builders[2]") in {(row.kind, row.path) for row in result.report}
    assert list(imported("several.json", only=["lar*"]).images) == ["large"]
    assert 'no build is named "larg"; did you mean large?' in imported("several.json", only=["larg"]).faults[0].message


def test_every_function_is_filled_in_or_kept_for_the_build(imported: Importer, corpus: Path) -> None:
    """What is known now is in the text; time and uuid stay templates; the run-time fields stay."""
    image = imported("functions.json").images["functions"]
    assert image.options["vm_type"] == "a1.nano"
    assert image.options["image_name"] == "web-1-{{isotime `2006`}}-{{strftime `%m`}}"
    assert image.options["image_description"] == "hyperone b ba yx a-b 1.7.10"
    assert image.options["vm_name"] == "vm-{{uuid}}"
    assert image.options["image_tags"] == {"from": str(corpus), "wd": str(corpus), "upper": "A"}
    shell = image.options["provisioners"][0]
    assert shell["execute_command"] == "sudo env {{.Vars}} {{.Path}}"
    assert shell["inline"] == ['echo {{build `ID`}} {{"{{"}}.Names}}']
    assert image.volatile == {"image_name", "vm_name"}


def test_secrets_are_followed_and_never_shown(imported: Importer) -> None:
    """A value that holds a secret is one, through variables and by its text; no row and no fault shows any."""
    result = imported("secrets.json", environ={"REDHAT_SECRET": "s3cr3t-token"})
    assert result.images["secrets"].secrets == {
        "ssh_password",
        "pre_mount_commands[0]",
        "provisioners[0].environment_vars[1]",
        "provisioners[1].inline[0]",
    }
    assert result.provider == {"token": "s3cr3t-token"}
    shown = " ".join(f"{row.value} {row.note}" for row in result.report)
    assert "s3cr3t" not in shown
    assert "hunter22" not in shown


def test_a_secret_is_masked_even_where_a_text_is_cut(imported_text: Importer) -> None:
    """Neither the value of another field nor the piece of the template in a fault shows a part of it."""
    secret = "0123456789" * 12
    text = (
        '{"variables": {"key": "' + secret + '"}, "sensitive-variables": ["key"], "builders": [{"type": "hyperone", '
        '"project": "{{user `key`}}", "image_name": "'
        + secret
        + '", "oops": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'
        + secret
        + '"}]}'
    )
    result = imported_text(text)
    assert result.faults
    shown = " ".join([*map(str, result.faults), *(f"{row.value} {row.note}" for row in result.report)])
    assert "0123" not in shown
    assert result.images["template"].secrets == {"image_name"}


def test_variables_that_nothing_uses_are_named(imported_text: Importer) -> None:
    """The report says which definitions had no effect."""
    text = (
        '{"variables": {"a": "{{user `b`}}", "b": "x", "c": "unused"}, '
        '"builders": [{"type": "hyperone", "image_name": "{{user `a`}}"}]}'
    )
    rows = [(row.path, row.note) for row in imported_text(text).report if row.kind == "skipped"]
    assert rows == [("variables.c", "nothing that was imported uses it")]


def test_an_unset_environment_variable_is_a_warning(imported: Importer) -> None:
    """As in Packer it counts as empty, but the report says so."""
    notes = [row.note for row in imported("secrets.json").report if row.kind == "warning"]
    assert notes == ["the environment variable REDHAT_SECRET is not set: it counts as empty"]


def test_given_values_win_over_files_and_files_over_defaults(imported: Importer, corpus: Path) -> None:
    """The precedence is that of -var, -var-file and the template."""
    url = imported("chroot.json").images["chroot"].options["pre_mount_commands"][2]
    assert "/12/" in url
    from_file = imported("chroot.json", var_files=[corpus / "vars.json"]).images["chroot"]
    assert "/13/" in from_file.options["pre_mount_commands"][2]
    given = imported("chroot.json", var_files=[Path("vars.json")], variables={"release": 14}).images["chroot"]
    assert "/14/" in given.options["pre_mount_commands"][2]
    assert list(imported("several.json", var_files=[corpus / "vars.json"]).images) == ["small-from-file", "large"]


def test_surprises_of_loose_typing_are_warned_about(imported: Importer) -> None:
    """Commands split at commas, bare numbers as durations, fields without a value, empty mounts."""
    warnings = {
        (row.path, row.note.split(":")[0])
        for name in ("history.json", "freebsd.json")
        for row in imported(name).report
        if row.kind == "warning"
    }
    assert warnings == {
        (
            "builders[0].state_timeout",
            'a bare number is a number of nanoseconds, as in Packer; write a string such as "5m"',
        ),
        ("builders[0].chroot_mounts", "an empty list means the five default mounts, as in Packer"),
        ("builders[0].pre_mount_commands", "a single string"),
        ("provisioners[0].inline", "a single string"),
        (
            "provisioners[0].environment_vars[0]",
            "{{.Device}} has no value here and renders as <no value>, as in Packer",
        ),
    }


def test_the_report_names_every_field_with_its_place(imported: Importer, corpus: Path) -> None:
    """Each option of the builder has a row whose line holds the option's name."""
    lines = (corpus / "freebsd.json").read_text().splitlines()
    rows = [row for row in imported("freebsd.json").report if row.kind == "read"]
    assert len(rows) == 10
    for row in rows:
        assert f'"{row.path.rsplit(".", 1)[-1]}"' in lines[row.line - 1]
        assert lines[row.line - 1][row.column - 1] in '"[{0123456789t'
    defaulted = {row.path for row in imported("freebsd.json").report if row.kind == "defaulted"}
    assert {"builders[0].chroot_mount_path", "builders[0].image_name", "builders[0].chroot_disk_type"} <= defaulted


def test_the_old_name_of_an_option_leads_to_the_new_one(imported: Importer) -> None:
    """An unknown key is a fault that names the key that was meant."""
    (fault,) = imported("flavour.json").faults
    assert 'unknown option "vm_flavour"; did you mean vm_type?' in fault.message
    assert (fault.file, fault.line) == ("flavour.json", 3)


def test_all_faults_come_together_with_their_places(imported: Importer) -> None:
    """One import of a template full of mistakes names each of them once."""
    faults = {
        (fault.line, fault.message.split("; did")[0].split(": ", 1)[0]) for fault in imported("broken.json").faults
    }
    messages = " | ".join(str(fault) for fault in imported("broken.json").faults)
    assert {line for line, _ in faults} == {2, 3, 7, 8, 10, 11, 12, 13, 14, 18, 19, 20, 21}
    for part in (
        'the variable "needed" is required',
        'variable "a" is part of a circle of references (a, b)',
        'uses the variable "nowhere", which is not defined',
        '"vault" is refused',
        'unknown key "builder" in the template; did you mean builders?',
        '"env" is only available in the defaults of variables',
        'there is no function "usr"; did you mean user?',
        'duplicate key "disk_size", first on line 9',
        "the action is not closed with }}",
        'unknown option "pre_mount_command"; did you mean pre_mount_commands?',
        "there is no .MountPaht here; did you mean MountPath?",
        "state_timeout must be a duration",
        'unknown provisioner "shel"; did you mean shell?',
        'unknown option "inlin" of provisioner shell; did you mean inline?',
        'names the build "hyperon", which does not exist; did you mean hyperone?',
        'provisioners[3] has no "type"',
    ):
        assert part in messages


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("", 1, 1, "unexpected end of file"),
        ("{", 1, 1, 'this is not closed with "}"'),
        ('{"a": 1,}', 1, 8, "no comma before a closing bracket"),
        ('{"a" 1}', 1, 6, 'expected ":" after the key "a"'),
        ("{a: 1}", 1, 2, "expected a key in quotes"),
        ('{"a": tru}', 1, 7, "expected a JSON value, not 'tru'"),
        ('{"a": "x\ny"}', 1, 7, "a string cannot span lines"),
        ('{"a": "\\q"}', 1, 7, "an invalid escape"),
        ('{"a": "x', 1, 7, "unterminated string"),
        ("{} {}", 1, 4, "unexpected text after"),
        ("[" * 100, 1, 65, "nested deeper than 64"),
        ("[]", 1, 1, "a template must be a map"),
        ("{}", 1, 1, "the template has no builders"),
        ('{"builders": {}}', 1, 14, "builders must be a list"),
        ('{"builders": [7]}', 1, 15, "builders[0] must be a map of options"),
        ('{"builders": [{"type": "hyperone"}, {"type": "hyperone"}]}', 1, 37, 'two builders are named "hyperone"'),
    ],
)
def test_broken_json_is_said_with_its_place(
    text: str, line: int, column: int, message: str, imported_text: Importer
) -> None:
    """Not one traceback: a message with line and column."""
    fault = imported_text(text).faults[0]
    assert message in fault.message
    assert (fault.line, fault.column) == (line, column)


def test_a_missing_template_is_a_fault(imported: Importer) -> None:
    """The message names the file and the reason."""
    assert "No such file" in imported("nowhere.json").faults[0].message
    assert "end in .pkr.hcl" in imported("folder/site.auto.pkrvars.hcl").faults[0].message
