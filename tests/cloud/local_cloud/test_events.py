"""Prefer, 202, queue, idempotency, dry run, busy objects (API facts 1.1, 1.3, 1.4)."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

pytestmark = pytest.mark.cloud


def wait_until(check, deadline: float = 10) -> None:
    """Ask until `check()` is true."""
    end = time.monotonic() + deadline
    while not check():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.02)


def test_without_prefer_the_reply_is_an_immediate_202(api, body) -> None:
    """No Prefer: 202, x-event-id of an event in the queue, which then ends."""
    reply = api.call("POST", "/vm", body(), Prefer="")
    assert reply.status_code == 202
    vm = reply.json()
    assert vm["processing"]
    assert not vm["created"]
    events = api.ok("GET", f"/vm/{vm['id']}/queue")
    assert [event["id"] for event in events] == [reply.headers["x-event-id"]]
    wait_until(lambda: api.ok("GET", f"/vm/{vm['id']}")["state"] == "Running")
    assert api.ok("GET", f"/vm/{vm['id']}")["created"]


def test_wait_that_expires_ends_in_202(api, body) -> None:
    """wait=1 with an event that takes longer: a 202 while it goes on."""
    vm = api.vm()
    api.fault(operation="vm.stop", action="event_slow", seconds=3)
    reply = api.call("POST", f"/vm/{vm['id']}/actions/stop", Prefer="respond-async,wait=1")
    assert reply.status_code == 202
    assert reply.json()["processing"]
    wait_until(lambda: api.ok("GET", f"/vm/{vm['id']}")["state"] == "Off")


def test_busy_object_refuses_with_processing(api, body) -> None:
    """Deleting or stopping what an event runs on is a 400 that says processing; afterwards it works."""
    vm = api.vm()
    api.fault(operation="vm.stop", action="event_slow", seconds=1)
    assert api.call("POST", f"/vm/{vm['id']}/actions/stop", Prefer="respond-async,wait=0").status_code == 202
    assert "processing" in api.refused("DELETE", f"/vm/{vm['id']}", {})
    wait_until(lambda: not api.ok("GET", f"/vm/{vm['id']}")["processing"])
    api.ok("DELETE", f"/vm/{vm['id']}", {})


def test_idempotency_key_gives_the_same_object(api, body) -> None:
    """A repeated create with the key makes nothing new; another key does."""
    first = api.ok("POST", "/vm", body(boot=False), **{"x-idempotency-key": "k1"})
    again = api.ok("POST", "/vm", body(boot=False), **{"x-idempotency-key": "k1"})
    other = api.ok("POST", "/vm", body(boot=False), **{"x-idempotency-key": "k2"})
    assert first["id"] == again["id"] != other["id"]
    assert len(api.inventory()["vms"]) == 2


def test_dry_run_changes_nothing(api, body) -> None:
    """x-dry-run checks and replies, but nothing is made, changed or removed."""
    dry = {"x-dry-run": "true"}
    assert api.ok("POST", "/vm", body(), **dry)["name"] == "builder"
    assert not any(api.inventory().values())
    api.refused("POST", "/vm", body(image="nothing"), 404, **dry)
    vm = api.vm(boot=False)
    api.ok("PATCH", f"/vm/{vm['id']}", {"name": "other"}, **dry)
    api.ok("PATCH", f"/vm/{vm['id']}/tag", {"a": "b"}, **dry)
    api.ok("POST", f"/vm/{vm['id']}/actions/start", **dry)
    api.ok("DELETE", f"/vm/{vm['id']}", {}, **dry)
    now = api.ok("GET", f"/vm/{vm['id']}")
    assert (now["name"], now["tag"], now["state"]) == ("builder", {}, "Off")


def test_failed_create_with_a_waiting_client_leaves_nothing(api, body, monkeypatch) -> None:
    """When the machine cannot start, a client that waits gets a 400 and nothing is left."""
    ip = api.ok("POST", "/ip", {})
    vm = api.vm(netadp=[{"service": "public", "ip": [ip["id"]]}])
    other = api.vm(netadp=[], boot=False)
    assert vm["state"] == "Running"
    listener = socket.create_server(("127.78.250.9", api.local.ssh_port))
    with listener:
        network = api.ok("POST", "/network", {"name": "n", "address": "127.78.250.0/24"})
        wanted = [{"service": "private", "network": network["id"], "ip": ["127.78.250.9"]}]
        message = api.refused("POST", "/vm", body(netadp=wanted, name="third"))
    assert message
    assert {one["id"] for one in api.inventory()["vms"]} == {vm["id"], other["id"]}
    assert len(api.inventory()["disks"]) == 2


def test_concurrent_creates_never_share_an_address(api, new_client, body) -> None:
    """Thirty creates at once: thirty addresses."""
    with ThreadPoolExecutor(15) as pool:
        replies = list(
            pool.map(lambda client: client.ok("POST", "/vm", body()), [new_client(api.local) for _ in range(30)])
        )
    assert len({api.address(vm) for vm in replies}) == 30
