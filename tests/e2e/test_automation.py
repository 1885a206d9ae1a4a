"""Many stacks of one program by the Automation API, and the workflow for CI, as far as its lines run here."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from typing import Any

import pytest
import yaml

from tests.support.stacks import ROOT, Run, Stack


@pytest.fixture
def project(make_stack, tmp_path) -> Stack:
    """The example's project in a folder of its own, with a backend and the cloud's account."""
    home = make_stack("home")
    folder = tmp_path / "automation"
    shutil.copytree(
        ROOT / "examples" / "automation", folder, ignore=shutil.ignore_patterns("__pycache__", "Pulumi.*.yaml")
    )
    return Stack(folder, {**home.environment, "HYPERONE_SSH_PORT": str(home.port)}, "prod", home.port)


def shell(project: Stack, *command: str, **environment: str) -> Run:
    """Run a command in the project's folder, with its environment."""
    done = subprocess.run(
        command,
        cwd=project.folder,
        env={**project.environment, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    return Run(done.returncode, done.stdout)


def interrupted_at_its_first_line(project: Stack, *command: str) -> Run:
    """Run a command and interrupt it, and it alone, when it has said something."""
    with subprocess.Popen(
        command,
        cwd=project.folder,
        env=project.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=300)
    return Run(process.returncode, first + rest)


def test_two_environments_are_built_by_one_command_with_their_names_before_each_line(project, cloud):
    """One image for each; what fails in one does not stop the other, after Ctrl-C none begins; the exit code tells."""
    build = (sys.executable, "build.py")
    shell(project, *build, "up", "staging").failed("no such environment: staging; there are dev, prod")
    shell(project, *build, "up", "--parallel", "0").failed("must be a whole number of at least 1")
    done = shell(project, *build, "up", "--config", "source_image=sandbox").ok()
    assert {line.partition("|")[0].strip() for line in done.text.splitlines()} == {"dev", "prod"}
    assert "dev  | up succeeded" in done.text
    images = {image["tag"]["environment"]: image["id"] for image in cloud.images()}
    assert images.keys() == {"dev", "prod"}
    interrupted = interrupted_at_its_first_line(project, *build, "preview", "--parallel", "1").failed(
        "dev  | Previewing"
    )
    assert "dev  | preview failed" in interrupted.text
    assert "prod | preview not begun: interrupted" in interrupted.text
    assert "Traceback" not in interrupted.text
    project.run("config", "set", "source_image", "nothing").ok()
    half = shell(project, *build, "preview").failed("prod | preview failed", "HyperOne has no image 'nothing'")
    assert "dev  | preview succeeded" in half.text
    shell(project, *build, "destroy").ok()
    cloud.assert_only_images(*images.values())


def steps(job: str) -> list[dict[str, Any]]:
    """The steps of a job that are shell lines, but those that install from elsewhere."""
    workflow = yaml.safe_load((ROOT / "examples" / "ci" / "images.yml").read_text())
    return [step for step in workflow["jobs"][job]["steps"] if "run" in step and "pip install" not in step["run"]]


def test_the_workflow_builds_pull_requests_without_an_image_and_rebuilds_at_night(project, cloud, tmp_path):
    """Its shell lines as a runner runs them: nothing is left of a pull request; the summary says why it rebuilds."""
    summary = tmp_path / "summary"

    def run(step: dict[str, Any], stack: str) -> Run:
        return shell(project, "bash", "-e", "-c", step["run"], STACK=stack, GITHUB_STEP_SUMMARY=str(summary))

    settings = project.folder / "Pulumi.yaml"
    settings.write_text(settings.read_text().replace("default: debian-12", "default: sandbox"))
    build, clean = steps("pull-request")
    said = run(build, "pr-7").ok().text
    assert "no image was made (skip_create_image)" in said
    run(clean, "pr-7").ok()
    cloud.assert_only_images()

    look, rebuild = steps("nightly")
    for _ in range(2):
        run(look, "prod").ok()
        run(rebuild, "prod").ok()
    (made,) = cloud.images()
    settings.write_text(settings.read_text().replace("default: hello", "default: good night"))
    run(look, "prod").ok()
    assert summary.read_text().splitlines()[:2] == ["no image moved", "no image moved"]
    assert "rebuild: provisioners[0]" in summary.read_text()
    project.destroy().ok()
    cloud.assert_only_images(made["id"])
