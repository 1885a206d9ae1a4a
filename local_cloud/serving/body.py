"""A request's body: read within bounds, and refused where it holds what no reply could show again."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any

from starlette.types import Message, Receive

from pulumi_hyperone.local_cloud.state.refusals import ApiError, bad_request, shown

MAX_BODY = 8 << 20  # bytes
MAX_DEPTH = 64
# What of a body that is too long is still taken in, so that a client that sends first and reads then sees why.
DISCARDED = 64 << 20
READ_DEADLINE = 60.0  # seconds


async def read(receive: Receive, *, patient: bool, deadline: float = READ_DEADLINE) -> bytes:
    """The whole body. Raises ApiError for one that is too long, too slow, or holds what JSON cannot show.

    With `patient` the rest of a body that is too long is read and forgotten, up to a bound.
    """
    parts: list[bytes] = []
    length, bound = 0, MAX_BODY + (DISCARDED if patient else 0)
    try:
        async with asyncio.timeout(deadline):
            while length <= bound:
                message = await receive()
                part = message.get("body", b"")
                length += len(part)
                if length <= MAX_BODY:
                    parts.append(part)
                if message["type"] != "http.request" or not message.get("more_body", False):
                    break
    except TimeoutError:
        raise ApiError(408, f"the request body did not arrive within {deadline:g} s") from None
    if length > MAX_BODY:
        raise bad_request(f"the request body is longer than {MAX_BODY} bytes")
    body = b"".join(parts)
    check(body)
    return body


def check(body: bytes) -> None:
    """Refuse JSON that cannot be stored and shown: half characters, numbers that are none, deep nesting.

    What is not JSON at all is left to the routes, since some look at no body. Raises a 400 that names the place.
    """
    try:
        value = json.loads(body)
    except RecursionError:
        raise _refused("body", f"deeper than {MAX_DEPTH} levels") from None
    except ValueError:
        return
    waiting: list[tuple[tuple[str, ...], Any]] = [((), value)]
    while waiting:
        path, one = waiting.pop()
        fault = _fault(one, len(path))
        if fault:
            raise _refused(".".join(path[:4]) or "body", fault)
        if isinstance(one, dict):
            waiting += [((*path, key), item) for key, item in one.items()]
            waiting += [((*path, key), key) for key in one]
        elif isinstance(one, list):
            waiting += [((*path, str(number)), item) for number, item in enumerate(one)]


def _fault(value: Any, depth: int) -> str:
    if depth > MAX_DEPTH:
        return f"deeper than {MAX_DEPTH} levels"
    if isinstance(value, float) and not math.isfinite(value):
        return "not a number that JSON knows"
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return "half of a character (a lone surrogate)"
    return ""


def _refused(place: str, fault: str) -> ApiError:
    return ApiError(400, f"validation failed: {shown(place)}: {fault}", {shown(place): fault})


def replayed(body: bytes, receive: Receive) -> Receive:
    """A way to receive a body that was read already, then what the server has to say."""
    waiting = [body]

    async def next_message() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return next_message
