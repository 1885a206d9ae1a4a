"""Tags of what is no resource of a project: projects themselves, and users. They change at once, without an event."""

from __future__ import annotations

from starlette.responses import Response

from pulumi_hyperone.local_cloud.routes.context import Context, reply
from pulumi_hyperone.local_cloud.state.records import Project, User


def set_account_tags(ctx: Context, holder: Project | User, tags: dict[str, str]) -> Response:
    """Replace all tags of a project or user, unless it is a dry run; replies with them."""
    if not ctx.dry_run:
        holder.tag = tags
        ctx.store.save(holder)
    return reply(tags)
