"""HyperOne's generated clients of v2, unmodified: their types take every reply."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support import installed

pytestmark = pytest.mark.cloud

CLIENTS = Path(__file__).parent / "clients"


def _node_modules(folder: Path) -> Sequence[Sequence[object]]:
    return [
        ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, "@hyperone/client@0.0.5"]
    ]


def test_the_javascript_client(v2: Any, signed: Any, tmp_path: Path) -> None:
    """A VM, its disks and adapter, an image and the projects."""
    installed.needs("node", "nodejs")
    installed.needs("npm", "npm")
    modules = installed.once("client-js-0.0.5", "node_modules/@hyperone/client/dist/index.js", _node_modules)
    argv = ["node", CLIENTS / "client.js", v2.base, signed(), v2.local.project]
    shown = json.loads(installed.run(argv, tmp_path, 90, NODE_PATH=str(modules.parents[3])))
    assert (shown["vm"]["state"], shown["vm"]["tag"][0]["key"]) == ("Off", "a")
    assert [one["vm"] for one in shown["disks"]] == [shown["vm"]["uri"]]
    assert [one["assigned"] for one in shown["netadps"]] == [shown["vm"]["uri"]]
    assert shown["image"]["state"] == "Online"
    assert [one["id"] for one in shown["projects"]] == [v2.local.project]


def test_the_go_client(v2: Any, tmp_path: Path) -> None:
    """Strict types decode VMs, disks, events, adapters, ips, networks, images, services, projects, quotas and keys."""
    program = tmp_path / "program"
    installed.run([installed.go(), "build", "-o", program, "."], CLIENTS)
    argv = [program, v2.base, v2.local.passport(), v2.local.project]
    shown = json.loads(installed.run(argv, tmp_path, 90, HOME=str(tmp_path)))
    assert (shown["vm"]["state"], shown["vms"][0]["id"]) == ("Off", shown["vm"]["id"])
    assert [one["size"] for one in shown["disks"]] == [10]
    assert [one["name"] for one in shown["events"]] == ["create"]
    assert shown["ips"][0]["associated"]["netadp"] == shown["netadps"][0]["uri"]
    assert shown["image"]["size"] == 10
    assert all(shown[name] for name in ("services", "bought", "projects", "quotas", "keys", "network"))
    assert v2.ok("GET", v2.vms) == []
