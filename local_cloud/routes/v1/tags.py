"""Tags as a flat map (API facts 1.5), of resources, projects and users."""

from __future__ import annotations

from starlette.responses import Response

from pulumi_hyperone.local_cloud.access.lookup import spellings
from pulumi_hyperone.local_cloud.lifecycle.bodies import Tags
from pulumi_hyperone.local_cloud.routes.calls import Call, Calls
from pulumi_hyperone.local_cloud.routes.context import Context, Holder, reply
from pulumi_hyperone.local_cloud.state.refusals import not_found


def add_tag_routes(calls: Calls, path: str, name: str, read: Holder, own: Holder) -> None:
    """Add list, replace, merge and delete below `path` for the object that `read` finds, and `own` for a change."""

    async def list_tags(ctx: Context) -> Response:
        """The flat map of tags."""
        return reply(read(ctx).tag)

    async def replace(ctx: Context, tags: dict[str, str]) -> Response:
        """Replace all tags."""
        return reply(ctx.with_tags(own(ctx), dict(tags)).tag)

    async def merge(ctx: Context, tags: dict[str, str]) -> Response:
        """Merge tags into those that are there."""
        holder = own(ctx)
        return reply(ctx.with_tags(holder, {**holder.tag, **tags}).tag)

    async def delete(ctx: Context) -> Response:
        """Remove one tag; replies with the remaining map."""
        holder = own(ctx)
        gone = _key(ctx, holder.tag)
        return reply(ctx.with_tags(holder, {key: text for key, text in holder.tag.items() if key != gone}).tag)

    calls.add("GET", path, f"{name}.list", (None, list_tags))
    calls.add("PUT", path, f"{name}.replace", (Tags, replace))
    calls.add("PATCH", path, f"{name}.merge", (Tags, merge))
    calls.add("DELETE", path + "/{key}", f"{name}.delete", (None, delete))


def show_tag(read: Holder) -> Call:
    """What shows one tag of the object that `read` finds."""

    async def show(ctx: Context) -> Response:
        """The value of one tag."""
        tags = read(ctx).tag
        return reply(tags[_key(ctx, tags)])

    return show


def _key(ctx: Context, tags: dict[str, str]) -> str:
    """The key that the path means. Raises a 404."""
    key = ctx.named("key")
    found = next((text for text in spellings(key) if text in tags), None)
    if found is None:
        raise not_found("tag", key)
    return found
