"""docs/local-cloud.md says which operations of the published contract are not covered, and is right about it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pulumi_hyperone.local_cloud.serving.app import V1_ROUTERS
from tests.cloud.local_cloud.contract import operations

PAGE = Path(__file__).parents[3] / "docs" / "local-cloud.md"
COUNT = re.compile(r"^Of the (\d+) operations", re.MULTILINE)
OPERATION = re.compile(r"`((?:GET|POST|PUT|PATCH|DELETE) /[^`?]+)`")


def without_names(operation: str) -> str:
    """An operation with `{}` for each parameter, whatever its name."""
    return re.sub(r"\{[^}]*\}", "{}", operation)


def section() -> str:
    """The part of the page about what is not covered."""
    return PAGE.read_text().split("### Not covered", 1)[1].split("\n### ", 1)[0]


def documented() -> list[str]:
    """The operations that the page lists as not covered, their parameters' names left in."""
    return OPERATION.findall(section())


def routes() -> set[str]:
    """The operations of v1 that the server has routes for."""
    return {
        without_names(f"{method} {route.path}")
        for router in V1_ROUTERS
        for route in router.routes
        for method in route.methods
    }


def test_the_page_lists_what_is_not_covered() -> None:
    """Every operation of the contract without a route is listed, once, and none that has one."""
    assert COUNT.search(section())[1] == str(len(operations()))
    listed = [without_names(operation) for operation in documented()]
    assert sorted(listed) == sorted(operations() - routes())


@pytest.mark.cloud
@pytest.mark.parametrize("operation", documented())
def test_what_is_not_covered_is_a_404(api, operation) -> None:
    """In the envelope, though the object that the path names exists."""
    login = api.local.info["login"]
    session = api.ok("POST", f"/user/{login['username']}/session", {"password": login["password"]})
    disk = api.ok("GET", f"/vm/{api.vm(boot=False)['id']}/hdd")[0]["disk"]["id"]
    path = operation.replace("{disk}", disk).replace("{project}", "local").replace("{user}", "me")
    headers = {"x-auth-token": session["id"], "x-project": "local"}
    message = api.refused(*re.sub(r"\{[^}]*\}", "0" * 24, path).split(), {}, 404, **headers)
    assert "not found" in message
