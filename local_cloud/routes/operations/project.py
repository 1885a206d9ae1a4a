"""What happens to projects (API facts 2.5; of v2 3.5). All of it at once, without an event."""

from __future__ import annotations

from pulumi_hyperone.local_cloud.lifecycle.credentials import keys_of
from pulumi_hyperone.local_cloud.routes.context import Context
from pulumi_hyperone.local_cloud.state.account import ORGANISATION, ORGANISATION_NAME
from pulumi_hyperone.local_cloud.state.records import RESOURCES, Project, ServiceAccount, Token
from pulumi_hyperone.local_cloud.state.refusals import bad_request, not_found

LIMITS = {
    "vm": {"count": 10_000, "memory": 100_000},
    "disk": {"count": 10_000, "size": 10_000_000},
    **{noun: {"count": 10_000} for noun in ("image", "ip", "network")},
}
"""None that a build could meet; sizes in GiB."""


def mine(ctx: Context) -> list[Project]:
    """The projects that the caller may use."""
    user = ctx.caller.user
    if user is None:
        return [ctx.caller.chosen] if ctx.caller.chosen else []
    return [one for one in ctx.store.all(Project) if user.id in one.members]


def find_organisation(reference: str) -> str:
    """The id of the one organisation that there is, by its id or name. Raises a 404."""
    if reference not in (ORGANISATION, ORGANISATION_NAME):
        raise not_found("organisation", reference)
    return ORGANISATION


def listed(ctx: Context, active: bool | None, organisation: str | None) -> list[Project]:
    """The caller's projects that pass the filters; new ones are Limited and count as usable."""
    inside = find_organisation(organisation) if organisation else None
    return [
        one
        for one in mine(ctx)
        if ctx.matches(one) and inside in (None, one.organisation) and active in (None, one.state != "Inactive")
    ]


def create(ctx: Context, name: str, organisation: str, tag: dict[str, str]) -> Project:
    """Create a project; only users can."""
    user = ctx.caller.user
    if user is None:
        raise bad_request("a service account cannot create projects")
    project = Project(
        name=name,
        organisation=find_organisation(organisation),
        state="Limited",
        created_by=user.login,
        members=[user.id],
        tag=tag,
    )
    return ctx.save(project)


def delete(ctx: Context, project: Project) -> None:
    """Delete an empty project with its accounts, but not the cloud's own one."""
    if project.id == ctx.cloud.account["project"]:
        raise bad_request("the local cloud's own project cannot be deleted")
    if "protected" in project.tag:
        raise bad_request(f"project '{project.id}' is protected: remove its tag 'protected' first")
    left = [one for kind in RESOURCES for one in ctx.store.all(kind) if one.project == project.id]
    if left:
        raise bad_request(f"project '{project.id}' is not empty: it has {len(left)} object(s)")
    tokens = [one for one in ctx.store.all(Token) if one.project == project.id]
    accounts = [one for one in ctx.store.all(ServiceAccount) if one.project == project.id]
    keys = [key for owner in (project, *accounts) for key in keys_of(ctx.store, owner.id)]
    ctx.remove(project, *tokens, *accounts, *keys)
