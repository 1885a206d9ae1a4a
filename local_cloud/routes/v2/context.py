"""One request of the second generation: bearer, location and project in the path (v2 facts 1)."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from starlette.responses import Response

from pulumi_hyperone.local_cloud.access import bearer
from pulumi_hyperone.local_cloud.access.auth import Caller
from pulumi_hyperone.local_cloud.access.lookup import is_visible
from pulumi_hyperone.local_cloud.lifecycle.events import Job
from pulumi_hyperone.local_cloud.routes.context import Context, TagFilter, reply
from pulumi_hyperone.local_cloud.routes.v2 import present
from pulumi_hyperone.local_cloud.state.records import Resource
from pulumi_hyperone.local_cloud.state.refusals import not_found
from pulumi_hyperone.local_cloud.state.uris import LOCATION, last_segment

R = TypeVar("R", bound=Resource)


def base_url(request: Request) -> str:
    """The API's base URL as the caller wrote it; the server answers under its own names only."""
    return f"{request.url.scheme}://{request.url.netloc}/v2"


class V2Context(Context):
    """What the routes of v2 work with."""

    def __init__(self, request: Request) -> None:
        """Authenticate the request. Raises 401, 403, and 404 for a location that there is not."""
        super().__init__(request)
        self.actor = bearer.authenticate(self.store, request.headers.get("authorization"), base_url(request))
        where = request.path_params
        project = where.get("projectId") or self.actor.own_project
        chosen = bearer.project_for(self.store, self.actor, project, request.method)
        self.caller = Caller(self.actor.login, self.actor.user, chosen)
        if where.get("locationId", LOCATION) != LOCATION:
            raise not_found("location", where["locationId"])

    def present(self, resource: Resource) -> dict[str, Any]:
        """A resource as its JSON."""
        return present.resource(self.cloud, resource)

    def tag_filters(self) -> list[TagFilter]:
        """The filter `?tag.key=…&tag.value=…`: both are about one tag (v2 facts 1.6)."""
        query = self.request.query_params
        wanted = query.get("tag.key"), query.get("tag.value")
        return [wanted] if any(text is not None for text in wanted) else []

    def outcome(self, resource: Resource, job: Job, status: int) -> Response:
        """The resource; nothing once it is deleted (v2 facts 1.1)."""
        if job.event.name == "delete" and status == 200:
            return Response(status_code=204)
        return reply(self.present(resource), status)

    def at(self, kind: type[R]) -> R:
        """The resource that the path names by its id, to be read. Raises a 404."""
        reference = self.request.path_params[f"{kind.type_name}Id"]
        found = self.store.get(kind, reference)
        if found is None or not is_visible(found, self.caller.project):
            raise not_found(kind.type_name, reference)
        return found

    def asked(self, name: str) -> str | None:
        """The id or name that a list filter asks for, which may come as a path; None without the filter."""
        value = self.request.query_params.get(name)
        return last_segment(value) if value else None


async def request_context(request: Request) -> V2Context:
    """The context of a request; runs in the event loop, where the store is."""
    return V2Context(request)


Ctx = Annotated[V2Context, Depends(request_context)]
