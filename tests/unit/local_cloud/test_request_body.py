"""How a request's body is read."""

from __future__ import annotations

import asyncio

import pytest

from pulumi_hyperone.local_cloud.serving import body
from pulumi_hyperone.local_cloud.state.refusals import ApiError


def test_a_body_has_a_deadline() -> None:
    """A byte now and then does not make it longer."""

    async def receive() -> dict[str, object]:
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b" ", "more_body": True}

    with pytest.raises(ApiError) as caught:
        asyncio.run(body.read(receive, patient=True, deadline=0.3))
    assert caught.value.status == 408


@pytest.mark.parametrize("depth", [body.MAX_DEPTH, body.MAX_DEPTH + 1])
def test_the_depth_has_a_bound(depth: int) -> None:
    """As deep as allowed is stored, one more is not."""
    text = b'{"a":' * depth + b"1" + b"}" * depth
    if depth == body.MAX_DEPTH:
        body.check(text)
        return
    with pytest.raises(ApiError, match="deeper") as caught:
        body.check(text)
    assert caught.value.status == 400
