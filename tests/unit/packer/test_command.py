"""The command: what it writes, what it says, how it ends."""

import json
import os
import resource
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from pulumi_hyperone.command.commands import app

SECRETS = {"REDHAT_SECRET": "s3cr3t-token"}


@pytest.fixture
def run(corpus: Path, monkeypatch: pytest.MonkeyPatch):
    """Run the command in the folder of the corpus."""

    def invoke(*arguments: str, env: dict[str, str] | None = None) -> Result:
        monkeypatch.chdir(corpus)
        return CliRunner().invoke(app, ["import-packer", *arguments], env=env)

    return invoke


def test_it_writes_stack_config_that_reads_back_the_same(run, tmp_path: Path) -> None:
    """The YAML holds the very options of the import, multi-line texts and odd characters included."""
    target = tmp_path / "Pulumi.dev.yaml"
    result = run("chroot.json", "-o", str(target))
    assert result.exit_code == 0, result.output
    images = yaml.safe_load(target.read_text(encoding="utf-8"))["config"]["hyperone-image:images"]
    assert images["chroot"]["image_description"] == '{"arch": "x86_64",  "release":"12", "note": "ä \\u0041"}'
    assert images["chroot"]["provisioners"][0]["environment_vars"] == ["RELEASE=12", "SIZE=10"]
    assert "read       chroot.json:16:20  builders[0].disk_size = 10" in result.output
    assert "1 image; " in result.output


def test_no_secret_is_written_and_each_is_named(run, tmp_path: Path) -> None:
    """A stand-in that no build accepts takes the place; the command to set the real one is in file and report."""
    target = tmp_path / "stack.yaml"
    result = run("secrets.json", "-o", str(target), env=SECRETS)
    assert result.exit_code == 0, result.output
    written = target.read_text(encoding="utf-8")
    for secret in ("s3cr3t-token", "hunter22"):
        assert secret not in written + result.output
    options = yaml.safe_load(written)["config"]["hyperone-image:images"]["secrets"]
    assert options["ssh_password"] == "{{secret_not_set_yet}}"
    assert options["pre_mount_commands"] == [
        "wget -O {{.Device}} https://cdn.test/disk?auth={{secret_not_set_yet}}",
        "sync",
    ]
    assert options["provisioners"][1]["inline"] == ["register {{secret_not_set_yet}}"]
    for command in (
        "pulumi config set --secret hyperone:token",
        "pulumi config set --secret --path 'hyperone-image:images.secrets.provisioners[0].environment_vars[1]'",
    ):
        assert command in result.output
        assert command in written


def test_project_settings_go_to_their_own_keys(run) -> None:
    """The project is stack config of the provider, not an option of an image."""
    result = run("plain.json")
    config = yaml.safe_load(result.stdout)["config"]
    assert config["hyperone:project"] == "my-project"
    assert "project" not in config["hyperone-image:images"]["plain"]


def test_it_ends_non_zero_when_something_was_dropped(run) -> None:
    """Dropped fields end with 3 unless they are allowed or left out; the report names them."""
    assert run("several.json").exit_code == 3
    dropped = [
        row["path"]
        for row in json.loads(run("several.json", "--report", "json").stderr)["report"]
        if row["kind"] == "dropped"
    ]
    assert "builders[2]" in dropped
    allowed = [part for path in set(dropped) for part in ("--allow", path)]
    assert run("several.json", *allowed).exit_code == 0
    assert run("several.json", "--allow", "builders*", "--allow", "post-processors*").exit_code == 0


def test_strict_counts_warnings(run) -> None:
    """A warning ends with 3 under --strict, and with 0 without."""
    assert run("freebsd.json").exit_code == 0
    assert run("freebsd.json", "--strict").exit_code == 3
    assert run("freebsd.json", "--strict", "--allow", "builders*").exit_code == 0


def test_faults_end_with_one_and_write_nothing(run, tmp_path: Path) -> None:
    """Every fault is printed with file, line and column."""
    target = tmp_path / "stack.yaml"
    result = run("broken.json", "-o", str(target))
    assert result.exit_code == 1
    assert not target.exists()
    assert "broken.json:12:" in result.output


def test_variables_and_a_program(run, tmp_path: Path) -> None:
    """--var and --var-file work as Packer's; --program writes a program that Python reads."""
    program = tmp_path / "main.py"
    result = run("chroot.json", "--var-file", "vars.json", "--var", "vm_name=a=b", "--program", str(program))
    assert yaml.safe_load(result.stdout)["config"]["hyperone-image:images"]["chroot"]["vm_name"] == "a=b"
    compile(program.read_text(encoding="utf-8"), "main.py", "exec")
    assert run("chroot.json", "--var", "novalue").exit_code == 2


def test_existing_files_are_left_alone(run, tmp_path: Path) -> None:
    """Only --force writes over a file."""
    target = tmp_path / "stack.yaml"
    target.write_text("mine", encoding="utf-8")
    assert run("plain.json", "-o", str(target)).exit_code == 2
    assert target.read_text(encoding="utf-8") == "mine"
    assert run("plain.json", "-o", str(target), "--force").exit_code == 0


def test_links_stay_and_what_cannot_be_replaced_is_written_to(run, tmp_path: Path) -> None:
    """The file that a link leads to has the result; a pipe, as /dev/stdout may be one, is still one and has it too."""
    link, pipe = tmp_path / "link.yaml", tmp_path / "pipe"
    link.symlink_to(tmp_path / "stack.yaml")
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    for target in (link, pipe):
        assert run("plain.json", "-o", str(target), "--force").exit_code == 0
    assert link.is_symlink()
    assert pipe.is_fifo()
    assert os.read(reading, 1 << 16) == (tmp_path / "stack.yaml").read_bytes() != b""
    os.close(reading)


def test_one_file_is_not_both_stack_config_and_program(run, tmp_path: Path) -> None:
    """The program would be written over the config that was just written."""
    target = tmp_path / "same"
    result = run("plain.json", "-o", str(target), "--program", str(target))
    assert result.exit_code == 2
    assert "--output and --program name the same file" in result.output
    assert not target.exists()


def test_a_file_is_replaced_whole_or_not_at_all(run, tmp_path: Path) -> None:
    """What --force writes over is still there when the disk is full, and nothing lies beside it."""
    target = tmp_path / "stack.yaml"
    target.write_text("mine", encoding="utf-8")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, limits[1]))
    try:
        result = run("plain.json", "-o", str(target), "--force")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert result.exit_code == 2
    assert "File too large" in result.output
    assert {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir()} == {"stack.yaml": "mine"}


def test_names_of_a_strangers_files_do_not_act_on_the_terminal(run, tmp_path: Path) -> None:
    """A folder of templates comes with the names that its author gave them."""
    (tmp_path / "a\x1b[2J\nread.pkr.hcl").write_text("build {\n  colour = 1\n}\n")
    result = run(str(tmp_path))
    assert "a\\x1b[2J\\nread.pkr.hcl:2:3: " in result.output
    assert "\x1b" not in result.output
