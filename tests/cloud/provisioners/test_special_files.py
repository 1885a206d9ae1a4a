"""Devices, pipes and sockets as local files: refused before anything reads them, since reading may never end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pulumi_hyperone.provider.foundation.errors import ProvisionerFailed, SettingsError
from pulumi_hyperone.provider.provisioners.base import hash_path
from pulumi_hyperone.provider.provisioners.build_log import BuildLog
from pulumi_hyperone.provider.provisioners.catalog import parse
from pulumi_hyperone.provider.provisioners.context import RunContext
from pulumi_hyperone.provider.provisioners.run import run_all
from pulumi_hyperone.provider.ssh.keys import load_private_key

pytestmark = pytest.mark.cloud
ZERO = "/dev/zero"


@pytest.fixture
def pipe(tmp_path: Path) -> str:
    """A named pipe that nobody writes to."""
    os.mkfifo(tmp_path / "pipe")
    return str(tmp_path / "pipe")


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"type": "shell", "script": ZERO}, "script"),
        ({"type": "shell", "scripts": [ZERO]}, "scripts[0]"),
        ({"type": "shell-local", "script": ZERO}, "script"),
        ({"type": "file", "source": ZERO, "destination": "/x"}, "source"),
        ({"type": "ansible", "command": "true", "playbook_file": ZERO}, "playbook_file"),
    ],
)
def test_a_device_is_a_fault_at_its_option(options, option, tmp_path: Path) -> None:
    """`/dev/zero` can be opened and read for ever; the fault names the option and the file."""
    _, faults = parse([options], tmp_path, "provisioners")
    assert [str(fault) for fault in faults] == [f"provisioners[0].{option}: {ZERO} is neither a file nor a folder"]


def test_a_pipe_is_a_fault_and_not_waited_for(pipe: str, tmp_path: Path) -> None:
    """Opening a pipe that nobody writes to would block the preview."""
    _, faults = parse([{"type": "shell", "script": pipe}], tmp_path, "provisioners")
    assert [fault.message for fault in faults] == [f"{pipe} is neither a file nor a folder"]


def test_hashing_never_reads_one(pipe: str, tmp_path: Path) -> None:
    """What is hashed without a check before, such as Ansible's roles_path, does not hang either."""
    assert hash_path(Path(ZERO)) == hash_path(Path(pipe))
    (tmp_path / "site.yml").touch()
    raw = {"type": "ansible", "command": "true", "playbook_file": "site.yml", "roles_path": pipe}
    (provisioner,), faults = parse([raw], tmp_path, "provisioners")
    assert faults == []
    assert pipe in provisioner.parts(tmp_path)


def test_one_that_is_made_during_the_build_fails_the_upload(machine, interruption, pipe: str, tmp_path: Path) -> None:
    """A generated source is only looked at when it is sent; a pipe there fails at once."""
    raw = {"type": "file", "source": pipe, "destination": str(tmp_path / "there"), "generated": True}
    provisioners, _ = parse([raw], tmp_path, "provisioners")
    with BuildLog(tmp_path / "log") as log, pytest.raises(ProvisionerFailed, match="neither a file nor a folder"):
        run_all(provisioners, machine, RunContext(log, interruption, tmp_path))


def test_a_private_key_must_be_a_file(pipe: str) -> None:
    """A key from a device or pipe is refused before it is read."""
    for name in (ZERO, pipe):
        with pytest.raises(SettingsError, match=f"{name} cannot be read: it is not a regular file"):
            load_private_key(Path(name))
