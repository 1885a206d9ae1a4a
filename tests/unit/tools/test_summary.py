"""The table after `make up`, from a stack's state."""

from __future__ import annotations

import json

import pytest

from pulumi_hyperone.provider.foundation.component_type import COMPONENT
from tools.stack import summary


def phase(second, seconds, calls=1):
    """A recorded phase that began at `second` of an hour."""
    started = f"2026-11-23T10:{second // 60:02}:{second % 60:02}.000Z"
    return {"started_at": started, "seconds": seconds, "api_calls": calls}


def state():
    """Two images built side by side, one much later, one that failed, and a resource that is no image."""
    images = {
        "late": ({"image_id": "c3", "image_name": "<late>"}, {"builder": phase(600, 1)}),
        "web": ({"image_id": "b2", "image_name": "web-1", "image_size": 2}, {"image": phase(5, 3, 2)}),
        "failed": ({}, {"builder": phase(0, 9, 9)}),
        "base": ({"image_id": "a1", "image_name": "base", "image_size": 1.5}, {"builder": phase(0, 2, 4)}),
    }
    images["web"][1]["builder"] = phase(1, 1.25, 5)
    resources = [{"urn": "urn:pulumi:dev::p::t::other", "type": "t", "outputs": {"image_id": "y"}}]
    for name, (outputs, phases) in images.items():
        urn = f"urn:pulumi:dev::hyperone-image::{COMPONENT}::{name}"
        steps = [
            {"urn": f"urn:pulumi:dev::p::t::{name}-{one}", "type": "t", "parent": urn, "outputs": times}
            for one, times in phases.items()
        ]
        old = {"urn": f"urn:pulumi:dev::p::t::{name}-old", "type": "t", "parent": urn, "outputs": phase(9, 9, 9)}
        resources += [{"urn": urn, "type": COMPONENT, "outputs": outputs}, *steps, {**old, "delete": True}]
    return json.dumps({"deployment": {"resources": resources}})


def test_the_table_has_a_column_for_each_phase_in_order():
    """Phases stand in the order in which they began, with the sum and the number of API calls."""
    head, base, web, late = summary.table(summary.images(state()))
    assert head.split() == ["image", "id", "GiB", "builder", "image", "in", "all", "API", "calls"]
    assert base.split() == ["base", "a1", "1.5", "2.0", "s", "2.0", "s", "4"]
    assert web.split() == ["web-1", "b2", "2", "1.2", "s", "3.0", "s", "4.2", "s", "7"]
    assert late.split() == ["<late>", "c3", "1.0", "s", "1.0", "s", "1"]


def test_images_stand_in_the_order_in_which_their_builds_began():
    """The engine lists them as they ended, so it is another order each time; one that failed is left out."""
    assert [image.name for image in summary.images(state())] == ["base", "web", "late"]


def test_an_adopted_image_has_no_times():
    """Images without phases make a table without columns for them."""
    adopted = {"urn": f"urn:pulumi:dev::p::{COMPONENT}::a", "type": COMPONENT, "outputs": {"image_id": "x"}}
    images = summary.images(json.dumps({"deployment": {"resources": [adopted]}}))
    assert summary.table(images)[0].split() == ["image", "id", "GiB"]


@pytest.mark.parametrize(
    ("image_name", "shown"),
    [({"4dabf18193072939515e22adb298388d": "1b4706", "ciphertext": "v1:x:y"}, "a"), ("x\x1b[2J\ny", "x [2J y")],
    ids=["a secret", "of a stranger"],
)
def test_a_name_that_cannot_be_shown_as_it_is(image_name, shown):
    """The image's name in the stack stands for a secret one; what would act on the terminal is left out."""
    adopted = {"urn": f"urn:pulumi:dev::p::{COMPONENT}::a", "type": COMPONENT}
    adopted["outputs"] = {"image_id": "id", "image_name": image_name}
    images = summary.images(json.dumps({"deployment": {"resources": [adopted]}}))
    assert summary.table(images)[1].strip() == f"{shown:<5}  id"


def test_no_images_make_no_table():
    """Nothing to say is said with nothing."""
    assert summary.table(summary.images('{"deployment": null}')) == []
