"""The server's robustness: whatever its schema allows or not, there is never a 500 (issue 7)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pulumi_hyperone.local_cloud import LocalCloud
from tests.cloud.local_cloud import schema_run

pytestmark = pytest.mark.cloud

NAME = "fuzz"
KEPT = {"protected": "yes"}


def make_objects(api: Any) -> dict[str, str]:
    """One object of each noun, all called `fuzz` where they have names; returns the headers of a session."""
    vm = api.vm(name=NAME, boot=False, tag=KEPT, disk=[{"service": "ssd", "size": 1, "name": NAME}])
    api.ok("POST", "/image", {"name": NAME, "vm": vm["id"], "tag": KEPT})
    api.ok("POST", "/network", {"name": NAME, "tag": KEPT})
    api.ok("PATCH", f"/project/{api.local.project}", {"name": NAME})
    api.ok("PATCH", f"/project/{NAME}/tag", KEPT)
    login = api.local.info["login"]
    session = api.ok("POST", f"/user/{login['username']}/session", {"password": login["password"]})
    return {"x-auth-token": session["id"], "x-project": api.local.project}


def config(api: Any) -> str:
    """Path parameters that meet these objects, so that requests get past the look-up."""
    vm = api.inventory()["vms"][0]
    adapter = api.ok("GET", f"/vm/{vm['id']}/netadp")[0]
    ip = adapter["ip"][0]["address"]
    parameters = f'"path.ref" = "{NAME}"\n"path.login" = "me"\n"path.disk" = "{NAME}"\n'
    parameters += f'"path.adapter" = "{adapter["id"]}"\n"path.ip" = "{ip}"\n"path.key" = "protected"\n'
    text = f"[parameters]\n{parameters}"
    for noun, reference in (("ip", ip), ("netadp", adapter["id"]), ("service", "a1.nano")):
        text += f'[[operations]]\ninclude-path-regex = "^/v1/{noun}/"\nparameters = {{ "path.ref" = "{reference}" }}\n'
    return text


def test_schema_run_has_no_server_error(tmp_path: Path, new_client: Any) -> None:
    """Schemathesis over every route of the API on real objects: no 5xx, no broken connection, no traceback."""
    with LocalCloud.start(tmp_path / "home") as cloud:
        api = new_client(cloud)
        headers = make_objects(api)
        reached = schema_run.run(cloud, cloud.url.removesuffix("/v1") + "/openapi.json", config(api), headers, tmp_path)
    assert len(reached) > 60, sorted(reached)
