"""The machines of a build: its builder at work, and a proof machine that is started from its image."""

from __future__ import annotations

import io
import time
from typing import Any

import paramiko
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.support.cloud import Cloud
from tests.support.stacks import wait_for

CONNECT_WITHIN = 480.0


def builder(cloud: Cloud, key: str) -> dict[str, Any]:
    """The builder of an image once a command runs on it."""

    def found() -> dict[str, Any] | None:
        vms = [vm for vm in cloud.inventory()["vms"] if vm["tag"].get("pulumi-image") == key]
        return next((vm for vm in vms if "provisioning" in vm["tag"]), None)

    made: dict[str, Any] = wait_for(found, what=f"a running provisioner of {key}")
    return made


def run_on_machine_from(
    cloud: Cloud, image_id: str, command: str, *, vm_type: str = "a1.small", size: float = 4
) -> str:
    """What `command` prints on a new machine made from the image; the machine is removed afterwards."""
    key = _new_key()
    body = {
        "name": "proof",
        "service": vm_type,
        "image": image_id,
        "username": "guru",
        "sshKeys": [f"{key.get_name()} {key.get_base64()}"],
        "disk": [{"service": "ssd", "size": size, "name": "proof"}],
        "netadp": [{"service": "public"}],
    }
    vm = cloud.send("POST", "/v1/vm", body)
    try:
        address = cloud.get(f"/v1/vm/{vm['id']}/netadp")[0]["ip"][0]["address"]
        return _run(address, cloud.local.ssh_port, key, command)
    finally:
        disks = [hdd["disk"]["id"] for hdd in cloud.get(f"/v1/vm/{vm['id']}/hdd")]
        cloud.send("DELETE", f"/v1/vm/{vm['id']}", {"removeDisks": disks})


def run_on(address: str, port: int, private_key: str, command: str) -> str:
    """What `command` prints on a machine that runs and knows the key (OpenSSH's private format, ed25519)."""
    return _run(address, port, paramiko.Ed25519Key.from_private_key(io.StringIO(private_key)), command)


def _new_key() -> paramiko.PKey:
    text = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    return paramiko.Ed25519Key.from_private_key(io.StringIO(text.decode()))


def _run(address: str, port: int, key: paramiko.PKey, command: str) -> str:
    with _connected(address, port, key) as client:
        _, stdout, stderr = client.exec_command(command, timeout=60)
        output = stdout.read().decode()
        code = stdout.channel.recv_exit_status()
        assert code == 0, f"{command} ended with {code}: {stderr.read().decode()}"
        return output


def _connected(address: str, port: int, key: paramiko.PKey) -> paramiko.SSHClient:
    deadline = time.monotonic() + CONNECT_WITHIN
    options: dict[str, Any] = {"port": port, "username": "guru", "pkey": key, "look_for_keys": False}
    while True:
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        try:
            client.connect(address, **options, allow_agent=False, timeout=10, banner_timeout=30, auth_timeout=30)
        except (OSError, paramiko.SSHException):
            client.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
        else:
            return client
