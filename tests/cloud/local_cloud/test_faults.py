"""Faults on demand, the call log, the inventory (design section 4; issue 7)."""

from __future__ import annotations

import socket
import time

import pytest
import requests

pytestmark = pytest.mark.cloud


def test_nth_call_fails_with_status_headers_and_body(api) -> None:
    """The second list call gets a 429 with Retry-After; the first and third do not."""
    api.fault(method="get", path="/vm", nth=2, action="fail", status=429, headers={"Retry-After": "7"}, body={"a": 1})
    replies = [api.call("GET", "/vm") for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 429, 200]
    assert replies[1].headers["retry-after"] == "7"
    assert replies[1].json() == {"a": 1}


def test_fault_without_a_body_has_the_envelope(api) -> None:
    """A plain failure looks like one of the API's own, and does not do what was asked."""
    api.fault(operation="ip.create", status=503, message="down")
    assert api.refused("POST", "/ip", {}, 503) == "down"
    assert api.inventory()["ips"] == []


def test_failure_after_the_effect(api) -> None:
    """With afterEffect the object is made although the reply says otherwise."""
    api.fault(operation="ip.create", status=502, afterEffect=True)
    api.refused("POST", "/ip", {}, 502)
    assert len(api.inventory()["ips"]) == 1


@pytest.mark.parametrize(("action", "made"), [("drop_before", 0), ("drop_after", 1)])
def test_dropped_connections(api, action, made) -> None:
    """The client sees a reset; the effect happened or not."""
    api.fault(operation="ip.create", action=action)
    with pytest.raises(requests.ConnectionError):
        api.call("POST", "/ip", {})
    assert len(api.inventory()["ips"]) == made
    assert api.call("POST", "/ip", {}).status_code == 200


def test_drop_is_a_reset_without_any_byte(api) -> None:
    """On the wire: connection reset, no half reply."""
    api.fault(operation="vm.list", action="drop_before")
    host, port = "127.0.0.1", int(api.local.url.split(":")[2].split("/")[0])
    with socket.create_connection((host, port), timeout=10) as line:
        line.sendall(f"GET /v1/vm HTTP/1.1\r\nHost: 127.0.0.1\r\nx-auth-token: {api.local.token}\r\n\r\n".encode())
        with pytest.raises(ConnectionResetError):
            line.recv(100)


@pytest.mark.parametrize("action", ["garbage", "truncate"])
def test_spoiled_replies(api, action) -> None:
    """The reply is a 200 of type JSON whose body is none; the effect happened."""
    api.fault(operation="ip.create", action=action)
    reply = api.call("POST", "/ip", {})
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("application/json")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        reply.json()
    assert len(api.inventory()["ips"]) == 1


def test_delay(api) -> None:
    """The call takes as much longer."""
    api.fault(operation="vm.list", action="delay", seconds=0.5)
    begun = time.monotonic()
    api.ok("GET", "/vm")
    assert time.monotonic() - begun >= 0.5


def test_early_202(api, body) -> None:
    """The reply is a 202 although the client waits; the event goes on."""
    api.fault(operation="vm.create", action="early")
    reply = api.call("POST", "/vm", body())
    assert reply.status_code == 202
    assert reply.json()["processing"]


@pytest.mark.parametrize("wait", ["", "respond-async,wait=30"])
def test_event_that_ends_in_error(api, body, wait) -> None:
    """The queue tells the error; a waiting client gets a 400; what was made is still there to be cleaned up."""
    api.fault(operation="vm.create", action="event_error", message="no capacity", afterEffect=True)
    reply = api.call("POST", "/vm", body(), Prefer=wait)
    assert reply.status_code == (400 if wait else 202)
    for _ in range(200):
        vm = api.inventory()["vms"][0]
        if not vm["processing"]:
            break
        time.sleep(0.02)
    assert [(event["state"], event["stage"]) for event in vm["queue"]] == [("error", "no capacity")]
    disks = [hdd["disk"]["id"] for hdd in api.ok("GET", f"/vm/{vm['id']}/hdd")]
    api.ok("DELETE", f"/vm/{vm['id']}", {"removeDisks": disks})
    assert not any(api.inventory().values())


def test_stale_list(api) -> None:
    """A stale list misses what is new and shows what is gone; the next call is right."""
    old = api.ok("POST", "/ip", {})
    time.sleep(1)
    new = api.ok("POST", "/ip", {})
    api.ok("DELETE", f"/ip/{old['id']}")
    api.fault(operation="ip.list", action="stale", seconds=0.9)
    stale = [ip["id"] for ip in api.ok("GET", "/ip")]
    assert old["id"] in stale
    assert new["id"] not in stale
    assert [ip["id"] for ip in api.ok("GET", "/ip")] == [new["id"]]


def test_calls_are_logged_with_secrets_masked(api, body) -> None:
    """Method, path, operation, status, time, sizes and body; a password is masked, reads can be left out."""
    vm = api.vm(password={"type": "plain", "value": "hunter2hunter2"}, boot=False)
    api.ok("GET", f"/vm/{vm['id']}")
    calls = api.local.local("GET", "calls?mutating=true")
    assert [(call["operation"], call["status"]) for call in calls] == [("vm.create", 200)]
    assert calls[0]["body"]["password"] == {"type": "plain", "value": "***"}
    assert calls[0]["body"]["name"] == "builder"
    assert calls[0]["replyBytes"] > 100
    everything = api.local.local("GET", "calls")
    assert [call["operation"] for call in everything] == ["vm.create", "vm.show"]
    assert "hunter2" not in str(everything)


def test_calls_keep_no_secret_wherever_it_stands(api) -> None:
    """User data, credentials, tokens in paths, queries and other fields, and the call's own token anywhere."""
    secret = "c2VjcmV0LXRleHQ="
    api.vm(userMetadata=secret, boot=False)
    vm = api.vm(boot=False, tag={"password": secret, "note": f"by {api.local.token}"})
    api.call("PATCH", f"/vm/{vm['id']}", {"userMetadata": secret})
    api.call("POST", f"/vm/{vm['id']}/actions", {"name": "x", "data": {"userPassword": [secret], "api-key": secret}})
    api.call("POST", f"/project/{api.local.project}/credentialStore", {"name": "k", "type": "ssh", "value": secret})
    api.call("GET", f"/user/me/credential/authtoken/{secret}")
    query = f"a=1&token={secret}&tag%5Bpassword%5D={secret}&b=%20"
    api.call("GET", f"/project/x/credential/authtoken/{secret}/access?{query}")
    api.call("GET", f"/vm/{api.local.token}?x={api.local.token}", **{"x-idempotency-key": api.local.token})
    calls = api.local.local("GET", "calls")
    assert secret not in str(calls)
    assert api.local.token not in str(calls)
    assert calls[-2]["query"] == "a=1&token=***&tag%5Bpassword%5D=***&b=%20"
    assert calls[-2]["path"] == "/v1/project/x/credential/authtoken/***/access"
    assert calls[1]["body"]["tag"] == {"password": "***", "note": "by ***"}
    assert calls[4]["body"] == {"name": "k", "type": "ssh", "value": "***"}


def test_faults_can_be_listed_and_removed(api) -> None:
    """A fault tells how often it was seen and used."""
    fault = api.fault(operation="vm.list", nth=5)
    api.ok("GET", "/vm")
    assert [(one["id"], one["seen"], one["used"]) for one in api.local.local("GET", "faults")] == [(fault["id"], 1, 0)]
    assert api.local.local("DELETE", f"faults/{fault['id']}") == []


def test_reset_removes_everything_but_the_account(api) -> None:
    """After a reset: no objects, faults, calls; the token still works."""
    api.vm()
    api.fault(operation="vm.list")
    api.local.reset()
    assert not any(api.inventory().values())
    assert api.local.local("GET", "faults") == []
    assert api.local.local("GET", "calls") == []
    assert api.ok("GET", "/vm") == []
