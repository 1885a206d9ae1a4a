"""HyperOne as builds know it: one attribute per noun, whichever generation of the API is behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from pulumi_hyperone.provider.api.credentials import Credentials
from pulumi_hyperone.provider.api.generation import Generation
from pulumi_hyperone.provider.api.http.transport import Timing, Transport
from pulumi_hyperone.provider.foundation.deadline import DEFAULT_STATE_TIMEOUT
from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.foundation.late import Late

GENERATIONS: Mapping[str, Generation] = Late("pulumi_hyperone.provider.api", {"v1": "v1:V1", "v2": "v2:V2"})
"""What a process speaks is one of them."""


def _nothing() -> None:
    """Stand in where nobody asked to be told of calls."""


class Cloud:
    """HyperOne's API in the generation that the credentials name. Thread-safe: resources share one and its connections.

    `state_timeout` (seconds) bounds waits that bring no deadline of their own. `interruption` ends running calls and
    waits at once. `refresh_credentials` is asked once per refused token (401), and for a new
    one before a token ends. `before_mutation` runs before every
    call that changes something and may raise to prevent it; `on_call` runs with every call, in the caller's thread.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        state_timeout: float = DEFAULT_STATE_TIMEOUT,
        interruption: Interruption,
        refresh_credentials: Callable[[], Credentials | None] | None = None,
        before_mutation: Callable[[], None] = _nothing,
        on_call: Callable[[], None] = _nothing,
        timing: Timing | None = None,
    ) -> None:
        self.state_timeout = state_timeout
        self._refresh_credentials = refresh_credentials
        generation = GENERATIONS[credentials.api_version]
        self._transport = transport = Transport(
            credentials,
            headers=generation.headers,
            interruption=interruption,
            timing=timing or Timing(),
            refresh_credentials=refresh_credentials,
            before_mutation=before_mutation,
            on_call=on_call,
        )
        self.vms = generation.vms(transport, state_timeout)
        self.disks = generation.disks(transport, state_timeout)
        self.images = generation.images(transport, state_timeout)
        self.ips = generation.ips(transport, state_timeout)
        self.netadps = generation.netadps(transport, state_timeout)
        self.networks = generation.networks(transport, state_timeout)
        self.services = generation.services(transport, state_timeout)
        self.projects = generation.projects(transport, state_timeout)

    @property
    def credentials(self) -> Credentials:
        """The credentials in use; others than those given after a refused token was replaced."""
        return self._transport.credentials

    @property
    def calls(self) -> Counter[str]:
        """How many calls were sent so far, by kind (`POST /vm`, `GET /vm/{id}`); retries count."""
        return self._transport.calls

    def for_cleanup(self) -> Cloud:
        """Make a client for undoing after an interruption: never interrupted, `before_mutation` unasked."""
        client = Cloud(
            self.credentials,
            state_timeout=self.state_timeout,
            interruption=Interruption(),
            refresh_credentials=self._refresh_credentials,
            on_call=self._transport.on_call,
            timing=self._transport.timing,
        )
        client._transport.was_accepted = self._transport.was_accepted
        return client

    def close(self) -> None:
        """Give the connections back."""
        self._transport.close()
