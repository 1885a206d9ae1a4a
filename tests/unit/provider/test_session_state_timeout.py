"""The project's state_timeout bounds waits that no resource bounds."""

from __future__ import annotations

import pytest

from pulumi_hyperone.provider.foundation.deadline import DEFAULT_STATE_TIMEOUT
from pulumi_hyperone.provider.process.session import Session


@pytest.mark.parametrize(("set_", "seconds"), [("90s", 90), ("10m", 600), (None, DEFAULT_STATE_TIMEOUT)])
def test_hyperone_state_timeout_is_the_client_s(set_, seconds):
    """`hyperone:state_timeout` is what a sweep waits for each object; without it the default."""
    config = {"token": "t" * 16, "project": "p", "api_url": "http://127.0.0.1:9/v1"}
    session = Session(config if set_ is None else {**config, "state_timeout": set_})
    assert session.client().state_timeout == seconds
