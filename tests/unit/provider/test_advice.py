"""Commands in messages, as the user can type them."""

from __future__ import annotations

import pytest

from pulumi_hyperone.provider.foundation import advice


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """The process works in a checkout of the project."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "pulumi").touch()
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("proposed", "typed"),
    [
        ("`pulumi up`", "`make up STACK=dev`"),
        ("`pulumi destroy`", "`make destroy STACK=dev`"),
        ("`pulumi destroy --run-program`", "`make destroy STACK=dev`"),
        ("`hyperone status`", "`make status STACK=dev`"),
        ("`python -m pulumi_hyperone.local_cloud start`", "`make cloud-start`"),
        ("`pulumi config set --secret a:b`", "`tools/pulumi config set --secret a:b --stack dev`"),
        ("pulumi up, `h1 login`", "pulumi up, `h1 login`"),
    ],
)
def test_in_the_checkout_commands_go_through_its_tools(checkout, proposed, typed):
    """There make is at hand, and pulumi need not be on PATH; anything else stays."""
    assert advice.as_typed_here(f"x: {proposed} y", "dev") == f"x: {typed} y"


def test_the_cloud_that_was_chosen_is_named(checkout, monkeypatch):
    """Without it the same stack would look for its images somewhere else."""
    monkeypatch.setenv("CLOUD", "local")
    monkeypatch.setenv("API", "v2")
    assert advice.as_typed_here("`pulumi up`", "dev") == "`make up STACK=dev CLOUD=local API=v2`"


def test_an_unknown_stack_is_left_out(checkout):
    """Commands then work on the selected stack, and make on its own choice."""
    assert (
        advice.as_typed_here("`pulumi up` `pulumi config get a:b`", None) == "`make up` `tools/pulumi config get a:b`"
    )


def test_in_a_project_of_the_users_own_pulumi_is_typed(tmp_path, monkeypatch):
    """Messages are right there as they are."""
    monkeypatch.chdir(tmp_path)
    assert advice.as_typed_here("run `pulumi up` again", "dev") == "run `pulumi up` again"
    assert advice.pulumi("config get a:b", "dev") == "pulumi config get a:b --stack dev"
