"""The same on a sandbox machine of the local cloud: another SSH server, a plain user, a sudo of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pulumi_hyperone.provider.foundation.errors import Interrupted
from pulumi_hyperone.provider.provisioners.build_log import BuildLog
from pulumi_hyperone.provider.provisioners.catalog import parse
from pulumi_hyperone.provider.provisioners.context import RunContext
from pulumi_hyperone.provider.provisioners.run import run_all
from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions
from pulumi_hyperone.provider.ssh.keys import generate
from pulumi_hyperone.provider.ssh.ssh_machine import SshMachine
from tests.support.sandboxes import Sandboxes

pytestmark = pytest.mark.cloud
PORT = 47333


@pytest.fixture(scope="module")
def sandboxes(tmp_path_factory) -> Iterator[Sandboxes]:
    """Sandbox machines in a loop of their own."""
    cloud = Sandboxes(tmp_path_factory.mktemp("sandboxes"), PORT)
    yield cloud
    cloud.close()


@pytest.fixture
def box(sandboxes, interruption) -> Iterator[SshMachine]:
    """A machine connected to a sandbox as user guru."""
    pair = generate()
    spec = sandboxes.start(ssh_keys=(pair.public,))
    options = CommunicatorOptions(ssh_port=PORT, ssh_timeout="30s")
    address = spec.ssh_addresses[0]
    with SshMachine.connect(options, address, private_keys=[pair.private], interruption=interruption) as machine:
        yield machine
    sandboxes.run(sandboxes.machines.turn_off(spec.vm_id))


def test_provisioners_run_as_guru_and_root(box, interruption, tmp_path: Path) -> None:
    """Scripts, files in root's places and downloads work for a user with sudo."""
    raw = [
        {"type": "file", "content": "conf", "destination": "/opt/conf", "owner": "root", "mode": "0600"},
        {"type": "shell", "inline": ["id -un", 'sudo sh -c "cat /opt/conf > /srv/out; id -u >> /srv/out"']},
        {"type": "file", "source": "/srv/out", "destination": "out", "direction": "download"},
    ]
    provisioners, faults = parse(raw, tmp_path, "p")
    assert faults == []
    with BuildLog(tmp_path / "log") as log:
        run_all(provisioners, box, RunContext(log, interruption, tmp_path))
        assert "guru" in (tmp_path / "log").read_text()
    assert (tmp_path / "out").read_text() == "conf0\n"


def test_a_key_after_a_refused_one(sandboxes, interruption) -> None:
    """The sandbox hangs up on clients that ask twice for the authentication service: ours asks once for all keys."""
    keys = [generate() for _ in range(3)]
    spec = sandboxes.start(ssh_keys=(keys[2].public,))
    options = CommunicatorOptions(ssh_port=PORT, ssh_timeout="30s", ssh_handshake_attempts=1)
    private = [pair.private for pair in keys]
    said: list[str] = []
    with SshMachine.connect(
        options, spec.ssh_addresses[0], private_keys=private, interruption=interruption, progress=said.append
    ) as machine:
        assert machine.run("id -un", timeout=20, capture=True).text == "guru"
    assert not any("hung up" in line for line in said), said
    sandboxes.run(sandboxes.machines.turn_off(spec.vm_id))


def test_trees_and_large_files(box, tmp_path: Path) -> None:
    """Bulk data arrives over a server that is not OpenSSH."""
    (tmp_path / "t" / "d").mkdir(parents=True)
    (tmp_path / "t" / "d" / "big").write_bytes(bytes(range(256)) * 100_000)
    box.upload_tree(tmp_path / "t", "~/t")
    box.download_tree("~/t", tmp_path / "back")
    assert (tmp_path / "back" / "t" / "d" / "big").read_bytes() == bytes(range(256)) * 100_000


def test_interruption_ends_what_runs(box, interruption) -> None:
    """The switch ends a command in the sandbox with all that it started, at once."""
    marker = "31415.926"
    threading.Timer(1.0, interruption.set, ["stop"]).start()
    with pytest.raises(Interrupted):
        box.run(f"trap '' TERM; sudo sleep {marker} & sleep {marker}", timeout=60)

    def alive() -> list[psutil.Process]:
        return [process for process in psutil.process_iter(["cmdline"]) if marker in (process.info["cmdline"] or [])]

    end = time.monotonic() + 5
    while alive() and time.monotonic() < end:
        time.sleep(0.05)
    assert alive() == []
