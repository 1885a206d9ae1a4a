"""Changes that may be repeated, such as tags and names, outlive an object that is being worked on."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_hyperone.provider.api.cloud import Cloud
from pulumi_hyperone.provider.foundation.errors import Busy


@pytest.mark.parametrize(("status", "said"), [(400, "Resource is processing"), (409, "conflict")])
def test_tags_and_names_of_a_busy_object_are_set_as_soon_as_it_is_free(
    script: Any, client: Cloud, status: int, said: str
) -> None:
    """A refusal because the object is busy is followed by another attempt."""
    busy = script.step(status=status, body={"message": said})
    script.on("PATCH /vm/v1/tag", busy, script.step(body={"a": "b"}))
    script.on("PATCH /vm/v1", busy, script.step(body={"id": "v1", "name": "web"}))
    client.vms.add_tags("v1", {"a": "b"})
    assert [request.body for request in script.sent("PATCH")] == [{"a": "b"}, {"a": "b"}]
    assert client.vms.update("v1", name="web").name == "web"
    assert len(script.sent("PATCH")) == 4


def test_a_read_is_not_repeated_because_of_a_conflict(script: Any, client: Cloud) -> None:
    """Busy as the answer to a read says nothing about later."""
    script.on("GET /vm/v1", script.step(status=409, body={"message": "conflict"}))
    with pytest.raises(Busy):
        client.vms.get("v1")
    assert len(script.sent("GET")) == 1
