"""The names under which the server answers."""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from pulumi_hyperone.local_cloud.routes.envelope import envelope

# Any port: clients come through forwarded ports too, and a page of somebody else has another name.
_OWN = re.compile(rb"(127\.0\.0\.1|localhost)(:[0-9]{1,5})?", re.IGNORECASE)


class OwnNames:
    """ASGI middleware that refuses every request whose Host is not the server's.

    A web page cannot send another Host than the name it was loaded from, so a name that its owner leads to 127.0.0.1
    (DNS rebinding) opens nothing here.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or _is_own(scope):
            await self._app(scope, receive, send)
        else:
            message = "this server answers as 127.0.0.1 or localhost only: use one of them in the URL"
            await envelope(421, message)(scope, receive, send)


def _is_own(scope: Scope) -> bool:
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    return len(hosts) == 1 and _OWN.fullmatch(hosts[0]) is not None
