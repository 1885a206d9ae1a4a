"""`try` and `clean`: a machine from an image, with the ssh command that logs in on it."""

from __future__ import annotations

import shlex
import subprocess

import pytest

from pulumi_hyperone.local_cloud import LocalCloud
from pulumi_hyperone.local_cloud.command import control, trial

pytestmark = pytest.mark.cloud


def test_the_printed_command_logs_in_and_clean_removes_the_machine(tmp_path):
    """What `try` prints works as it stands; `clean` leaves no VM and no disk."""
    with LocalCloud.start(tmp_path / "home") as cloud:
        line = trial.start_machine(cloud.info, "sandbox", trial.own_key(tmp_path), "a1.nano", 1)
        done = subprocess.run([*shlex.split(line), "whoami"], capture_output=True, text=True, check=True)
        assert done.stdout == "guru\n"
        assert trial.remove_machines(cloud.info) == 1
        left = cloud.local("GET", "inventory")
        assert (left["vms"], left["disks"]) == ([], [])


def test_an_unknown_image_is_one_line(tmp_path):
    """The cloud's refusal is passed on."""
    with LocalCloud.start(tmp_path / "home") as cloud, pytest.raises(control.ControlError, match="404"):
        trial.start_machine(cloud.info, "no-such-image", trial.own_key(tmp_path), "a1.nano", 1)
