"""The actions that several nouns have: `rename`, and setting a firewall (API facts 2.1-2.4)."""

from __future__ import annotations

from collections.abc import Awaitable

from starlette.responses import Response

from pulumi_hyperone.local_cloud.lifecycle.events import Report, done_at_once
from pulumi_hyperone.local_cloud.routes.calls import Operation
from pulumi_hyperone.local_cloud.routes.context import Context
from pulumi_hyperone.local_cloud.routes.v1.bodies import Firewall, Rename
from pulumi_hyperone.local_cloud.state.records import Resource


def _setting(ctx: Context, resource: Resource, action: str, field: str, value: str | None) -> Awaitable[Response]:
    async def work(report: Report) -> None:
        await done_at_once(report)
        setattr(resource, field, value)

    return ctx.act(resource, action, work)


async def _rename(ctx: Context, resource: Resource, body: Rename) -> Response:
    """Give another name."""
    return await _setting(ctx, resource, "rename", "name", body.newname)


async def _add_firewall(ctx: Context, resource: Resource, body: Firewall) -> Response:
    """Keep a firewall's id, without effect."""
    return await _setting(ctx, resource, "firewall_add", "firewall", body.firewall)


async def _remove_firewall(ctx: Context, resource: Resource) -> Response:
    """Forget the firewall's id."""
    return await _setting(ctx, resource, "firewall_remove", "firewall", None)


RENAME: dict[str, Operation] = {"rename": (Rename, _rename)}
FIREWALL: dict[str, Operation] = {
    "firewall_add": (Firewall, _add_firewall),
    "firewall_remove": (None, _remove_firewall),
}
