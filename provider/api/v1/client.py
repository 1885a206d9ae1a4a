"""The client: one attribute per noun, one transport behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from pulumi_hyperone.provider.api.credentials import Credentials
from pulumi_hyperone.provider.api.http.transport import Timing, Transport
from pulumi_hyperone.provider.api.v1.disks import Disks
from pulumi_hyperone.provider.api.v1.images import Images
from pulumi_hyperone.provider.api.v1.ips import Ips
from pulumi_hyperone.provider.api.v1.netadps import Netadps
from pulumi_hyperone.provider.api.v1.networks import Networks
from pulumi_hyperone.provider.api.v1.projects import Projects
from pulumi_hyperone.provider.api.v1.services import Services
from pulumi_hyperone.provider.api.v1.vms import Vms
from pulumi_hyperone.provider.foundation.interruption import Interruption


def _nothing() -> None:
    """Stand in where nobody asked to be told of calls."""


class HyperOneClient:
    """HyperOne's API, version 1. Thread-safe: many resources share one client and its 64 connections.

    `state_timeout` (seconds) bounds waits that bring no deadline of their own. `interruption` ends running calls and
    waits at once. `refresh_credentials` is asked once per refused token (401). `before_mutation` runs before every
    call that changes something and may raise to prevent it; `on_call` runs with every call, in the caller's thread.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        state_timeout: float = 300,
        interruption: Interruption,
        refresh_credentials: Callable[[], Credentials | None] | None = None,
        before_mutation: Callable[[], None] = _nothing,
        on_call: Callable[[], None] = _nothing,
        timing: Timing | None = None,
    ) -> None:
        self.state_timeout = state_timeout
        self._refresh_credentials = refresh_credentials
        self._transport = Transport(
            credentials,
            interruption=interruption,
            timing=timing or Timing(),
            refresh_credentials=refresh_credentials,
            before_mutation=before_mutation,
            on_call=on_call,
        )
        self.vms = Vms(self._transport, state_timeout)
        self.disks = Disks(self._transport, state_timeout)
        self.images = Images(self._transport, state_timeout)
        self.ips = Ips(self._transport, state_timeout)
        self.netadps = Netadps(self._transport, state_timeout)
        self.networks = Networks(self._transport, state_timeout)
        self.services = Services(self._transport, state_timeout)
        self.projects = Projects(self._transport, state_timeout)

    @property
    def credentials(self) -> Credentials:
        """The credentials in use; others than those given after a refused token was replaced."""
        return self._transport.credentials

    @property
    def calls(self) -> Counter[str]:
        """How many calls were sent so far, by kind (`POST /vm`, `GET /vm/{id}`); retries count."""
        return self._transport.calls

    def for_cleanup(self, state_timeout: float | None = None) -> HyperOneClient:
        """Make a client for undoing after an interruption: never interrupted, `before_mutation` unasked.

        Its waits are bounded by `state_timeout` seconds (default: this client's).
        """
        return HyperOneClient(
            self.credentials,
            state_timeout=self.state_timeout if state_timeout is None else state_timeout,
            interruption=Interruption(),
            refresh_credentials=self._refresh_credentials,
            on_call=self._transport.on_call,
            timing=self._transport.timing,
        )

    def close(self) -> None:
        """Give the connections back."""
        self._transport.close()
