"""Try an image: a machine from it, and how to log in to it."""

from __future__ import annotations

import shlex
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pulumi_hyperone.local_cloud.command import control

NAME = "trial"
USER = "guru"
START_DEADLINE = 600.0
SSH_DEADLINE = 300.0


def start_machine(info: dict[str, Any], image: str, key: Path, vm_type: str, size: float) -> str:
    """Start a VM from `image` (id or name) that lets `key` in; returns the ssh command line, once it works.

    `size` is that of its disk in GiB. Raises control.ControlError.
    """
    body = {
        "name": NAME,
        "service": vm_type,
        "image": image,
        "username": USER,
        "sshKeys": [key.with_name(key.name + ".pub").read_text()],
        "disk": [{"service": "ssd", "size": size, "name": NAME}],
        "netadp": [{"service": "public"}],
    }
    vm = control.call(info, "POST", "/v1/vm", body, timeout=START_DEADLINE)
    deadline = time.monotonic() + SSH_DEADLINE
    while not (command := _login(info, vm["id"], key)):
        if time.monotonic() > deadline:
            raise control.ControlError(f"machine {vm['id']} accepted no SSH login within {SSH_DEADLINE:.0f} s")
        time.sleep(control.ASK_EVERY)
    return shlex.join(command)


def _login(info: dict[str, Any], vm_id: str, key: Path) -> list[str]:
    """The ssh command that logs in on the machine, empty while it does not work yet."""
    addresses = [ip for adapter in control.call(info, "GET", f"/v1/vm/{vm_id}/netadp") for ip in adapter["ip"]]
    if not addresses:
        return []
    command = ssh_command(addresses[0]["address"], int(info["ssh_port"]), key)
    return command if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0 else []


def ssh_command(address: str, port: int, key: Path) -> list[str]:
    """How to log in; host keys are not kept, since each trial machine has one of its own."""
    options = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]
    return ["ssh", "-i", str(key), *options, "-o", "ConnectTimeout=5", "-p", str(port), f"{USER}@{address}"]


def remove_machines(info: dict[str, Any]) -> int:
    """Remove all machines that were started to try images, with their disks; returns how many."""
    machines = control.call(info, "GET", f"/v1/vm?name={quote(NAME)}")
    for vm in machines:
        disks = [hdd["disk"]["id"] for hdd in control.call(info, "GET", f"/v1/vm/{vm['id']}/hdd")]
        control.call(info, "DELETE", f"/v1/vm/{vm['id']}", {"removeDisks": disks}, timeout=START_DEADLINE)
    return len(machines)


def own_key(folder: Path) -> Path:
    """A key pair for trial machines, kept in `folder` and made when it is not there."""
    key = folder / "trial_key"
    if not key.exists():
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "trial", "-f", str(key)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return key
