"""Sending one call: headers, time-outs, proxies, interruption, the 401 path. What to do about failures is above."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from pulumi_hyperone.provider.api.credentials import Credentials
from pulumi_hyperone.provider.api.http.calls import LARGEST_REPLY, Call, Reply
from pulumi_hyperone.provider.api.http.connections import Connections
from pulumi_hyperone.provider.api.http.failures import NotSent, error_without_reply
from pulumi_hyperone.provider.api.http.refusals import TokenRefusedError, error_for, other_generation
from pulumi_hyperone.provider.foundation.api_address import is_loopback
from pulumi_hyperone.provider.foundation.errors import ApiError, CredentialsError, LoginUnanswered
from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.foundation.masking import Masker
from pulumi_hyperone.provider.foundation.own_version import own_version

_log = logging.getLogger(__name__)
_RENEWED_BEFORE = 60.0
"""Seconds before its end at which a token is replaced."""
_CHUNK = 64 * 2**10


@dataclass(frozen=True)
class Timing:
    """All waiting times of the client, in seconds.

    `connect` and `read` bound one call; `patience` all attempts of a read, `refused` those while nobody listens at
    the address; `prefer_create` and `prefer_action` are how long the cloud may hold the reply of such calls; `lookup`
    is how long an object of a lost create is looked for (lists may be stale); `outage` how long a wait for a state
    outlives a cloud that does not answer; `poll_first` to `poll_last` the pauses between two looks.
    """

    connect: float = 10
    read: float = 30
    patience: float = 45
    refused: float = 4
    prefer_create: float = 3
    prefer_action: float = 20
    lookup: float = 6
    outage: float = 90
    poll_first: float = 0.05
    poll_last: float = 2


class Transport:
    """One pool of connections, the credentials in use, and the count of calls. Thread-safe.

    `was_accepted` says whether the cloud has taken the credentials before, so that a refusal is news.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        headers: Callable[[Credentials, Call], dict[str, str | bytes]],
        interruption: Interruption,
        timing: Timing,
        refresh_credentials: Callable[[], Credentials | None] | None,
        before_mutation: Callable[[], None],
        on_call: Callable[[], None],
    ) -> None:
        self.interruption = interruption
        self.timing = timing
        self._authentication = headers
        self._credentials = credentials
        self._refresh = refresh_credentials
        self._before_mutation = before_mutation
        self.on_call = on_call
        self._lock = threading.Lock()
        self._refreshing = threading.Lock()
        self._masker = Masker([credentials.token])
        self._untried = ""
        self.was_accepted = False
        self._calls: Counter[str] = Counter()
        self._connections = Connections()
        self._session = _session(self._connections)

    @property
    def credentials(self) -> Credentials:
        """The credentials in use now."""
        with self._lock:
            return self._credentials

    @property
    def calls(self) -> Counter[str]:
        """How many calls were sent so far, by kind (`POST /vm`, `GET /vm/{id}`)."""
        with self._lock:
            return Counter(self._calls)

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def send(self, call: Call) -> Reply:
        """Send a call once; after a 401 once more with a fresh token, if there is one.

        Raises Interrupted, CredentialsError, NotSent, OutcomeUnknown (a change whose reply was lost) and the other
        ApiErrors. No message holds a token.
        """
        while True:
            credentials = self._lasting()
            try:
                return self._send_as(credentials, call)
            except TokenRefusedError as error:
                self._replace(credentials, str(error))

    def _lasting(self) -> Credentials:
        """The credentials in use, with a token that does not end during the next call as far as one can be had."""
        if not _ends_soon(self.credentials) or self._refresh is None:
            return self.credentials
        with self._refreshing:
            if _ends_soon(self.credentials):
                found = self._fresh(self._refresh)
                if found is not None:
                    self._use(found)
            return self.credentials

    @staticmethod
    def _fresh(refresh: Callable[[], Credentials | None]) -> Credentials | None:
        """What `refresh` finds; where nobody answers it, the call that needs it may be repeated: it was not sent."""
        try:
            return refresh()
        except LoginUnanswered as error:
            raise NotSent(str(error)) from None

    def _use(self, found: Credentials) -> None:
        with self._lock:
            self._masker.learn([found.token])
            self._credentials = replace(found, api_url=self._credentials.api_url)

    def _send_as(self, credentials: Credentials, call: Call) -> Reply:
        self.interruption.check()
        if call.changes:
            self._before_mutation()
        with self._lock:
            self._calls[call.kind] += 1
        self.on_call()
        started = time.monotonic()
        try:
            # A new callable each time: the interruption keeps a set, and equal ones would end each other's watch.
            with self.interruption.calling(lambda: self._connections.cut()):  # noqa: PLW0108
                status, headers, content = self._exchange(credentials, call)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            self.interruption.check()
            _log.debug("%s: %s after %.3f s", call.kind, type(error).__name__, time.monotonic() - started)
            raise self._scrubbed(error_without_reply(call, error, credentials.api_url)) from None
        _log.debug("%s: %s after %.3f s", call.kind, status, time.monotonic() - started)
        if status != 401:
            self._untried = ""
            self.was_accepted |= status < 500
        if 200 <= status < 300:
            return Reply(call=call, address=credentials.api_url, status=status, content=content)
        raise self._scrubbed(error_for(call, status, headers, content, credentials))

    def _exchange(
        self, credentials: Credentials, call: Call
    ) -> tuple[int, requests.structures.CaseInsensitiveDict[str], bytes | None]:
        url = credentials.api_url.rstrip("/") + call.path
        host = urlsplit(url).hostname or ""
        total = self.timing.read + (call.wait or 0)
        with self._session.request(
            call.method,
            url,
            params=dict(call.params) or None,
            json=call.body,
            headers={**self._authentication(credentials, call), **_headers(call)},
            timeout=(self.timing.connect, total),
            allow_redirects=False,
            stream=True,
            proxies={"no_proxy": host} if is_loopback(host) else None,
        ) as response:
            try:
                content: bytes | None = read_body(response, time.monotonic() + total)
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError):
                self.interruption.check()
                content = None
            return response.status_code, response.headers, content

    def _replace(self, refused: Credentials, detail: str) -> None:
        """Put other credentials in the place of refused ones, or raise CredentialsError."""
        with self._refreshing:
            if self.credentials.token != refused.token:
                return  # another thread was here meanwhile
            # A fresh token that is refused at once tells that fresh ones do not help.
            hopeless = self._refresh is None or refused.token == self._untried
            found = None if hopeless or self._refresh is None else self._fresh(self._refresh)
            if found is not None and found.token not in self._masker.secrets:
                self._untried = found.token
                self._use(found)
                return
        raise CredentialsError(
            self._masker.text(
                f"HyperOne at {refused.api_url} refused the token from {refused.source} ({detail}): "
                f"{self._why_refused(refused)}. {refused.advice}"
            )
        )

    def _why_refused(self, refused: Credentials) -> str:
        if self.was_accepted:
            return "it was accepted until now, so it was revoked or has expired"
        project = "" if refused.project else "; no project is set, and session tokens need one (hyperone:project)"
        # One with a known end was signed, or given at a login, for this generation.
        typed = f", or it belongs to the other generation of the API ({other_generation(refused)})"
        return f"it is wrong or has expired{project}{typed if refused.expires is None else ''}"

    def _scrubbed(self, error: ApiError) -> ApiError:
        error.args = (self._masker.text(str(error)),)
        return error


def _ends_soon(credentials: Credentials) -> bool:
    return credentials.expires is not None and time.time() > credentials.expires - _RENEWED_BEFORE


def _session(connections: Connections) -> requests.Session:
    session = requests.Session()
    session.mount("http://", connections.adapter())
    session.mount("https://", connections.adapter())
    session.headers["User-Agent"] = f"pulumi-hyperone/{own_version()}"
    session.headers["Accept"] = "application/json"
    session.auth = lambda request: request  # keeps ~/.netrc out: the token is the only way in
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


def _headers(call: Call) -> dict[str, str | bytes]:
    """What both generations send alike (API facts 1.3)."""
    headers: dict[str, str | bytes] = {}
    if call.wait is not None:
        headers["Prefer"] = f"respond-async,wait={int(call.wait)}"
    if call.idempotency_key is not None:
        headers["x-idempotency-key"] = call.idempotency_key
    return headers


def read_body(response: requests.Response, until: float) -> bytes:
    """Read the body, bounded in time whatever the pace at which it comes, and of a too large one the beginning."""
    parts: list[bytes] = []
    size = 0
    while chunk := response.raw.read1(_CHUNK, decode_content=True):
        parts.append(chunk)
        size += len(chunk)
        if size > LARGEST_REPLY:
            response.close()
            break
        if time.monotonic() > until:
            raise requests.exceptions.ContentDecodingError("the reply does not end")
    return b"".join(parts)
