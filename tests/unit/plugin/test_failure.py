"""What the plugin knows of an engine that goes on after a failure."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.stacks import ROOT

ASK = "from pulumi_hyperone.plugin.failure import engine_goes_on; print(engine_goes_on())"
ENGINE = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"


@pytest.mark.parametrize(
    ("words", "variables", "expected"),
    [
        (["up", "--continue-on-error"], {}, "True"),
        (["up", "--continue-on-error=false"], {}, "False"),
        (["up"], {}, "False"),
        (["up"], {"PULUMI_CONTINUE_ON_ERROR": "true"}, "True"),
    ],
)
def test_an_engine_that_goes_on_after_a_failure_is_known_by_its_command(words, variables, expected):
    """The engine is the plugin's parent, or one above: it started the language host which started the plugin."""
    done = subprocess.run(
        [sys.executable, "-c", ENGINE, ASK, *words],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == expected
