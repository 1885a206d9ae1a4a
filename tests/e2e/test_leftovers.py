"""`python -m hyperone status` and `sweep`: when the state is lost, the tags still tell."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from tests.support.stacks import ROOT, Run, image

FAILING = [{"type": "shell", "inline": ["exit 3"]}]


@pytest.fixture
def hyperone(stack):
    """Run a command of ours with the stack's credentials; returns exit code and output."""

    def run(*arguments: str, answer: str = "") -> Run:
        done = subprocess.run(
            [sys.executable, "-m", "hyperone", *arguments],
            cwd=ROOT,
            env={**stack.environment, "COLUMNS": "200"},
            input=answer,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
        )
        return Run(done.returncode, done.stdout)

    return run


@pytest.fixture
def lost(make_stack, stack, hyperone):
    """Two stacks with a failed build each; the state of the first is lost. Returns both identities."""
    other = make_stack("other")
    for one in (stack, other):
        one.configure({"web": image(provisioners=FAILING)})
        one.up().failed("exit code 3")
    identities = [one.resources()["preflight"]["id"] for one in (stack, other)]
    shutil.rmtree(stack.folder / "backend")
    (stack.folder / "backend").mkdir()
    return identities


def test_status_and_sweep_work_without_any_state(cloud, hyperone, lost, stack):
    """Status names both stacks; sweep removes what the lost one left and nothing of the other, asking first."""
    mine, others = lost
    listed = json.loads(hyperone("status", "--json").ok().text)
    assert {build["stack_id"] for build in listed} == {mine, others}
    assert {build["stack"] for build in listed} == {"hyperone-image/test", "hyperone-image/other"}
    assert "2026" in (shown := hyperone("status").ok().text) or listed[0]["since"][:4] in shown

    assert "left alone" in hyperone("sweep", mine, "--yes").ok().text, "a build that was just active may be running"
    assert len(cloud.inventory()["vms"]) == 2

    hyperone("sweep", mine, "--quiet", "0s", answer="n\n").failed()
    assert len(cloud.inventory()["vms"]) == 2, "the answer was no"

    hyperone("sweep", mine, "--quiet", "0s", "--yes").ok()
    assert [vm["tag"]["pulumi-stack-id"] for vm in cloud.inventory()["vms"]] == [others]
    stack.run("stack", "init").ok()


def test_sweep_refuses_an_identity_that_left_nothing(hyperone):
    """An unknown identity is an error that says where to find the right one."""
    hyperone("sweep", "f" * 32, "--yes").failed("hyperone status")


def test_status_says_so_when_nothing_is_left(hyperone):
    """In an empty project status says that nothing is left."""
    assert "Nothing is left of any build" in hyperone("status").ok().text
