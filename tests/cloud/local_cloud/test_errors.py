"""The error envelope: every refusal has it, whatever the client sends (API facts 1.4)."""

from __future__ import annotations

import pytest
import requests

pytestmark = pytest.mark.cloud


def test_unknown_routes_and_methods(api) -> None:
    """Both are a 404 in the envelope."""
    for method, path in [("GET", "/nope"), ("PUT", "/vm"), ("POST", "/vm/x/y/z"), ("GET", "/vault")]:
        reply = api.call(method, path)
        assert reply.status_code == 404
        assert reply.json()["status"] == 404
        assert reply.headers["content-type"] == "application/json; charset=utf-8"


def test_validation_error_names_each_field(api) -> None:
    """A 400 with the Mongoose style map of paths."""
    error = api.ok("POST", "/vm", {"disk": [{"size": -1}]}, 400)
    assert set(error["error"]) == {"service", "disk.0.size"}
    assert error["error"]["service"]["path"] == "service"
    assert error["error"]["service"]["properties"]["message"] == error["error"]["service"]["message"]


@pytest.mark.parametrize("data", [b"{", b"\xff\xfe", b"[]", b'"x"', b"null", b"[" * 5000, b'{"name":"\\ud800"}'])
def test_garbage_bodies_are_400(api, data) -> None:
    """JSON garbage, wrong JSON types, deep nesting, lone surrogates."""
    headers = {"content-type": "application/json"}
    reply = api.session.post(api.local.url + "/vm", data=data, headers=headers, timeout=10)
    assert reply.status_code == 400
    assert reply.json()["message"]


def test_slashes_are_tolerated(api) -> None:
    """Doubled and trailing slashes reach the same route."""
    base = api.local.url
    for path in ("//vm//", "/vm/", "//service/"):
        assert api.session.get(base + path, timeout=10).status_code == 200


def test_names_with_spaces_and_slashes_are_found(api) -> None:
    """A space sent as a plus sign or %20, and an encoded slash, are part of a name."""
    made = api.vm(name="a b/c", boot=False)
    for reference in ("a+b%2Fc", "a%20b%2Fc"):
        assert api.ok("GET", f"/vm/{reference}")["id"] == made["id"]


def test_newest_of_several_with_one_name_is_found(api) -> None:
    """Names are not unique: the newest is meant, an id always wins."""
    first, second = api.vm(name="twin", boot=False), api.vm(name="twin", boot=False)
    assert api.ok("GET", "/vm/twin")["id"] == second["id"]
    assert api.ok("GET", f"/vm/{first['id']}")["id"] == first["id"]
    assert len(api.ok("GET", "/vm?name=twin")) == 2


def test_list_is_filtered_by_tags(api) -> None:
    """?tag[key]=value."""
    api.vm(name="one", tag={"role": "a"}, boot=False)
    api.vm(name="two", tag={"role": "b"}, boot=False)
    assert [vm["name"] for vm in api.ok("GET", "/vm?tag[role]=b")] == ["two"]


def test_control_routes_need_the_token(api) -> None:
    """Only health is open."""
    base = api.local.url.removesuffix("/v1")
    assert requests.get(base + "/_local/health", timeout=10).status_code == 200
    for path in ("inventory", "calls", "faults"):
        assert requests.get(f"{base}/_local/{path}", timeout=10).status_code == 401
    assert requests.post(f"{base}/_local/reset", timeout=10).status_code == 401
