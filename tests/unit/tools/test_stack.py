"""The pure parts of the stack commands."""

import json
import os
import re
import resource
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pulumi_hyperone.command.report.state import Built
from tools.stack import backend, commands, environment, local_cloud, next_steps, paths, pending, private, run, salt
from tools.stack.errors import StackError


def test_state_stays_on_this_machine_by_default(tmp_path: Path) -> None:
    """Without a backend of the user's, state goes to the state folder with a generated passphrase."""
    found = backend.variables({"PULUMI_HOME": str(tmp_path / "none")}, tmp_path)
    assert found["PULUMI_BACKEND_URL"] == f"file://{tmp_path}/pulumi"
    file = Path(found["PULUMI_CONFIG_PASSPHRASE_FILE"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_text().strip()) >= 32


def test_state_is_closed_to_others(tmp_path: Path) -> None:
    """New folders are 0700; what an open umask made, links apart, loses the rights of others."""
    state = tmp_path / "state"
    backend.variables({"PULUMI_HOME": str(tmp_path / "none")}, state)
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (state, state / "pulumi")] == [0o700, 0o700]
    outside = tmp_path / "outside"
    outside.write_text("")
    outside.chmod(0o644)
    (state / "link").symlink_to(outside)
    with private.closed_after(state):
        (state / "pulumi" / "stacks").mkdir(mode=0o755)
        (state / "pulumi" / "stacks" / "dev.json").touch(mode=0o644)
        state.chmod(0o755)
    modes = {path.name: stat.S_IMODE(path.lstat().st_mode) for path in (state, *state.rglob("*"))}
    assert {name: mode for name, mode in modes.items() if mode & 0o077} == {"link": 0o777}
    assert modes["dev.json"] == 0o600
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644


def test_passphrase_is_made_once(tmp_path: Path) -> None:
    """A second run uses the passphrase of the first: another would lose the state."""
    first = backend.passphrase_file(tmp_path).read_text()
    assert backend.passphrase_file(tmp_path).read_text() == first


@pytest.mark.parametrize("name", backend.PASSPHRASE_VARIABLES)
def test_users_passphrase_is_kept(name: str, tmp_path: Path) -> None:
    """A passphrase from the environment is used as it is, an empty one too."""
    found = backend.variables({name: "", "PULUMI_HOME": str(tmp_path / "none")}, tmp_path)
    assert list(found) == ["PULUMI_BACKEND_URL"]


def test_users_backend_is_kept(tmp_path: Path) -> None:
    """A backend named in the environment is not replaced, and gets no passphrase of this machine's."""
    assert backend.variables({"PULUMI_BACKEND_URL": "s3://somewhere"}, tmp_path) == {}


def test_login_is_kept(tmp_path: Path) -> None:
    """Somebody who is logged in to a backend keeps working there."""
    (tmp_path / "credentials.json").write_text(json.dumps({"current": "https://api.example.com"}))
    assert backend.variables({"PULUMI_HOME": str(tmp_path)}, tmp_path) == {}


def test_environment_keeps_the_users_settings(tmp_path: Path) -> None:
    """The user's own parallelism wins; the engine and the virtual environment come first on PATH."""
    base = {"PATH": "/usr/bin", "PULUMI_PARALLEL": "2", "PULUMI_HOME": str(tmp_path)}
    built = environment.build(base, Path("/engine"), Path("/venv"), tmp_path)
    assert built["PULUMI_PARALLEL"] == "2"
    assert built["PATH"] == "/engine:/venv/bin:/usr/bin"
    assert built["PULUMI_RUN_PROGRAM"] == "true"


@pytest.mark.parametrize(
    ("arguments", "stack"),
    [
        (["up", "-s", "dev"], "dev"),
        (["up", "--stack", "dev", "--yes"], "dev"),
        (["--stack=dev", "up"], "dev"),
        (["up", "-sdev"], "dev"),
        (["up", "-s=dev"], "dev"),
        (["up", "-s", "organization/hyperone-image/dev"], "dev"),
        (["up", "--show-secrets", "--stackless"], ""),
        (["up"], ""),
        (["up", "-s"], ""),
    ],
)
def test_stack_is_found_in_arguments(arguments: list[str], stack: str) -> None:
    """All spellings that pulumi takes are understood."""
    assert commands.named_stack(arguments) == stack


def test_an_engine_that_does_not_answer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the backend cannot be reached."""
    (tmp_path / "pulumi").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "pulumi").chmod(0o755)
    monkeypatch.setattr(run, "ASK_SECONDS", 0.1)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(StackError, match=r"^`pulumi stack export` did not answer within 0\.1 s$"):
        run.ask(["stack", "export"], os.environ)


@pytest.mark.parametrize(
    ("stack", "choice", "expected"),
    [("local", "", True), ("dev", "", False), ("dev", "local", True), ("local", "hyperone", False)],
)
def test_cloud_follows_stack_unless_chosen(
    stack: str, choice: str, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Local stacks use the local cloud, others HyperOne; CLOUD decides otherwise."""
    monkeypatch.setenv("CLOUD", choice)
    assert local_cloud.is_used_by(stack) is expected


def test_a_stack_that_takes_long_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line with the time, for the one stack that takes minutes, and only in the local cloud."""
    monkeypatch.delenv("CLOUD", raising=False)
    assert re.search(r"chroot-debootstrap takes \d+ to \d+ minutes where", local_cloud.warning("chroot-debootstrap"))
    assert local_cloud.warning("chroot") == ""
    monkeypatch.setenv("CLOUD", "hyperone")
    assert local_cloud.warning("chroot-debootstrap") == ""


def test_set_up_knows_every_local_stack() -> None:
    """Each stack that starts the local cloud has its system packages named in the set-up script."""
    named = re.findall(r"stack:([\w-]+)", paths.SETUP.read_text())
    assert set(local_cloud.STACKS) <= set(named)


def test_salt_is_taken_out_of_a_plain_stack_file(tmp_path: Path) -> None:
    """The salt that the engine adds to a file without secrets is not kept."""
    file = tmp_path / "Pulumi.local.yaml"
    file.write_text("# a comment\nconfig:\n  a:b: c\n")
    with salt.kept_out(file):
        file.write_text(file.read_text() + "encryptionsalt: v1:abc=:v1:def\n")
    assert file.read_text() == "# a comment\nconfig:\n  a:b: c\n"


@pytest.fixture
def full_disk() -> Iterator[Callable[[], None]]:
    """Makes a disk that holds eight bytes of a file and no more."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_a_stack_file_whole(tmp_path: Path, full_disk: Callable[[], None]) -> None:
    """With the salt that could not be taken out, where a link leads too."""
    link, file = tmp_path / "Pulumi.local.yaml", tmp_path / "own.yaml"
    file.write_text("config:\n  a:b: c\n")
    link.symlink_to(file)

    def engine() -> None:
        with salt.kept_out(link):
            file.write_text(file.read_text() + "encryptionsalt: v1:abc=:v1:def\n")
            full_disk()

    with pytest.raises(OSError, match="File too large"):
        engine()
    assert file.read_text() == "config:\n  a:b: c\nencryptionsalt: v1:abc=:v1:def\n"
    assert set(tmp_path.iterdir()) == {link, file}


def test_a_full_disk_leaves_no_empty_passphrase(tmp_path: Path, full_disk: Callable[[], None]) -> None:
    """It would be taken for the passphrase from then on."""
    full_disk()
    with pytest.raises(OSError, match="File too large"):
        backend.passphrase_file(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("encryptionsalt: v1:old\n", "encryptionsalt: v1:old\n"),
        ("config: {}\n", "config:\n  a:token:\n    secure: v1:xyz\nencryptionsalt: v1:new\n"),
        ("config: {}\n", "config:\n  a:list:\n    - secure: v1:xyz\nencryptionsalt: v1:new\n"),
        ("config: {}\n", "config: {a:token: {secure: v1:xyz}}\nencryptionsalt: v1:new\n"),
        ("config: {}\n", "config:\n  a:list: [{'secure': v1:xyz}]\nencryptionsalt: v1:new\n"),
    ],
)
def test_salt_that_is_needed_stays(before: str, after: str, tmp_path: Path) -> None:
    """A file that had a salt, or holds secrets, cannot be read without it."""
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(before)
    with salt.kept_out(file):
        file.write_text(after)
    assert file.read_text() == after


def test_only_pending_creates_count() -> None:
    """Other pending operations are the engine's own business, and a new stack has none."""
    operations = [{"type": "creating"}, {"type": "deleting"}, {"type": "creating"}]
    assert pending.count_creates(json.dumps({"deployment": {"pending_operations": operations}})) == 2
    assert pending.count_creates(json.dumps({"deployment": {}})) == 0
    assert pending.count_creates(json.dumps({"deployment": None})) == 0


def test_next_steps_name_each_image_and_the_stack() -> None:
    """Images stand with name and id, and the commands are those for this stack."""
    images = [Built("hello", {"image_id": "5a1", "image_name": "hello-1", "fingerprint": "x"})]
    shown = next_steps.describe("sandbox", images, is_local=True)
    assert "hello-1  5a1" in shown
    assert "make destroy STACK=sandbox" in shown


def test_next_steps_stand_in_columns_whatever_the_stack_is_called() -> None:
    """What each command does begins in one column, beside the longest of them."""
    images = [Built("hello", {"image_id": "5a1", "image_name": "hello-1", "fingerprint": "x"})]
    lines = next_steps.describe("a-stack-with-a-long-name", images, is_local=True).partition("Next:\n")[2].splitlines()
    assert len(lines) == 4
    assert len({line.rindex("  ") for line in lines}) == 1


def test_next_steps_are_silent_without_images() -> None:
    """A stack without images has nothing to go on with."""
    assert next_steps.describe("local", [], is_local=True) == ""


@pytest.mark.parametrize(
    ("kinds", "creates", "line"),
    [
        (["Build"], 0, ""),
        (["TemporaryVm"], 0, "x0 is still there: make up STACK=dev goes on, make destroy STACK=dev removes it"),
        (
            ["TemporaryVm", "Build", "ChrootDisk"],
            0,
            "x0, x2 are still there: make up STACK=dev goes on, make destroy STACK=dev removes them",
        ),
        ([], 1, "what an interrupted create made is still there: "),
        (["TemporaryVm"], 2, "x0, what 2 interrupted creates made are still there: "),
    ],
)
def test_what_a_failed_run_left_is_named_with_what_removes_it(kinds: list[str], creates: int, line: str) -> None:
    """Machines, disks and creates of unknown outcome, in one line; nothing is said when nothing is left."""
    resources = [
        {"urn": f"urn:pulumi:dev::p::t::x{index}", "type": f"pulumi-python:dynamic/hyperone:{kind}"}
        for index, kind in enumerate(kinds)
    ]
    deployment = {"resources": resources, "pending_operations": [{"type": "creating"}] * creates}
    said = next_steps.describe_rest("dev", json.dumps({"deployment": deployment}))
    assert said.startswith(line)
    assert bool(said) == bool(line)


def test_released_machines_are_not_named() -> None:
    """Their rows stay in the state, but they are gone; those of a build that was not released cost money."""
    resources = [
        {
            "urn": f"urn:pulumi:dev::p::t::{build}-{kind}",
            "type": f"pulumi-python:dynamic/hyperone:{kind}",
            "inputs": {"build_id": build},
        }
        for build, kind in (("b1", "TemporaryVm"), ("b1", "ChrootDisk"), ("b1", "Release"), ("b2", "TemporaryVm"))
    ]
    said = next_steps.describe_rest("dev", json.dumps({"deployment": {"resources": resources}}))
    assert said.startswith("b2-TemporaryVm is still there: ")


def test_old_and_new_machine_of_a_rebuild_are_counted() -> None:
    """They have one name, which is said once."""
    machine = {"urn": "urn:pulumi:dev::p::t::web-builder", "type": "pulumi-python:dynamic/hyperone:TemporaryVm"}
    said = next_steps.describe_rest("dev", json.dumps({"deployment": {"resources": [machine, machine]}}))
    assert said == ("web-builder (2) are still there: make up STACK=dev goes on, make destroy STACK=dev removes them")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            ["status", "STACK=nope"],
            "error: there is no stacks/Pulumi.nope.yaml; the stacks are chroot, chroot-debootstrap, dev, ",
        ),
        (["timeline", "STACK=nope"], "error: there is no stacks/Pulumi.nope.yaml; "),
        (["env", "STACK="], "error: STACK= names no stack; the stacks are chroot, chroot-debootstrap, dev, "),
        (["up", "STACK="], "error: STACK= names no stack; "),
        (
            ["preview", "STACK=sandbox", "CLOUD=foo"],
            "error: CLOUD=foo is not supported; use CLOUD=local or CLOUD=hyperone",
        ),
        (["preview", "STACK=sandbox", "API=v3"], "error: API=v3 is not supported; use API=v1 or API=v2"),
    ],
)
def test_a_wrong_choice_is_said_in_one_line(typed: list[str], said: str) -> None:
    """Before anything is started, and with what there is to choose from."""
    answer = subprocess.run(["make", *typed], cwd=paths.ROOT, capture_output=True, text=True, timeout=120, check=False)
    first, *rest = answer.stderr.splitlines()
    assert first.startswith(said)
    assert [line for line in rest if not line.startswith("make: ***")] == []
    assert answer.stdout == ""
