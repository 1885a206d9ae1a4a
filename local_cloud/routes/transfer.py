"""Moving a resource to another project (API facts 2.2-2.4)."""

from __future__ import annotations

from local_cloud.context import Context
from local_cloud.envelope import not_found
from local_cloud.records import Project


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
