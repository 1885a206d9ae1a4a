"""A machine that lets us log in but lacks what every command needs."""

from __future__ import annotations

import pytest

from pulumi_hyperone.provider.foundation.errors import ConnectFailed

pytestmark = pytest.mark.cloud


def test_a_missing_command_ends_the_wait_at_once(make_sshd, connect) -> None:
    """When the readiness command itself is not found, waiting longer cannot help: the error says what is missing."""
    server = make_sshd("ForceCommand no-such-shell")
    with pytest.raises(ConnectFailed, match=r"cannot run commands: .*no-such-shell.*\(exit code 127\)"):
        connect(server, ssh_timeout="60s")


def test_a_command_that_fails_otherwise_is_asked_again(make_sshd, connect) -> None:
    """Any other failure may pass, as on a machine that still starts, so it is waited for until the time-out."""
    server = make_sshd("ForceCommand echo starting; echo up; exit 1")
    reason = r"logged in, but no command runs yet \(exit code 1\): starting up\. "
    with pytest.raises(ConnectFailed, match=f"within 2 s; last reason: {reason}"):
        connect(server, ssh_timeout="2s")
