"""Every option of the communicator in effect, as the SSH servers, bastions and proxies of the tests see it."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pulumi_hyperone.provider.ssh.keys import generate
from tests.cloud.ssh.conftest import Proxy
from tests.support.cloud import Cloud
from tests.support.front import Front, Rules
from tests.support.machines import run_on_machine_from
from tests.support.options import covers
from tests.support.stacks import Stack, image, new_stack, wait_for

PASSWORD = "open sesame"
EXCHANGE = "ecdh-sha2-nistp521"
UPLOAD = {"type": "file", "source": "payload", "destination": "PLACE"}


@dataclass
class Built:
    """The stack after `up`: the servers that took part, with what they saw."""

    stack: Stack
    cloud: Cloud
    front: Front
    bastion: Front
    socks: Proxy
    http: Proxy

    def address(self, name: str) -> str:
        """The address of an image's builder."""
        return self.stack.resources()[f"{name}-builder"]["outputs"]["address"]


@pytest.fixture(scope="module")
def cloud(session_cloud):
    """One cloud for the module."""
    session_cloud.reset()
    return Cloud(session_cloud)


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> Path:
    """A folder with a key `id`, a key `signed` with a certificate, an authority, and a key for the agent."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("id", "signed", "authority", "agent"):
        pair = generate()
        (folder / name).write_text(pair.private)
        (folder / name).chmod(0o600)
        (folder / f"{name}.pub").write_text(pair.public + "\n")
    sign = ["ssh-keygen", "-q", "-s", "authority", "-I", "test", "-n", "certificate,b-certificate", "signed.pub"]
    subprocess.run(sign, cwd=folder, check=True)
    return folder


@pytest.fixture(scope="module")
def agent(keys) -> Iterator[str]:
    """A real ssh-agent with one key; ended by its process id."""
    path = str(keys / "socket")
    process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL)
    wait_for(lambda: os.path.exists(path), 10, "the agent's socket")
    subprocess.run(["ssh-add", "-q", "agent"], cwd=keys, check=True, env={**os.environ, "SSH_AUTH_SOCK": path})
    yield path
    process.terminate()
    process.wait()


def rules(keys: Path, prefix: str = "") -> Rules:
    """Who may log in at a server: each user by one way alone."""
    return Rules(
        passwords={f"{prefix}password": PASSWORD},
        keys={f"{prefix}keyfile": (keys / "id.pub").read_text(), f"{prefix}agent": (keys / "agent.pub").read_text()},
        authorities={f"{prefix}certificate": (keys / "authority.pub").read_text().strip()},
    )


@pytest.fixture(scope="module")
def servers(keys, tmp_path_factory) -> Iterator[dict[str, Any]]:
    """An SSH server that stands before machines, a bastion, and two proxies, one with a password."""
    front = Front(tmp_path_factory.mktemp("front"), rules(keys))
    bastion = Front(tmp_path_factory.mktemp("bastion"), rules(keys, "b-"))
    proxies = {"socks": Proxy("socks5", "me", PASSWORD), "http": Proxy("http")}
    for proxy in proxies.values():
        threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True).start()
    yield {"front": front, "bastion": bastion, **proxies}
    for proxy in proxies.values():
        proxy.shutdown()
        proxy.server_close()
    front.close()
    bastion.close()


def settings(servers: dict[str, Any], keys: Path) -> dict[str, dict[str, Any]]:
    """An image for each way to log in, to send files, and to get there."""
    front, bastion = servers["front"], servers["bastion"]
    done = [{"type": "shell", "inline": ["echo done"]}]
    place = str(front.folder)

    def at_front(user: str, **more: Any) -> dict[str, Any]:
        there = {"ssh_host": "127.0.0.1", "ssh_port": str(front.port), "ssh_username": user}
        return image(**{"provisioners": done, **there, **more})

    def by_bastion(user: str, **more: Any) -> dict[str, Any]:
        there = {"ssh_bastion_host": "127.0.0.1", "ssh_bastion_port": bastion.port, "ssh_bastion_username": user}
        return image(**there, **{f"ssh_bastion_{name}": value for name, value in more.items()})

    def by_proxy(kind: str, **more: Any) -> dict[str, Any]:
        port = servers["socks" if kind == "socks5" else "http"].port
        return image(ssh_proxy_host="127.0.0.1", ssh_proxy_port=port, ssh_proxy_type=kind, **more)

    def upload(name: str) -> list[dict[str, Any]]:
        return [{**UPLOAD, "destination": f"{place}/{name}"}, {"type": "shell", "inline": ["sleep 1"]}]

    signed = {"private_key_file": str(keys / "signed"), "certificate_file": str(keys / "signed-cert.pub")}
    return {
        "password": at_front("password", ssh_password=PASSWORD),
        "keyfile": at_front("keyfile", ssh_private_key_file=str(keys / "id")),
        "certificate": at_front("certificate", **{f"ssh_{name}": value for name, value in signed.items()}),
        "agent": at_front("agent", ssh_agent_auth=True, ssh_disable_agent_forwarding="false"),
        "plain": at_front("plain"),
        "wire": at_front(
            "wire",
            ssh_ciphers="aes256-ctr",
            ssh_key_exchange_algorithms=[EXCHANGE],
            ssh_pty=True,
            ssh_keep_alive_interval="200ms",
            ssh_file_transfer_method="scp",
            provisioners=upload("by-scp"),
        ),
        "sftp": at_front("sftp", ssh_file_transfer_method="sftp", provisioners=upload("by-sftp")),
        "none": image(communicator="none", ssh_host="127.0.0.1", ssh_port=1, provisioners=[]),
        "cleared": image(ssh_clear_authorized_keys="true"),
        "b-password": by_bastion("b-password", password=PASSWORD),
        "b-certificate": by_bastion("b-certificate", **signed),
        "b-agent": by_bastion("b-agent", agent_auth=True),
        "socks": by_proxy("socks5", ssh_proxy_username="me", ssh_proxy_password=PASSWORD),
        "http": by_proxy("http"),
    }


@pytest.fixture(scope="module")
def built(cloud, servers, keys, agent, engine_path, api_version, tmp_path_factory) -> Iterator[Built]:
    """One `up` of one stack with all images, built side by side; destroyed at the end."""
    stack = new_stack(tmp_path_factory.mktemp("communicator"), engine_path, cloud, "test", api_version)
    stack.environment["SSH_AUTH_SOCK"] = agent
    stack.write("payload", "carried\n")
    stack.configure(settings(servers, keys), defaults={"ssh_timeout": "30s"})
    stack.up().ok()
    yield Built(stack, cloud, servers["front"], servers["bastion"], servers["socks"], servers["http"])
    stack.destroy().ok()


@covers("ssh_host", "ssh_port")
def test_ssh_host_and_port_stand_in_for_the_machines_own(built):
    """All that was run for these images was run at the host and port of the settings."""
    for name in ("password", "keyfile", "certificate", "agent", "plain", "wire", "sftp"):
        assert built.front.seen[name].commands, name


@covers("ssh_password", "ssh_private_key_file", "ssh_certificate_file", "ssh_agent_auth")
def test_each_way_to_log_in_is_the_one_that_was_used(built):
    """The server takes one way from each user: password, own key, certificate of it, the agent's key."""
    used = {name: set(built.front.seen[name].logins) for name in ("password", "keyfile", "certificate", "agent")}
    assert used == {"password": {"password"}, "keyfile": {"key"}, "certificate": {"certificate"}, "agent": {"key"}}


@covers("ssh_disable_agent_forwarding")
def test_the_agent_is_forwarded_only_when_asked(built):
    """The machine is offered the agent of the image that asks for it, and no other."""
    assert built.front.seen["agent"].agents > 0
    assert built.front.seen["plain"].agents == 0


@covers("ssh_ciphers", "ssh_key_exchange_algorithms")
def test_ciphers_and_key_exchanges_are_those_of_the_settings(built):
    """What was negotiated is what was set, and not what the others use."""
    assert (built.front.seen["wire"].ciphers, built.front.seen["wire"].exchanges) == ({"aes256-ctr"}, {EXCHANGE})
    assert "aes256-ctr" not in built.front.seen["plain"].ciphers
    assert EXCHANGE not in built.front.seen["plain"].exchanges


@covers("ssh_pty")
def test_commands_of_provisioners_get_a_terminal_when_asked(built):
    """The image with ssh_pty had terminals, the other none."""
    assert built.front.seen["wire"].terminals > 0
    assert built.front.seen["plain"].terminals == 0


@covers("ssh_keep_alive_interval")
def test_keep_alive_messages_come_as_often_as_asked(built):
    """Every 200 ms during a provisioner of a second; with the default of 15 s none in that time."""
    assert built.front.seen["wire"].keepalives >= 2
    assert built.front.seen["sftp"].keepalives == 0


@covers("ssh_file_transfer_method")
def test_files_are_sent_as_asked(built):
    """Only the method sftp asks for that subsystem; the file is there by either."""
    assert "sftp" in built.front.seen["sftp"].subsystems
    assert built.front.seen["wire"].subsystems == []
    assert {(built.front.folder / name).read_text() for name in ("by-scp", "by-sftp")} == {"carried\n"}


@covers("communicator")
def test_without_a_communicator_the_image_is_made_of_the_machine_as_it_is(built):
    """Nothing was tried at a port where nothing listens; the image is there."""
    assert {one["tag"]["pulumi-image"] for one in built.cloud.images()} >= {"none"}


@covers("ssh_clear_authorized_keys")
def test_the_temporary_key_is_not_in_the_image_when_it_is_cleared(built):
    """A machine made from the image does not know the build's key; without the option it does."""
    ids = {one["tag"]["pulumi-image"]: one["id"] for one in built.cloud.images()}
    found = {}
    for name in ("cleared", "socks"):
        key = built.stack.resources()[f"{name}-build"]["outputs"]["public_key"].split()[1]
        found[name] = key in run_on_machine_from(built.cloud, ids[name], "cat .ssh/authorized_keys")
    assert found == {"cleared": False, "socks": True}


@covers("ssh_bastion_host", "ssh_bastion_port", "ssh_bastion_username", "ssh_bastion_password")
@covers("ssh_bastion_private_key_file", "ssh_bastion_certificate_file", "ssh_bastion_agent_auth")
def test_machines_are_reached_through_the_bastion(built):
    """Logged in there by password, certificate or agent, and asked to go on to the machine's own address."""
    ways = {"b-password": "password", "b-certificate": "certificate", "b-agent": "key"}
    for name, way in ways.items():
        assert set(built.bastion.seen[name].logins) == {way}
        assert built.bastion.seen[name].forwards[0] == (built.address(name), built.stack.port)


@covers("ssh_proxy_host", "ssh_proxy_port", "ssh_proxy_type", "ssh_proxy_username", "ssh_proxy_password")
def test_machines_are_reached_through_the_proxy(built):
    """A SOCKS5 proxy with a password and an HTTP proxy were asked for the machine's own address."""
    assert built.socks.asked[0] == (built.address("socks"), built.stack.port)
    assert built.http.asked[0] == (built.address("http"), built.stack.port)
