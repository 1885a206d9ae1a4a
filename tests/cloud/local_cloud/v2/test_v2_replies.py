"""Every route of v2 answers with the fields and types of the facts: `V2.ok` checks each reply (replies.py)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from pulumi_hyperone.provider.ssh.keys import generate
from tests.cloud.local_cloud.v2 import replies
from tests.cloud.local_cloud.v2.conftest import V2, vm_body

pytestmark = pytest.mark.cloud

SAID = {"key": "a", "value": "b"}
PARAMETER = re.compile(r"\{(\w+)\}")
PATCHES = {"project": {"name": "local"}, "ip": {"ptrRecord": "a.example.com"}, "netadp": {"firewall": None}}
# Answered with plain text; refused for good, as guests have no agent.
OTHERWISE = ("/actions/serialport", "/actions/password_reset")
# Nothing that takes time happens to these.
WITHOUT_EVENTS = tuple(f"/{noun}/{{{noun}Id}}/event/{{eventId}}" for noun in ("ip", "netadp", "network"))
ORDER = ("PUT", "POST", "PATCH", "GET", "DELETE")
# Adapters go while their VM is there.
FIRST = ("/netadp/{netadpId}", "/vm/{vmId}")


def machines_and_disks(v2: V2, ok: Callable[..., Any]) -> dict[str, str]:
    """A VM that was told to do everything, a disk that was plugged in and out, an image; their ids."""
    vm = ok("POST", v2.vms, vm_body(start=False, tag=[SAID], userMetadata="eA=="))
    for action in ("start", "restart", "stop"):
        ok("POST", f"{vm['uri']}/actions/{action}")
    ok("POST", f"{vm['uri']}/actions/start")
    ok("POST", f"{vm['uri']}/actions/turnoff")
    ok("POST", f"{vm['uri']}/actions/flavour", {"service": "a1.small"})
    disk = ok("POST", v2.disks, {"name": "d", "service": "ssd", "size": 1, "tag": [SAID]})
    carrier = ok("POST", v2.vms, vm_body(name="c", image=None, disk=None, netadp=None, start=False))
    ok("POST", f"{carrier['uri']}/disk", {"disk": disk["uri"]})
    ok("POST", f"{disk['uri']}/actions/detach")
    ok("POST", f"{disk['uri']}/actions/resize", {"size": 2})
    image = ok("POST", v2.images, {"name": "i", "vm": vm["uri"], "description": "made", "tag": [SAID]})
    assert ok("GET", f"{v2.disks}?image={image['id']}")
    return {"vmId": vm["id"], "diskId": disk["id"], "imageId": image["id"]}


def addresses(v2: V2, ok: Callable[..., Any], vm: str) -> dict[str, str]:
    """A network, an adapter in it, addresses that were paired, freed and kept; their ids."""
    network = ok("POST", v2.networks, {"name": "n", "tag": [SAID]})
    adapter = ok("POST", v2.netadps, {"vm": vm, "network": network["uri"], "tag": [SAID]})
    (private,) = ok("GET", f"{v2.ips}?associated.netadp={adapter['id']}")
    public = ok("POST", v2.ips, {"tag": [SAID]})
    ok("POST", f"{public['uri']}/actions/associate", {"ip": private["uri"]})
    ok("GET", v2.ips)
    ok("POST", f"{public['uri']}/actions/disassociate")
    ok("POST", f"{private['uri']}/actions/persist")
    return {"networkId": network["id"], "netadpId": adapter["id"], "ipId": public["id"]}


def accounts(v2: V2, ok: Callable[..., Any]) -> dict[str, str]:
    """A service account, keys of it, project and user; what moved to another project and was removed there."""
    account = ok("POST", f"{v2.project}/sa", {"name": "robot", "tag": [SAID]})
    user = v2.local.info["login"]["username"]
    for owner in (f"{account['uri']}/credential", f"{v2.project}/credentialStore", f"/iam/user/{user}/credential"):
        ok("POST", owner, {"name": "key", "type": "ssh", "value": generate("ed25519").public})
    other = ok("POST", "/iam/project", {"name": "p", "organisation": "local"})
    moved = [ok("POST", v2.ips, {}), ok("POST", v2.disks, {"name": "d", "service": "ssd", "size": 1})]
    moved.append(ok("POST", v2.images, {"name": "j", "vm": ok("GET", v2.vms)[0]["uri"]}))
    for one in moved:
        there = ok("POST", f"{one['uri']}/actions/transfer", {"project": other["uri"]})
        ok("DELETE", there["uri"], status=204)
    ok("DELETE", other["uri"], status=204)
    return {"saId": account["id"], "userId": user}


def filled(path: str, known: dict[str, str], ok: Callable[..., Any]) -> str:
    """A path with ids in it: those that are known, and the first of what the cloud lists there; empty without one."""
    while found := PARAMETER.search(path):
        name, before = found[1], path[: found.start()]
        there = [known[name]] if name in known else [one["id"] for one in ok("GET", before.rstrip("/"))]
        if not there:
            return ""
        path = before + there[0] + path[found.end() :]
    return path


@pytest.mark.skipif(not shutil.which("qemu-img"), reason="blank disks need qemu-img")
def test_every_route_answers_as_the_facts_say(v2: Any) -> None:
    """Each operation of the description is called well at least once, on objects that have most fields."""
    ok = partial(v2.ok, authorization=f"Bearer {v2.access_token()}")
    known = {"locationId": "pl-waw-1", "projectId": v2.local.project, **machines_and_disks(v2, ok)}
    known |= addresses(v2, ok, known["vmId"]) | accounts(v2, ok)
    described = v2.call("GET", "/openapi.json").json()["paths"]
    routes = [(method.upper(), path) for path, item in described.items() for method in item]
    routes = [route for route in routes if not route[1].endswith(OTHERWISE)]
    routes.sort(key=lambda one: (ORDER.index(one[0]), -one[1].count("/"), *(not one[1].endswith(end) for end in FIRST)))
    for method, path in routes:
        shape = re.compile(PARAMETER.sub("[^/?]+", path) + r"(\?.*)?")
        if any(how == method and shape.fullmatch(one) for how, one in v2.answered):
            continue
        noun = path.replace("/{", "{").rpartition("/")[2].partition("{")[0]
        bodies = {"PATCH": PATCHES.get(noun, {"name": "new"}), "PUT": [SAID], "POST": SAID}
        keys = noun in ("credential", "credentialStore")
        if place := filled(path, known, ok):
            ok(method, place, bodies.get(method), 204 if method == "DELETE" and not keys else 200)
        else:
            assert path.endswith(WITHOUT_EVENTS), path
    assert len(routes) > 100


def test_a_reply_of_another_shape_is_found() -> None:
    """The check itself: texts for numbers, maps for arrays, nulls, v1's fields, objects for URIs, unknown states."""
    tag, project = {"id": "t", **SAID}, f"/storage/l/project/{'0' * 24}"
    disk = {"id": "0" * 24, "uri": f"{project}/disk/{'0' * 24}", "project": "/iam/project/p", "tag": [tag]}
    disk |= {"state": "Detached", "size": 1}
    path = f"{project}/disk/d"
    replies.check("GET", path, 200, disk)
    for wrong in ({"size": "1"}, {"tag": {"a": "b"}}, {"vm": None}, {"_id": "x"}, {"vm": {"id": "v"}}, {"state": "Ok"}):
        with pytest.raises(AssertionError, match=next(iter(wrong))):
            replies.check("GET", path, 200, {**disk, **wrong})
