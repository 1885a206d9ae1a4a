"""The limits of the communicator in effect: builds that end when a machine is silent, refuses, or says nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psutil
import pytest

from tests.support.cloud import Cloud
from tests.support.front import Front, Rules
from tests.support.options import covers
from tests.support.relay import Relay, relayed
from tests.support.stacks import Run, image, new_stack

SLEEP = "97.531"
"""Seconds that the silent command would take; its process is known by them."""


@dataclass
class Built:
    """What `up` said, and the servers that took part."""

    run: Run
    front: Front
    mute: Relay


@pytest.fixture(scope="module")
def front(tmp_path_factory) -> Iterator[Front]:
    """An SSH server that refuses the keys of the user `refused`."""
    server = Front(tmp_path_factory.mktemp("front"), Rules(passwords={"refused": "never given"}))
    yield server
    server.close()


@pytest.fixture(scope="module")
def built(session_cloud, front, engine_path, api_version, tmp_path_factory) -> Iterator[Built]:
    """One `up` of one stack whose images all fail, each by its own limit; destroyed at the end."""
    session_cloud.reset()
    cloud = Cloud(session_cloud)
    stack = new_stack(tmp_path_factory.mktemp("limits"), engine_path, cloud, "test", api_version)
    with relayed(front.port, -1) as mute, relayed(front.port, 0) as stuck:

        def at(port: int, user: str, **options: object) -> dict[str, object]:
            return image(ssh_host="127.0.0.1", ssh_port=port, ssh_username=user, **options)

        stack.configure(
            {
                "mute": at(mute.port, "mute", ssh_timeout="6s"),
                "stuck": at(stuck.port, "stuck", ssh_timeout="5s"),
                "refused": at(front.port, "refused", ssh_handshake_attempts="3"),
                "silent": at(
                    front.port,
                    "silent",
                    ssh_read_write_timeout="5s",
                    ssh_keep_alive_interval="500ms",
                    provisioners=[{"type": "shell", "inline": [f"echo begun; sleep {SLEEP}; echo ended > ended"]}],
                ),
            }
        )
        yield Built(stack.up().failed(), front, mute)
    stack.destroy().ok()
    cloud.assert_only_images()


@covers("ssh_timeout")
def test_ssh_timeout_ends_the_wait_for_a_machine(built):
    """A machine that shows no banner is given up after 6 s, one that stops in the middle of the handshake after 5 s."""
    assert "no SSH session with mute@127.0.0.1" in built.run.text
    assert "within 6 s; last reason: connected, but no SSH banner came" in built.run.text
    assert "within 5 s; last reason: connected, but the SSH handshake did not end in time" in built.run.text
    assert built.mute.held > 2, "it was asked again and again"


@covers("ssh_handshake_attempts")
def test_refused_logins_end_after_the_attempts(built):
    """The server saw three connections, and the report says that all were refused."""
    assert built.front.seen["refused"].connections == 3
    assert "after 3 attempts; last reason: the login of 'refused' was refused" in built.run.text


@covers("ssh_read_write_timeout")
def test_a_silent_command_ends_the_build(built):
    """A command that says nothing for 5 s is ended, though the server answers every probe."""
    assert "the command was silent for 5 s (ssh_read_write_timeout)" in built.run.text
    assert built.front.seen["silent"].keepalives >= 2
    assert [process for process in psutil.process_iter(["cmdline"]) if SLEEP in (process.info["cmdline"] or [])] == []
    assert not (built.front.folder / "ended").exists()
