"""An SSH transport that asks for the authentication service once, and never waits for what came already or cannot come.

Paramiko's own ServiceRequestingTransport begins to listen for an answer after it has asked, so a quick one is missed
until the time-out, and it waits for the service without any limit.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import paramiko
from paramiko.auth_handler import AuthOnlyHandler
from paramiko.common import cMSG_SERVICE_REQUEST

# Nothing but our own progress is printed: paramiko would write tracebacks of refused connections to stderr.
logging.getLogger("paramiko").addHandler(logging.NullHandler())
logging.getLogger("paramiko").propagate = False


class LoginTransport(paramiko.ServiceRequestingTransport):  # type: ignore[name-defined, misc]
    """A client transport for logging in with several keys, one after the other."""

    def __init__(self, sock: Any, **options: Any) -> None:
        """`options` are those of paramiko's Transport."""
        super().__init__(sock, **options)
        self._accepted = threading.Event()
        self._delayed: list[paramiko.Message] = []

    def _send_user_message(self, data: paramiko.Message) -> None:
        """Send a message, later when it is this thread's and keys are being exchanged.

        This thread reads the exchange. Paramiko has it wait for the end when the machine closes a channel meanwhile,
        and the connection is lost.
        """
        if threading.current_thread() is self and not self.clear_to_send.is_set():
            self._delayed.append(data)
        else:
            super()._send_user_message(data)

    def _parse_newkeys(self, message: paramiko.Message) -> None:
        super()._parse_newkeys(message)
        delayed, self._delayed = self._delayed, []
        for data in delayed:
            super()._send_user_message(data)

    def _parse_service_accept(self, message: paramiko.Message) -> None:
        super()._parse_service_accept(message)
        self._accepted.set()

    def ensure_session(self) -> None:
        """Ask for the authentication service; raises SSHException when it is not granted within `auth_timeout`."""
        if not self.active or not self.initial_kex_done:
            raise paramiko.SSHException("the session is closed")
        if self._service_userauth_accepted:
            return
        message = paramiko.Message()
        message.add_byte(cMSG_SERVICE_REQUEST)
        message.add_string("ssh-userauth")
        self._send_message(message)
        end = time.monotonic() + self.auth_timeout
        while not self._accepted.wait(0.1):
            if not self.active:
                raise self.get_exception() or paramiko.SSHException("the server hung up before the login")
            if time.monotonic() >= end:
                raise paramiko.SSHException("the server does not offer to authenticate")
        self.auth_handler = _AuthHandler(self)


class _AuthHandler(AuthOnlyHandler):
    """Listens from before a request is sent: the event that paramiko makes afterwards is not taken."""

    def __init__(self, transport: paramiko.Transport) -> None:
        self._event: threading.Event | None = None
        self._asking = False
        super().__init__(transport)

    @property
    def auth_event(self) -> threading.Event | None:
        """What the answer to the running request sets."""
        return self._event

    @auth_event.setter
    def auth_event(self, event: threading.Event | None) -> None:
        if not self._asking:
            self._event = event

    def send_auth_request(
        self, username: str, method: str, finish_message: Callable[[paramiko.Message], None] | None = None
    ) -> Any:
        """Send a request and wait for its answer, however quickly it comes."""
        self._event, self._asking = threading.Event(), True
        try:
            return super().send_auth_request(username, method, finish_message)
        finally:
            self._asking = False


@contextlib.contextmanager
def closing_after(opened: paramiko.Transport | paramiko.Channel, seconds: float | None) -> Iterator[None]:
    """Close what was opened when the block takes longer than `seconds` (None: it may take any time).

    Some of paramiko's waits have no limit, or one for each of many keys.
    """
    if seconds is None:
        yield
        return
    timer = threading.Timer(seconds, opened.close)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
