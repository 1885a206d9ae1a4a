"""Faults that follow one object by its tags, and everything of its family."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.cloud


def test_a_fault_with_tags_hits_only_objects_with_them(api) -> None:
    """Making and reading the object with the tag fail, another one is left alone."""
    other = api.call("POST", "/ip", {"tag": {"image": "b"}}).json()
    api.fault(tags={"image": "a"}, operation="ip.*", nth=2, count=2, status=503)
    mine = api.call("POST", "/ip", {"tag": {"image": "a"}}).json()
    statuses = [api.call("GET", f"/ip/{one['id']}").status_code for one in (other, mine, mine, mine)]
    assert statuses == [200, 503, 503, 200]


def test_a_family_is_followed_into_lists_also_of_what_is_gone_or_was_never_made(api) -> None:
    """Lists by the family's tag fail: while an object has its value, after its end, and after its failed creation."""
    api.fault(tags={"image": "a"}, family="build", operation="ip.list", count=0, status=503)
    api.fault(tags={"image": "a", "build": "2"}, operation="ip.create", status=503)
    made = api.call("POST", "/ip", {"tag": {"image": "a", "build": "1"}}).json()
    api.call("POST", "/ip", {"tag": {"image": "b", "build": "3"}})

    def listed(build: str) -> int:
        return api.call("GET", f"/ip?tag[build]={build}").status_code

    assert [listed("1"), listed("2"), listed("3")] == [503, 200, 200]
    api.call("POST", "/ip", {"tag": {"image": "a", "build": "2"}})
    api.call("DELETE", f"/ip/{made['id']}")
    assert [listed("1"), listed("2"), listed("3")] == [503, 503, 200]


def test_an_event_error_after_an_early_reply_leaves_the_object_not_created(api, body) -> None:
    """With `early` the failing event is behind a 202, and what it should have made is still there, not created."""
    api.fault(operation="vm.create", action="event_error", early=True)
    made = api.ok("POST", "/vm", body(), 202)
    for _ in range(200):
        events = api.ok("GET", f"/vm/{made['id']}/queue")
        if events[-1]["state"] == "error":
            break
    assert events[-1]["state"] == "error"
    assert api.ok("GET", f"/vm/{made['id']}")["created"] is False
