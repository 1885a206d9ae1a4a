"""The server's robustness: whatever its schema allows or not, there is never a 500 (issue 7)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pulumi_hyperone.local_cloud import LocalCloud

pytestmark = pytest.mark.cloud

#: With LOCAL_CLOUD_FUZZ=full every value of every parameter's edge is tried too (minutes).
FULL = os.environ.get("LOCAL_CLOUD_FUZZ") == "full"
EXAMPLES, PHASES = ("50", "examples,coverage,fuzzing") if FULL else ("4", "examples,fuzzing")
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
        (tmp_path / "schemathesis.toml").write_text(config(api))
        argv = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(tmp_path / "schemathesis.toml")]
        argv += ["run", cloud.url.removesuffix("/v1") + "/openapi.json"]
        for name, value in headers.items():
            argv += ["--header", f"{name}: {value}"]
        argv += ["--checks", "not_a_server_error", "--mode", "all", "--phases", PHASES]
        argv += ["--max-examples", EXAMPLES, "--workers", "2", "--no-color", "--request-timeout", "30"]
        argv += ["--exclude-path-regex", "^/_local|/session$", "--suppress-health-check", "all"]
        argv += ["--generation-deterministic", "--warnings", "off"]
        done = subprocess.run(
            argv, check=False, capture_output=True, text=True, timeout=500 if not FULL else 3000, cwd=tmp_path
        )
        calls = cloud.local("GET", "calls")
        log = cloud.home.log.read_text()
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "Traceback" not in log, log[-4000:]
    reached = {call["operation"] for call in calls if call["status"] and call["status"] < 300}
    assert len(reached) > 60, sorted(reached)
    assert not [call for call in calls if (call["status"] or 500) >= 500]
