"""A stranger's template: what it takes from this computer and what it would do here is warned about."""

import ast
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from pulumi_hyperone.command.commands import app
from pulumi_hyperone.components.packer_images import packer_images
from pulumi_hyperone.packer.importer import import_template
from pulumi_hyperone.packer.result import ImportResult
from pulumi_hyperone.packer.writer import program

Importer = Callable[..., ImportResult]
BUILDER = {"type": "hyperone", "source_image": "debian", "vm_type": "a1.nano", "disk_size": 10}


@pytest.fixture
def secret_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of the user's that is none of the template's business."""
    file = tmp_path_factory.mktemp("elsewhere") / "private"
    file.write_text("the user's own text")
    return file


def hcl(options: str) -> str:
    """A template whose only source has these options."""
    return f'source "hyperone" "web" {{\n{options}\n}}\nbuild {{ sources = ["hyperone.web"] }}\n'


def warnings(result: ImportResult) -> list[str]:
    """Path and note of every warning."""
    return [f"{row.path}: {row.note}" for row in result.report if row.kind == "warning"]


@pytest.mark.parametrize(
    ("function", "call"),
    [
        ("file", 'file("{}")'),
        ("filebase64", 'filebase64("{}")'),
        ("templatefile", 'templatefile("{}", {{}})'),
        ("fileexists", '"${{fileexists("{}")}}"'),
        ("fileset", 'join(",", fileset("{}", "*"))'),
    ],
)
def test_files_elsewhere_are_warned_about(imported_text: Importer, secret_file: Path, function: str, call: str) -> None:
    """Every function that looks at files says so, and the result knows where its content may come from."""
    result = imported_text(hcl("  image_description = " + call.format(secret_file)), "a.pkr.hcl")
    assert result.faults == ()
    assert warnings(result) == [
        f'{function}("{secret_file}"): reads {secret_file}, which is outside the template\'s folder'
    ]
    assert result.taken == (f"the file {secret_file}",)


def test_links_and_dots_lead_outside_too(imported_text: Importer, secret_file: Path, tmp_path: Path) -> None:
    """What counts is where a path ends up; a file beside the template is its own."""
    (tmp_path / "beside").write_text("x")
    (tmp_path / "link").symlink_to(secret_file)
    (tmp_path / "folder").symlink_to(secret_file.parent)
    dots = os.path.relpath(secret_file, tmp_path)
    files = ["beside", str(tmp_path / "beside"), "link", "folder/private", dots]
    calls = ", ".join(f'file("{file}")' for file in files)
    result = imported_text(hcl(f'  image_description = join("", [{calls}])'), "a.pkr.hcl")
    assert [warning.partition(":")[0] for warning in warnings(result)] == [f'file("{one}")' for one in files[2:]]


def test_a_template_in_the_home_folder_does_not_own_it(
    imported_text: Importer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Saved to the home folder, a template has keys and settings in its folder: reading them is warned about."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "id").write_text("key")
    result = imported_text(hcl('  image_description = file(".ssh/id")'), "a.pkr.hcl")
    assert len(warnings(result)) == 1


def test_files_of_a_folder_may_be_links(secret_file: Path, tmp_path: Path) -> None:
    """A template or a variable file that is a link to the outside is named."""
    secret_file.write_text('image = "debian"\n')
    (tmp_path / "x.auto.pkrvars.hcl").symlink_to(secret_file)
    (tmp_path / "a.pkr.hcl").write_text('variable "image" { default = "x" }\n' + hcl("  source_image = var.image"))
    result = import_template(str(tmp_path), environ={})
    assert result.images["web"].options["source_image"] == "debian"
    link = tmp_path / "x.auto.pkrvars.hcl"
    assert warnings(result) == [f"x.auto.pkrvars.hcl: reads {link}, which is outside the template's folder"]


def test_environment_variables_are_warned_about(imported_text: Importer) -> None:
    """In both languages; a value that is never written, since it is secret, needs no private file."""
    environ = {"HYPERONE_TOKEN": "t0ken-of-the-user", "KEY": "k3y-of-the-user"}
    template = {
        "variables": {"token": "{{env `HYPERONE_TOKEN`}}", "key": "{{env `KEY`}}"},
        "sensitive-variables": ["key"],
        "builders": [{**BUILDER, "image_description": "{{user `token`}} {{user `key`}}"}],
    }
    result = imported_text(json.dumps(template), environ=environ)
    expected = [
        f"{{}}.{name}: reads the environment variable {variable} of this computer"
        for name, variable in (("token", "HYPERONE_TOKEN"), ("key", "KEY"))
    ]
    assert warnings(result) == [one.format("variables") for one in expected]
    assert result.taken == ("the environment variable HYPERONE_TOKEN",)
    text = """
      variable "token" { default = env("HYPERONE_TOKEN") }
      variable "key" {
        default   = env("KEY")
        sensitive = true
      }
    """
    result = imported_text(text + hcl('  image_description = "${var.token} ${var.key}"'), "a.pkr.hcl", environ=environ)
    assert warnings(result) == [one.format("var") for one in expected]
    assert result.taken == ("the environment variable HYPERONE_TOKEN",)


def test_values_of_pkr_var_are_taken_without_a_warning(imported_text: Importer) -> None:
    """The user set them for Packer, but they are this computer's all the same."""
    text = 'variable "a" { default = "x" }\n' + hcl("  source_image = var.a")
    result = imported_text(text, "a.pkr.hcl", environ={"PKR_VAR_a": "y"})
    assert (warnings(result), result.taken) == ([], ("the environment variable PKR_VAR_a",))


def test_commands_that_run_here_are_warned_about(imported_text: Importer) -> None:
    """Steps that run on the user's computer, wherever in the template they are; those of the machine are not named."""
    local = {"type": "shell-local", "inline": ["id"]}
    template = {
        "builders": [BUILDER],
        "provisioners": [
            {"type": "shell", "inline": ["id"]},
            local,
            {"type": "ansible", "playbook_file": "site.yml"},
        ],
        "error-cleanup-provisioner": local,
        "post-processors": ["manifest", [local]],
    }
    note = "its commands run on this computer, not on the machine"
    assert warnings(imported_text(json.dumps(template))) == [
        f"{path}: {note}"
        for path in ("provisioners[1]", "provisioners[2]", "error-cleanup-provisioner", "post-processors[1][0]")
    ]


@pytest.mark.parametrize(
    "options",
    [{"user_data_file": "FILE"}, {"ssh_private_key_file": "FILE", "ssh_certificate_file": "FILE"}],
)
def test_options_that_name_files_elsewhere_are_warned_about(
    imported_text: Importer, secret_file: Path, options: dict[str, Any]
) -> None:
    """The build reads those files; their content is not in the stack config."""
    options = dict.fromkeys(options, str(secret_file))
    result = imported_text(json.dumps({"builders": [{**BUILDER, **options}]}))
    assert [warning.split(":")[0] for warning in warnings(result)] == [f"builders[0].{option}" for option in options]
    assert result.taken == ()


@pytest.mark.parametrize(
    ("step", "warned"),
    [
        ({"type": "shell", "script": "beside"}, []),
        ({"type": "shell", "script": "FILE"}, ["script"]),
        ({"type": "shell", "scripts": "beside,FILE"}, ["scripts"]),
        ({"type": "file", "source": "FILE", "destination": "/tmp/x"}, ["source"]),
        ({"type": "file", "sources": ["beside", "~/.ssh/"], "destination": "/tmp/x"}, ["sources"]),
        ({"type": "file", "source": "links", "destination": "/tmp/x"}, ["source"]),
        ({"type": "file", "source": "l*/ou?", "destination": "/tmp/x"}, ["source"]),
        ({"type": "file", "source": "{{isotime `/etc/shadow`}}", "destination": "/tmp/x"}, ["source"]),
        ({"type": "file", "source": "/etc/os-release", "destination": "beside", "direction": "download"}, []),
        ({"type": "file", "source": "/x", "destination": "~/.bashrc", "direction": "download"}, ["destination"]),
        ({"type": "file", "content": "FILE", "destination": "/etc/motd"}, []),
    ],
)
def test_steps_that_reach_outside_are_warned_about(
    imported_text: Importer, secret_file: Path, tmp_path: Path, step: dict[str, Any], warned: list[str]
) -> None:
    """Scripts and uploads from elsewhere, links in an uploaded folder, and downloads to elsewhere."""
    (tmp_path / "beside").write_text("x")
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "out").symlink_to(secret_file)
    text = json.dumps({"builders": [BUILDER], "provisioners": [step]}).replace("FILE", str(secret_file))
    result = imported_text(text)
    assert result.faults == ()
    assert [warning.split(":")[0] for warning in warnings(result)] == [f"provisioners[0].{one}" for one in warned]


def test_a_manifest_and_an_address_elsewhere_are_warned_about(imported_text: Importer) -> None:
    """A manifest may write over a file; the token goes to the address of the API."""
    template = {
        "builders": [{**BUILDER, "api_url": "https://api.elsewhere.test/v1"}],
        "post-processors": [{"type": "manifest", "output": "/tmp/../etc/passwd"}],
    }
    written, sent = warnings(imported_text(json.dumps(template)))[::-1]
    assert written.startswith("post-processors[0]: writes /tmp/../etc/passwd, which is outside")
    assert sent.startswith("builders[0].api_url: the account's token is sent there")


def test_strict_counts_them_and_the_file_is_private(
    tmp_path: Path, secret_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--strict ends with 3; a stack file with content of this computer is 0600, also over an older one, and says so."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.pkr.hcl").write_text(hcl(f'  image_description = file("{secret_file}")'))
    (tmp_path / "b.pkr.hcl").write_text(hcl(""))
    stack = tmp_path / "stack.yaml"
    stack.write_text("a much longer file that was there before\n" * 50)
    stack.chmod(0o644)
    run = CliRunner()
    result = run.invoke(app, ["import-packer", "a.pkr.hcl", "-o", "stack.yaml", "--force", "--strict"])
    assert result.exit_code == 3
    assert f"only you can read stack.yaml:\n  the file {secret_file}\n" in result.output
    text = stack.read_text()
    assert stack.stat().st_mode & 0o777 == 0o600
    assert text.splitlines()[1:3] == [
        "# Only you should read this file (mode 0600): it may hold what the template took from this computer:",
        f"#   the file {secret_file}",
    ]
    assert list(yaml.safe_load(text)) == ["config"]
    allowed = ["--strict", "--allow", f'file("{secret_file}")']
    assert run.invoke(app, ["import-packer", "a.pkr.hcl", "-o", "stack.yaml", "--force", *allowed]).exit_code == 0
    previous = os.umask(0o022)
    try:
        assert run.invoke(app, ["import-packer", "b.pkr.hcl", "-o", "open.yaml", "--strict"]).exit_code == 0
    finally:
        os.umask(previous)
    assert (tmp_path / "open.yaml").stat().st_mode & 0o777 == 0o644


def test_names_cannot_write_lines_of_the_stack_file(imported_text: Importer, tmp_path: Path) -> None:
    """A path with line ends stays one line of the head, and no row or fault moves the cursor of a terminal."""
    (tmp_path.parent / "x\nconfig: {}").write_text("x")
    result = imported_text(hcl('  image_description = file("../x\\nconfig: {}")'), "a.pkr.hcl")
    assert all(one.isprintable() for one in (*result.taken, *warnings(result)))
    assert len(result.taken) == 1
    fault = imported_text(json.dumps({"builders": [{**BUILDER, "\x1b[2J": 1}]})).faults[0]
    assert fault.message.isprintable()
    written = ast.parse(program('x"""; crash() #\ncrash()\r.json'))
    assert [type(node).__name__ for node in written.body] == ["Expr", "ImportFrom", "Expr"]


def test_the_same_for_templates_that_stack_config_names(secret_file: Path, tmp_path: Path) -> None:
    """What the command would warn about becomes a warning of every preview and update."""
    (tmp_path / "a.pkr.hcl").write_text(hcl(f'  image_description = file("{secret_file}")'))
    found = packer_images({"web": {"packer": "a.pkr.hcl"}}, tmp_path, {})
    assert found.faults == []
    (warning,) = found.warnings
    assert warning.startswith("images.web: a.pkr.hcl:2:")
    assert f"reads {secret_file}, which is outside the template's folder" in warning
