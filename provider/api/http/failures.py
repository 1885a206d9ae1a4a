"""From a connection error to an error of ours: was anything sent, why did it fail, what to do next."""

from __future__ import annotations

from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from pulumi_hyperone.provider.api.http.calls import Call
from pulumi_hyperone.provider.api.http.connections import was_opened
from pulumi_hyperone.provider.foundation.api_address import is_loopback
from pulumi_hyperone.provider.foundation.errors import ApiError, HyperOneError, OutcomeUnknown, Unavailable


class NotSent(Unavailable):
    """The call never left this machine, so that repeating it is safe whatever it does."""


def error_without_reply(call: Call, error: Exception, url: str) -> ApiError:
    """Map an error of the connection to the error tree; the message is not scrubbed yet.

    NotSent when the connection never stood, a plain ApiError when it never will (TLS), else OutcomeUnknown for a call
    that changes something and Unavailable for a read.
    """
    chain = _chain(error)
    never_left = any(isinstance(item, _BEFORE_SENDING) or not was_opened(item) for item in chain)
    if never_left and isinstance(error, requests.exceptions.SSLError):
        return ApiError(
            f"cannot {call.operation}: the TLS connection to {url} failed ({_reason(chain)}); is the address right "
            "(hyperone:api_url), and its certificate known here (REQUESTS_CA_BUNDLE)?"
        )
    if never_left:
        return NotSent(
            f"cannot {call.operation}: cannot reach HyperOne at {url}: {_reason(chain)}; is the address right "
            f"(hyperone:api_url){_start_hint(url)}?"
        )
    kind = OutcomeUnknown if call.changes else Unavailable
    return kind(f"cannot {call.operation}: no usable answer from {url}: {_reason(chain)}; try again later")


def _chain(error: BaseException) -> list[BaseException]:
    """Collect an error and everything it wraps (requests and urllib3 nest through args, reason and context).

    An error of ours in its context is of an earlier call, whose failure is just being dealt with.
    """
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        item = waiting.pop(0)
        if (
            isinstance(item, BaseException)
            and not isinstance(item, HyperOneError)
            and all(item is not seen for seen in found)
        ):
            found.append(item)
            waiting += [*item.args, getattr(item, "reason", None), item.__cause__, item.__context__]
    return found


def _reason(chain: list[BaseException]) -> str:
    for kind, words in _WORDS:
        if any(isinstance(item, kind) for item in chain):
            return words
    systems = [item for item in chain if isinstance(item, OSError) and item.strerror and item.errno]
    return (systems[-1].strerror or "").lower() if systems else str(chain[-1]) or type(chain[0]).__name__


_BEFORE_SENDING = (
    requests.exceptions.ConnectTimeout,
    requests.exceptions.ProxyError,
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
)

_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (urllib3.exceptions.NameResolutionError, "its name cannot be resolved"),
    (requests.exceptions.ProxyError, "the proxy (HTTPS_PROXY) does not answer"),
    (ConnectionRefusedError, "connection refused"),
    (urllib3.exceptions.ConnectTimeoutError, "no answer to the connection attempt"),
    (requests.exceptions.ReadTimeout, "no answer in time"),
    (ConnectionResetError, "the connection was reset"),
    (urllib3.exceptions.ProtocolError, "the connection was closed in the middle of the call"),
)


def _start_hint(url: str) -> str:
    if is_loopback(urlsplit(url).hostname or ""):
        return ", and is the local cloud running (`python -m pulumi_hyperone.local_cloud start`)"
    return ""
