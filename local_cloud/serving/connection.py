"""Connections that have to send their headers in time, and are told in the envelope what is no HTTP.

Uvicorn itself waits for headers without end, and answers bytes that are no request in plain text.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from pulumi_hyperone.local_cloud.routes.envelope import envelope

HEADER_DEADLINE = 5.0  # seconds; clients are on this machine


class Connection(H11Protocol):
    """Closed when the first byte, or the end of a request's headers, comes later than the deadline.

    Between two requests uvicorn's `timeout_keep_alive` counts.
    """

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Wait on where headers are begun; every request has one deadline, however many pieces it comes in."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Wait on where the next headers began to arrive during the reply."""
        super().on_response_complete()
        if self.conn.trailing_data[0]:
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing to wait for any more."""
        self._stop()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Answer bytes that are no HTTP request; to which generation of the API they were sent is not known."""
        reply = envelope(400, f"this is not an HTTP request: {msg}")
        start = h11.Response(status_code=400, headers=[*reply.raw_headers, (b"connection", b"close")])
        for event in (start, h11.Data(data=bytes(reply.body)), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event))
        self.transport.close()

    def _watch(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._stop()
        elif self._late is None:
            self._late = self.loop.call_later(HEADER_DEADLINE, self.transport.close)

    def _stop(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
