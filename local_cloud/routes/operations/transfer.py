"""Moving resources to another project (API facts 2.1-2.4; of v2 3.1-3.4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from starlette.responses import Response

from pulumi_hyperone.local_cloud.access.lookup import among
from pulumi_hyperone.local_cloud.lifecycle.bodies import Transfer
from pulumi_hyperone.local_cloud.lifecycle.events import Report, done_at_once
from pulumi_hyperone.local_cloud.routes.context import Context
from pulumi_hyperone.local_cloud.state.records import Project, Resource

R = TypeVar("R", bound=Resource)


def transferring(
    check: Callable[[R], None] = lambda _resource: None,
    parts: Callable[[Context, R], list[Resource]] = lambda _ctx, _resource: [],
) -> Callable[[Context, R, Transfer], Awaitable[Response]]:
    """What moves a resource and its `parts`; `check` raises when the resource cannot be moved as it is."""

    async def transfer(ctx: Context, resource: R, body: Transfer) -> Response:
        """Move it to another project."""
        project = find_project(ctx, body.project)
        check(resource)

        async def work(report: Report) -> None:
            await done_at_once(report)
            for part in parts(ctx, resource):
                part.project = project.id
                ctx.store.save(part)
            resource.project = project.id

        return await ctx.act(resource, "transfer", work)

    return transfer


def find_project(ctx: Context, reference: str) -> Project:
    """Any project by id, else the newest of that name. Raises a 404."""
    return among(ctx.store.all(Project), reference, "project")
