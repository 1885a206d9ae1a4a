"""From an error reply to an error of ours, in one line: what was done, what the cloud said, what to do next."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Mapping

from pulumi_hyperone.provider.api.credentials import Credentials
from pulumi_hyperone.provider.api.decoding import as_mapping, items, text
from pulumi_hyperone.provider.api.http.calls import Call
from pulumi_hyperone.provider.foundation.errors import (
    ApiError,
    Busy,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
)
from pulumi_hyperone.provider.foundation.outside_text import decode_json, one_line

_LARGEST_TEXT = 2**16
_CLOCK_TOLERANCE = 30.0
_PROBLEM_LISTS = ("argument", "permission", "operation")
_NO_PROJECT = "no project is set, and session tokens need one: `pulumi config set hyperone:project NAME-OR-ID`"


class TokenRefusedError(ApiError):
    """401: internal to the client, which asks for another token and raises CredentialsError when there is none."""


def error_for(
    call: Call, status: int, headers: Mapping[str, str], content: bytes | None, credentials: Credentials
) -> ApiError:
    """Map an error reply (API facts 1.4) to the error tree; the message is not scrubbed yet."""
    said = server_message(content)
    detail = f"HTTP {status}" if not said else f"{said} (HTTP {status})"
    message = f"cannot {call.operation}: {detail}"
    if status == 401:
        return TokenRefusedError(f"{detail}{_clock(headers, credentials)}")
    if status == 429:
        pause = retry_after(headers)
        hint = "too many calls at once" + ("" if pause is None else f"; the cloud asks to wait {pause:.0f} s")
        return RateLimited(f"{message}; {hint}", retry_after=pause)
    if status >= 500:
        kind = OutcomeUnknown if call.changes else Unavailable
        return kind(f"{message}; this is an error inside HyperOne, try again later")
    if 300 <= status < 400:
        target = one_line(headers.get("Location", "another address"))
        return Refused(f"{message}; it points to {target}: is hyperone:api_url right?")
    if status == 410 or (status == 404 and call.method == "GET" and "{id}" not in call.kind):
        # A list is nowhere unknown, so that the address, or what stands in the path, is.
        where = "hyperone:location, hyperone:project and " if credentials.api_version == "v2" else ""
        hint = f"; check {where}whether {credentials.api_url} serves this generation of the API"
        return Refused(f"{message}{hint} ({other_generation(credentials)})")
    error, hint = _refusal(status, said, credentials)
    return error(f"{message}{hint}")


def other_generation(credentials: Credentials) -> str:
    """How to use the other generation of the API."""
    other = "v1" if credentials.api_version == "v2" else "v2"
    return f"`pulumi config set hyperone:api_version {other}`"


def _clock(headers: Mapping[str, str], credentials: Credentials) -> str:
    """What the reply's date says of this machine's clock, on which signed tokens depend; empty when it is right."""
    if credentials.expires is None:
        return ""
    behind = _seconds_until(headers.get("Date", ""))
    if behind is None or abs(behind) < _CLOCK_TOLERANCE:
        return ""
    return f"; this machine's clock is {abs(behind):.0f} s {'behind' if behind > 0 else 'ahead of'} HyperOne's: set it"


def _refusal(status: int, said: str, credentials: Credentials) -> tuple[type[ApiError], str]:
    lowered = said.lower()
    hint = ""
    if credentials.project is None and "project" in lowered:
        hint = f"; {_NO_PROJECT}"
    elif status == 403:
        where = f" in project {credentials.project}" if credentials.project else f", or {_NO_PROJECT}"
        hint = f"; the token from {credentials.source} may not do this{where}"
    if status == 404:
        where = f" in project {credentials.project}" if credentials.project else ""
        return NotFound, f"; check the id or name, and that it exists{where}"
    if "rocessing" in lowered or status in {409, 423}:
        return Busy, "; it is busy, try again later"
    if "protected" in lowered:
        return Refused, '; remove the tag "protected" first if it may be deleted'
    return Refused, hint


def server_message(content: bytes | None) -> str:
    """Collect what the cloud said, in one bounded line.

    That is v1's message with the per-field messages of its error map, v2's problem with the entries of its lists
    (v2 facts 1.3).
    """
    if not content:
        return ""
    try:
        raw = decode_json(content)
    except ValueError:
        return (
            one_line(content[:_LARGEST_TEXT].decode("utf-8", "replace"))
            if not content.lstrip().startswith(b"<")
            else ""
        )
    if not isinstance(raw, Mapping):
        return one_line(text(raw))
    parts = [text(raw.get("message")) or text(raw.get("error")) or text(raw.get("detail")) or text(raw.get("title"))]
    for path, fault in as_mapping(raw.get("error")).items():
        said = text(as_mapping(fault).get("message")) or text(fault)
        if said and said not in parts[0]:
            parts.append(f"{path}: {said}")
    for entry in (entry for name in _PROBLEM_LISTS for entry in items(raw.get(name))):
        field = text(as_mapping(as_mapping(entry).get("parameter")).get("field"))
        said = text(as_mapping(entry).get("detail")) or text(as_mapping(entry).get("title"))
        if said and said not in parts[0]:
            parts.append(f"{field}: {said}" if field else said)
    return one_line("; ".join(part for part in parts if part))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of a Retry-After header (a number or an HTTP date), None without one that asks for a pause."""
    value = headers.get("Retry-After", "").strip()
    seconds = float(value) if value.isdecimal() else _seconds_until(value)
    return seconds if seconds is not None and seconds > 0 else None


def _seconds_until(date: str) -> float | None:
    """Seconds from now until an HTTP date, negative for one in the past; None for what is not a date."""
    try:
        return email.utils.parsedate_to_datetime(date).timestamp() - time.time()
    except (ValueError, OverflowError):
        return None
