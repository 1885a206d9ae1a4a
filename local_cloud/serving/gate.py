"""What every request passes first: path tolerance, the call log, injected faults (API facts 1.1)."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import struct
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pulumi_hyperone.local_cloud.access import auth, bearer
from pulumi_hyperone.local_cloud.access.lookup import ENCODED_SLASH
from pulumi_hyperone.local_cloud.cloud import Cloud
from pulumi_hyperone.local_cloud.lifecycle.events import EventFault, event_fault
from pulumi_hyperone.local_cloud.routes.envelope import error_reply, refusal
from pulumi_hyperone.local_cloud.serving.body import read, replayed
from pulumi_hyperone.local_cloud.state.refusals import ApiError
from pulumi_hyperone.local_cloud.testing.calls import Call
from pulumi_hyperone.local_cloud.testing.fault_subjects import Subject
from pulumi_hyperone.local_cloud.testing.faults import Fault, stale_seconds

log = logging.getLogger("local_cloud")

#: Actions that leave the reply alone.
PASSED_ON = ("delay", "early", "event_error", "event_slow", "stale")
V1, V2 = "/v1", "/v2"
CONTROL = "/_local/"
HEALTH = "/_local/health"


class Operations:
    """Finds the name of the operation (such as `vm.create`) that a method and path call."""

    def __init__(self, routers: Mapping[str, Sequence[APIRouter]]) -> None:
        """`routers` are those below each generation's prefix."""
        self._routes = {
            api: [route for router in below for route in router.routes if isinstance(route, APIRoute)]
            for api, below in routers.items()
        }

    def name(self, api: str, method: str, path: str) -> str:
        """The operation's name, or an empty text; `path` is the one under the prefix `api`."""
        for route in self._routes[api]:
            if method in (route.methods or ()) and route.path_regex.match(path):
                return route.name
        return ""


def generation(path: str) -> str | None:
    """The prefix of the generation of the API that a path belongs to."""
    return next((api for api in (V1, V2) if path == api or path.startswith(api + "/")), None)


def clean_path(raw: bytes) -> str:
    """The path with doubled and trailing slashes removed; an encoded slash stays inside its segment."""
    segments = [part for part in raw.decode("ascii", "replace").split("/") if part]
    decoded = [unquote(part).replace("/", ENCODED_SLASH) for part in segments]
    return "/" + "/".join(decoded)


class Gate:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, cloud: Cloud, operations: Operations) -> None:
        self._app = app
        self._cloud = cloud
        self._operations = operations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = clean_path(scope.get("raw_path") or scope["path"].encode())
        scope = {**scope, "path": path, "raw_path": path.encode(), "headers": list(scope["headers"])}
        control = path.startswith(CONTROL) and path != HEALTH
        api = generation(path)
        if not (control or api):
            await self._app(scope, receive, send)
            return
        try:
            body = await self._read(scope, receive, control=control)
        except ApiError as error:
            reply = error_reply(path, error)
            reply.headers["connection"] = "close"  # what is left of the body is not waited for
            await reply(scope, receive, send)
            return
        if api:
            await self._api_call(api, scope, body, receive, send)
        else:
            await self._app(scope, replayed(body, receive), send)

    async def _read(self, scope: Scope, receive: Receive, *, control: bool) -> bytes:
        """The body; that of a control route only with a token that is valid. Raises ApiError."""
        headers, store = Headers(scope=scope), self._cloud.store
        known = True
        try:
            if generation(scope["path"]) == V2:
                bearer.authenticate(store, headers.get("authorization"), f"{scope['scheme']}://{headers['host']}{V2}")
            else:
                secret = auth.token_secret(headers.get("x-auth-token"), headers.get("authorization"))
                auth.authenticate(store, secret, None)
        except ApiError:
            if control:
                raise
            known = False  # the route says so, and some routes of the API need no token
        return await read(receive, patient=known)

    async def _api_call(self, api: str, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        path, method = scope["path"].removeprefix(api) or "/", scope["method"]
        operation = self._operations.name(api, method, path)
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        query = scope["query_string"].decode("latin-1")
        call = self._cloud.calls.add(
            method, scope["path"], query=query, operation=operation, body=body, headers=headers
        )
        subject = Subject(self._cloud.store, path, query, body)
        fault = self._cloud.faults.hit(method, path, operation, subject)
        exchange = Exchange(call, receive, send, body)
        begun = time.monotonic()
        try:
            if fault is None:
                await self._app(scope, exchange.receive, exchange.send)
            else:
                call.fault = fault.action
                await self._faulty(fault, scope, exchange)
        finally:
            call.seconds = time.monotonic() - begun

    async def _faulty(self, fault: Fault, scope: Scope, exchange: Exchange) -> None:
        action = fault.action
        if action == "drop_before":
            exchange.drop()
            return
        if action == "fail" and not fault.after_effect:
            await _failure(fault, scope["path"])(scope, exchange.receive, exchange.send)
            return
        if action == "delay":
            await asyncio.sleep(fault.seconds)
        if fault.early or action == "early":
            scope["headers"] = [(key, value) for key, value in scope["headers"] if key != b"prefer"]
        if action == "event_error":
            event_fault.set(EventFault(fault.message, after_effect=fault.after_effect))
        if action == "event_slow":
            event_fault.set(EventFault(seconds=fault.seconds, after_effect=fault.after_effect))
        if action == "stale":
            stale_seconds.set(fault.seconds)
        if action in PASSED_ON:
            await self._app(scope, exchange.receive, exchange.send)
            return
        kept: list[Message] = []
        await self._app(scope, exchange.receive, _keeper(kept))
        await self._spoil(fault, kept, scope, exchange)

    async def _spoil(self, fault: Fault, kept: list[Message], scope: Scope, exchange: Exchange) -> None:
        """The effect has happened: now lose or change the reply."""
        if fault.action == "drop_after":
            exchange.drop()
        elif fault.action == "fail":
            await _failure(fault, scope["path"])(scope, exchange.receive, exchange.send)
        else:
            body = b"".join(message.get("body", b"") for message in kept[1:])
            spoiled = b"<html>garbage" if fault.action == "garbage" else body[: len(body) // 2]
            headers = [(key, value) for key, value in kept[0]["headers"] if key != b"content-length"]
            headers.append((b"content-length", str(len(spoiled)).encode()))
            await exchange.send({**kept[0], "headers": headers})
            await exchange.send({"type": "http.response.body", "body": spoiled})


class Exchange:
    """One request's body and the way back, with what the call log wants to know."""

    def __init__(self, call: Call, receive: Receive, send: Send, body: bytes) -> None:
        self._call = call
        self.receive = replayed(body, receive)
        self._send = send

    async def send(self, message: Message) -> None:
        """Send on, noting status and size."""
        if message["type"] == "http.response.start":
            self._call.status = message["status"]
        else:
            self._call.reply_bytes += len(message.get("body", b""))
        await self._send(message)

    def drop(self) -> None:
        """Cut the connection with a reset, so that the client gets no reply at all."""
        cycle: Any = getattr(self._send, "__self__", None)
        transport = getattr(cycle, "transport", None)
        if transport is None:
            raise RuntimeError("this server gives no access to its connections, so none can be dropped")
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
        cycle.disconnected = True


def _failure(fault: Fault, path: str) -> Any:
    reply = refusal(path, ApiError(fault.status, fault.message))
    if fault.body is not None:
        reply.body = fault.body.encode() if isinstance(fault.body, str) else json.dumps(fault.body).encode()
        reply.headers["content-length"] = str(len(reply.body))
    for name, value in fault.headers.items():
        reply.headers[name] = value
    return reply


def _keeper(kept: list[Message]) -> Send:
    async def keep(message: Message) -> None:
        kept.append(message)

    return keep
