"""One request of the first generation: tokens, `x-project`, `x-event-id` (API facts 1.1, 1.3)."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from starlette.responses import Response

from pulumi_hyperone.local_cloud.access import auth
from pulumi_hyperone.local_cloud.access.auth import TokenCaller
from pulumi_hyperone.local_cloud.lifecycle.events import Job
from pulumi_hyperone.local_cloud.routes.context import Context, TagFilter, reply
from pulumi_hyperone.local_cloud.routes.v1 import present
from pulumi_hyperone.local_cloud.state.records import Resource

R = TypeVar("R", bound=Resource)


class V1Context(Context):
    """What the routes of v1 work with."""

    caller: TokenCaller

    def __init__(self, request: Request) -> None:
        """Authenticate the request. Raises 401 and 403."""
        super().__init__(request)
        headers = request.headers
        self.secret = auth.token_secret(headers.get("x-auth-token"), headers.get("authorization")) or ""
        self.caller = auth.authenticate(self.store, self.secret, headers.get("x-project"))
        auth.check_access(self.caller, request.method, request.url.path)

    def present(self, resource: Resource) -> dict[str, Any]:
        """A resource as its JSON."""
        return present.resource(self.cloud, resource)

    def at(self, kind: type[R]) -> R:
        """The resource that the path names, to be read. Raises a 404."""
        return self.find(kind, self.request.path_params["ref"])

    def tag_filters(self) -> list[TagFilter]:
        """The filters `?tag[key]=value` (API facts 1.5)."""
        query = self.request.query_params
        return [(key[4:-1], value) for key, value in query.items() if key.startswith("tag[") and key.endswith("]")]

    def outcome(self, resource: Resource, job: Job, status: int) -> Response:
        """The resource, with the event's id in a header."""
        return reply(self.present(resource), status, {"x-event-id": job.event.id})


async def request_context(request: Request) -> V1Context:
    """The context of a request; runs in the event loop, where the store is."""
    return V1Context(request)


Ctx = Annotated[V1Context, Depends(request_context)]
