"""Every option of every provisioner has a test that shows its effect; bad input is in the page's own test."""

from __future__ import annotations

import pytest

from pulumi_hyperone.provider.provisioners.catalog import TYPES
from tests.support.provisioner_options import ALL, options_of, shown


@pytest.mark.parametrize("kind", [ALL, *TYPES])
def test_each_option_is_shown_in_effect(kind: str) -> None:
    """An option that no test says to show fails here; `shows` names the test that does."""
    assert {option for one, option in shown() if one == kind} == options_of(kind)
