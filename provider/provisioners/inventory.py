"""The inventory of an Ansible run: one host, reached as the build reaches its machine."""

from __future__ import annotations

import shlex
from pathlib import Path

from pulumi_hyperone.provider.provisioners.ansible import Ansible
from pulumi_hyperone.provider.provisioners.base import StepFailed
from pulumi_hyperone.provider.ssh.machine import Machine
from pulumi_hyperone.provider.ssh.ssh_machine import SshMachine


def reached_over_ssh(machine: Machine) -> SshMachine:
    """The machine, when Ansible can reach what is provisioned. Raises StepFailed in a chroot build."""
    if not isinstance(machine, SshMachine):
        raise StepFailed("ansible works over SSH, so in a chroot build it would change the builder, not the image")
    return machine


def write_inventory(ansible: Ansible, machine: SshMachine, folder: Path) -> Path:
    """Write key, known_hosts and inventory into `folder`; return the inventory. Raises StepFailed."""
    options = machine.options
    if options.ssh_proxy_host:
        raise StepFailed("ansible cannot use ssh_proxy_host; use a bastion, or run the playbook on the machine")
    known_hosts = folder / "known_hosts"
    known_hosts.write_text(_known_host(machine.host, options.ssh_port, machine.host_key))
    ssh = ["-o", f"UserKnownHostsFile={known_hosts}", "-o", "StrictHostKeyChecking=yes"]
    variables = {
        "ansible_host": machine.host,
        "ansible_port": str(options.ssh_port),
        "ansible_user": ansible.user or options.ssh_username,
        "ansible_connection": "ssh",
    }
    key = machine.write_private_key(folder / "key")
    if key:
        variables["ansible_ssh_private_key_file"] = str(key)
        ssh += ["-o", "IdentitiesOnly=yes"]
    elif options.ssh_password:
        raise StepFailed("ansible needs a key: let the build make one, or set ssh_private_key_file")
    proxy = machine.proxy_command(folder)
    if proxy:
        ssh += ["-o", f"ProxyCommand={proxy}"]
    variables["ansible_ssh_common_args"] = shlex.join(ssh)
    host = f"{ansible.host_alias} " + " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
    lines = [host, *(f"[{group}]\n{ansible.host_alias}" for group in ansible.groups)]
    lines += [f"[{group}]" for group in ansible.empty_groups]
    inventory = folder / "inventory"
    inventory.write_text("\n".join(lines) + "\n")
    return inventory


def _known_host(host: str, port: int, key: str) -> str:
    name = host if port == 22 else f"[{host}]:{port}"
    return f"{name} {key}\n"
