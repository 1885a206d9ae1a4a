"""The actions that several nouns have: `rename`, `transfer`, and setting a firewall (API facts 2.1-2.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from starlette.responses import Response

from pulumi_hyperone.local_cloud.lifecycle.bodies import Firewall, Rename, Transfer
from pulumi_hyperone.local_cloud.lifecycle.events import Report
from pulumi_hyperone.local_cloud.routes.context import Context
from pulumi_hyperone.local_cloud.routes.v1.common import ActionHandler, Actions, done_at_once
from pulumi_hyperone.local_cloud.state.records import Netadp, Network, Project, Resource
from pulumi_hyperone.local_cloud.state.refusals import not_found

R = TypeVar("R", bound=Resource)


def renaming(kind: type[Resource]) -> ActionHandler:
    """The handler that gives a resource of a kind another name."""

    async def rename(ctx: Context, ref: str, body: Rename) -> Response:
        resource = ctx.own(kind, ref)

        async def work(report: Report) -> None:
            await done_at_once(report)
            resource.name = body.newname

        return await ctx.act(resource, "rename", work)

    return rename


def transferring(
    kind: type[R],
    check: Callable[[R], None] = lambda _resource: None,
    parts: Callable[[Context, R], list[Resource]] = lambda _ctx, _resource: [],
) -> ActionHandler:
    """The handler that moves a resource of a kind, and its `parts`, to another project.

    `check` raises when the resource cannot be moved as it is.
    """

    async def transfer(ctx: Context, ref: str, body: Transfer) -> Response:
        resource = ctx.own(kind, ref)
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


def firewall_actions(kind: type[Netadp] | type[Network]) -> Actions:
    """`firewall_add` and `firewall_remove`: the firewall's id is kept, without effect."""

    async def add(ctx: Context, ref: str, body: Firewall) -> Response:
        return await change(ctx, ref, "firewall_add", body.firewall)

    async def remove(ctx: Context, ref: str, _body: object) -> Response:
        return await change(ctx, ref, "firewall_remove", None)

    async def change(ctx: Context, ref: str, action: str, firewall: str | None) -> Response:
        resource = ctx.own(kind, ref)

        async def work(report: Report) -> None:
            await done_at_once(report)
            resource.firewall = firewall

        return await ctx.act(resource, action, work)

    return {"firewall_add": (Firewall, add), "firewall_remove": (None, remove)}


def find_project(ctx: Context, reference: str) -> Project:
    """Any project by id, else the newest of that name. Raises a 404."""
    projects = ctx.store.all(Project)
    for project in projects:
        if project.id == reference:
            return project
    for project in reversed(projects):
        if project.name == reference:
            return project
    raise not_found("project", reference)
