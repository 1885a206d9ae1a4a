"""Paths and host names of objects (v2 facts 1.1, 1.4, 1.5)."""

from __future__ import annotations

from urllib.parse import quote

from pulumi_hyperone.local_cloud.state.records import Project, Resource, ServiceAccount

#: The only location that there is.
LOCATION = "pl-waw-1"
NAMESPACES = {
    "vm": "compute",
    "disk": "storage",
    "image": "storage",
    "ip": "networking",
    "netadp": "networking",
    "network": "networking",
}


def collection(noun: str, location: str = LOCATION, project: str = "{projectId}") -> str:
    """The path under which a project's resources of a noun are."""
    return f"/{NAMESPACES[noun]}/{location}/project/{project}/{noun}"


def uri(one: Resource) -> str:
    """The path of a resource, without the base URL."""
    return f"{collection(one.type_name, project=one.project)}/{one.id}"


def project_uri(project: str) -> str:
    """The path of a project."""
    return f"/iam/project/{project}"


def account_uri(account: ServiceAccount | Project) -> str:
    """The path of a service account or project."""
    if isinstance(account, Project):
        return project_uri(account.id)
    return f"{project_uri(account.project)}/sa/{account.id}"


def user_uri(user: str) -> str:
    """The path of a user, named by id or login."""
    return f"/iam/user/{quote(user, safe='@')}"


def service_uri(service: str) -> str:
    """The path of a service; all of them are the platform's."""
    return f"/billing/project/platform/service/{service}"


def firewall_uri(one: Resource, firewall: str) -> str:
    """The path of the firewall of an adapter or network, which is kept by its id alone."""
    return f"/networking/{LOCATION}/project/{one.project}/firewall/{firewall}"


def last_segment(reference: str) -> str:
    """The id or name that a reference ends with: bodies hold paths, ids and names alike."""
    return reference.rstrip("/").rpartition("/")[2] if reference.startswith("/") else reference


def fqdn(one: Resource) -> str:
    """The name of a vm, ip or netadp; `.test` is reserved, so no DNS server knows it."""
    return f"{one.id}.{one.type_name}.hyperone.test"
