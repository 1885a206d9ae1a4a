"""Python programs, dynamic providers and policy packs under the real engine."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

PACK = f"""
runtime:
  name: python
  options: {{virtualenv: {sys.prefix}}}
version: 0.0.1
"""

RULE = """
import limits
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy


def check(args, report):
    if args.props.get("seconds", 0) > limits.SECONDS:
        report("this note takes too long")


PolicyPack("pack", [ResourceValidationPolicy("quick", "Be quick.", check, EnforcementLevel.MANDATORY)])
"""


def wait_until(condition: Callable[[], Any], seconds: float = 30) -> None:
    """Wait for `condition`; fails the test when it does not come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def outputs(project: Any) -> str:
    """The stack's outputs, secrets in clear."""
    return str(project.run("stack", "output", "--json", "--show-secrets"))


def test_program_with_dynamic_provider_goes_through_its_whole_life(project: Any) -> None:
    """Preview, up, refresh and destroy work, with config and secrets as Pulumi's own language host hands them over."""
    assert "1 to create" in project.run("preview") or "2 to create" in project.run("preview")
    project.run("up", "--yes", "--skip-preview")
    shown = outputs(project)
    assert '"letters": 9' in shown
    assert '"word": "hush-hush"' in shown
    assert f'"virtualenv": "{sys.prefix}"' in shown
    assert "2 unchanged" in project.run("refresh", "--yes", "--skip-preview")
    assert "2 deleted" in project.run("destroy", "--yes", "--skip-preview")


def test_secret_config_is_nowhere_in_clear(project: Any) -> None:
    """A secret reaches the program marked as one, so no file of the backend holds it in clear."""
    project.run("up", "--yes", "--skip-preview")
    files = [file for file in (project.folder / "backend").rglob("*") if file.is_file()]
    assert files
    assert not [file for file in files if b"hush-hush" in file.read_bytes()]


def test_exception_in_program_is_shown_once(project: Any) -> None:
    """The runner's message is the only one: the engine adds none, as the exit code says that the user has seen it."""
    project.write("__main__.py", "raise ValueError('the reason')\n")
    text = project.run("up", "--yes", "--skip-preview", fails=True)
    assert "ValueError: the reason" in text
    assert "non-zero exit code" not in text


def test_exit_code_of_program_is_named(project: Any) -> None:
    """A program that leaves on its own terms fails the update, with its exit code and what it printed."""
    project.write("__main__.py", "print('leaving')\nraise SystemExit(3)\n")
    text = project.run("preview", fails=True)
    assert "exited with non-zero exit code: 3" in text
    assert "leaving" in text


def test_too_many_settings_are_named_at_preview(project: Any) -> None:
    """Settings over 128 KiB cannot reach a program: one line says so, and the way out."""
    project.write("Pulumi.test.yaml", f"config:\n  probe:long: {'x' * 131072}\n")
    text = project.run("preview", fails=True)
    assert "the stack's settings are 128 KiB" in text
    assert "put long texts into files" in text
    assert "rgument list too long" not in text


def test_missing_virtualenv_is_one_clear_line(project: Any) -> None:
    """A virtual environment that is not there is named, with the command that makes it."""
    project.write("Pulumi.yaml", "name: probe\nruntime: {name: python, options: {virtualenv: nowhere}}\n")
    project.environment["VIRTUAL_ENV"] = sys.prefix
    text = project.run("preview", fails=True)
    assert "nowhere (option 'virtualenv') does not exist" in text
    assert "Traceback" not in text


def test_policy_pack_passes_and_stops(project: Any) -> None:
    """A pack runs in its own folder and lets good resources pass; a mandatory violation stops the update."""
    project.write("pack/PulumiPolicy.yaml", PACK)
    project.write("pack/__main__.py", RULE)
    project.write("pack/limits.py", "SECONDS = 1\n")
    assert "pack@v0.0.1" in project.run("up", "--yes", "--skip-preview", "--policy-pack", "pack")
    project.run("config", "set", "seconds", "2")
    (project.folder / "creating").unlink()
    text = project.run("up", "--yes", "--skip-preview", "--policy-pack", "pack", fails=True)
    assert "this note takes too long" in text
    assert not (project.folder / "creating").exists()


def test_interrupt_leaves_nothing_running_and_says_nothing(project: Any, left_running: Any) -> None:
    """Ctrl-C twice ends the engine, the program and the provider, without a traceback of any of them."""
    project.run("config", "set", "seconds", "60")
    with project.start("up", "--yes", "--skip-preview") as engine:
        wait_until((project.folder / "creating").exists)
        os.killpg(engine.pid, signal.SIGINT)
        time.sleep(0.5)
        os.killpg(engine.pid, signal.SIGINT)
        text, _ = engine.communicate(timeout=30)
    assert engine.returncode != 0
    assert "Traceback" not in text
    assert "KeyboardInterrupt" not in text
    wait_until(lambda: not left_running(), 10)


def test_program_ends_with_killed_engine(project: Any, left_running: Any) -> None:
    """When the engine is killed, the language host notices and takes the program with it."""
    project.write("__main__.py", "import time\nopen('running', 'w').close()\ntime.sleep(300)\n")
    with project.start("up", "--yes", "--skip-preview") as engine:
        wait_until((project.folder / "running").exists)
        engine.kill()
        engine.communicate(timeout=30)
    wait_until(lambda: not left_running(), 10)


def test_interrupt_ends_program_that_hangs(project: Any, left_running: Any) -> None:
    """A program that never returns is ended with the engine."""
    project.write("__main__.py", "import time\nopen('running', 'w').close()\ntime.sleep(300)\n")
    with project.start("up", "--yes", "--skip-preview") as engine:
        wait_until((project.folder / "running").exists)
        os.killpg(engine.pid, signal.SIGINT)
        time.sleep(0.5)
        os.killpg(engine.pid, signal.SIGINT)
        text, _ = engine.communicate(timeout=30)
    assert "Traceback" not in text
    wait_until(lambda: not left_running(), 10)


def test_about_names_the_program_python(project: Any) -> None:
    """`pulumi about` shows the interpreter and the installed packages."""
    text = project.run("about")
    assert f"executable='{sys.prefix}/bin/python'" in text
    assert "pulumi-policy" in text or "pulumi_policy" in text


def test_stderr_of_a_plugin_reaches_the_user(project: Any) -> None:
    """A plugin that cannot start is shown with what it says of it."""
    runtime = f"runtime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}\n"
    project.write("broken/PulumiPlugin.yaml", runtime)
    project.write("broken/__main__.py", "raise SystemExit('the reason why it cannot start')\n")
    project.write("Pulumi.yaml", f"name: probe\n{runtime}plugins: {{providers: [{{name: broken, path: broken}}]}}\n")
    project.write("__main__.py", "import pulumi\npulumi.CustomResource('broken:index:Thing', 'thing', {})\n")
    assert "the reason why it cannot start" in project.run("preview", fails=True)
