"""Shared by the tests of the policy pack, whose folder is its own import root."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pulumi_policy import ResourceValidationArgs
from pulumi_policy.policy import _NotApplicableError
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

PACK = Path(__file__).parents[3] / "policy"
sys.path.append(str(PACK))


@pytest.fixture(scope="session")
def pack() -> Path:
    """The folder of the policy pack."""
    return PACK


@pytest.fixture(scope="session")
def unknown() -> str:
    """What stands for an unknown value in the inputs that the engine hands over."""
    return UNKNOWN_STRING_VALUE


@pytest.fixture(
    scope="session", params=["pulumi-python:dynamic/hyperone:", "hyperone:index:"], ids=["python", "plugin"]
)
def judge(request):
    """Judge one resource of the image `web` as the SDK's server does; gives the messages, or None when left out."""

    def judge(rule, cls, config=None, **props):
        messages = []
        proxy = unknown_checking_proxy({"image_key": "web", **props})
        type_ = f"{request.param}{cls}"
        args = ResourceValidationArgs(type_, proxy, f"urn::{cls}", cls, None, None, config)
        try:
            rule.validate(args, lambda message, urn=None: messages.append(message))
        except _NotApplicableError:
            return messages or None
        return messages

    return judge
