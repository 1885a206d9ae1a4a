"""The actions that several nouns have: `rename`, and setting a firewall (API facts 2.1-2.4)."""

from __future__ import annotations

from starlette.responses import Response

from pulumi_hyperone.local_cloud.lifecycle.events import Report, done_at_once
from pulumi_hyperone.local_cloud.routes.context import Context
from pulumi_hyperone.local_cloud.routes.v1.bodies import Firewall, Rename
from pulumi_hyperone.local_cloud.routes.v1.common import ActionHandler, Actions
from pulumi_hyperone.local_cloud.state.records import Netadp, Network, Resource


def renaming(kind: type[Resource]) -> ActionHandler:
    """The handler that gives a resource of a kind another name."""

    async def rename(ctx: Context, ref: str, body: Rename) -> Response:
        resource = ctx.own(kind, ref)

        async def work(report: Report) -> None:
            await done_at_once(report)
            resource.name = body.newname

        return await ctx.act(resource, "rename", work)

    return rename


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
