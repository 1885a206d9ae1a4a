"""The transport of SSH logins against a server whose answer is there before anybody could wait for it."""

from __future__ import annotations

import threading

import paramiko
import pytest

from pulumi_hyperone.provider.ssh.login_transport import _AuthHandler


class QuickTransport(paramiko.Transport):
    """Answers a request in the very moment in which it is sent."""

    def __init__(self, accept: bool) -> None:
        self.accept = accept
        self.handler = None
        self.lock = threading.Lock()
        self.auth_timeout = 5
        self.saved_exception = None
        self.server_mode = False

    def _send_message(self, _message) -> None:
        self.handler.authenticated = self.accept
        self.handler.auth_event.set()

    def is_active(self) -> bool:
        """Whether it is usable."""
        return True

    def get_exception(self):
        """No error."""
        return


@pytest.mark.parametrize("accept", [True, False])
def test_an_answer_that_comes_while_the_request_is_sent_is_not_missed(accept):
    """Success and refusal are both noticed at once, not after the time-out."""
    transport = QuickTransport(accept)
    transport.handler = handler = _AuthHandler(transport)
    if accept:
        assert handler.send_auth_request("me", "none", lambda _: None) == []
    else:
        with pytest.raises(paramiko.AuthenticationException, match="failed"):
            handler.send_auth_request("me", "none", lambda _: None)
