"""Tags of what is no resource of a project: projects themselves, and users. They change at once, without an event."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from pulumi_hyperone.local_cloud.lifecycle.bodies import Tags
from pulumi_hyperone.local_cloud.routes.context import Context, reply
from pulumi_hyperone.local_cloud.routes.v1.context import Ctx
from pulumi_hyperone.local_cloud.routes.v1.ssh_keys import Owner
from pulumi_hyperone.local_cloud.state.records import Project, User
from pulumi_hyperone.local_cloud.state.refusals import not_found


def add_tag_routes(router: APIRouter, path: str, name: str, owner: Owner) -> None:
    """Add list, replace, merge and delete below `path`, which holds the owner's reference as `{ref}`."""

    @router.get(path, name=f"{name}.list")
    async def show_tags(ctx: Ctx, ref: str) -> Response:
        """The flat map of tags."""
        return reply(owner(ctx, ref).tag)

    @router.put(path, name=f"{name}.replace")
    async def replace_tags(ctx: Ctx, ref: str, tags: Tags) -> Response:
        """Replace all tags."""
        return _set(ctx, owner(ctx, ref), dict(tags))

    @router.patch(path, name=f"{name}.merge")
    async def merge_tags(ctx: Ctx, ref: str, tags: Tags) -> Response:
        """Merge tags."""
        holder = owner(ctx, ref)
        return _set(ctx, holder, {**holder.tag, **tags})

    @router.delete(path + "/{key}", name=f"{name}.delete")
    async def delete_tag(ctx: Ctx, ref: str, key: str) -> Response:
        """Remove one tag."""
        holder = owner(ctx, ref)
        if key not in holder.tag:
            raise not_found("tag", key)
        return _set(ctx, holder, {known: text for known, text in holder.tag.items() if known != key})


def _set(ctx: Context, holder: Project | User, tags: dict[str, str]) -> Response:
    """Replace all tags of a project or user, unless it is a dry run; replies with them."""
    if not ctx.dry_run:
        holder.tag = tags
        ctx.store.save(holder)
    return reply(tags)
