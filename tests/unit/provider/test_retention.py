"""Which images go with keep_last."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from pulumi_hyperone.provider.api.records import Image, Vm
from pulumi_hyperone.provider.foundation.errors import Interrupted
from pulumi_hyperone.provider.tracking import retention
from pulumi_hyperone.provider.tracking.identity import Owner
from pulumi_hyperone.provider.tracking.retention import prune, reason_to_keep, surplus


def images(*ids, **tags):
    """Images, newest first."""
    return [Image(id=id_, tags=tags.get(id_, {})) for id_ in ids]


def test_the_newest_stay_and_the_current_one_counts():
    """keep_last: 2 keeps the current image and the one before it."""
    assert [image.id for image in surplus(images("d", "c", "b", "a"), "d", 2)] == ["b", "a"]


def test_the_current_image_stays_even_when_it_is_not_the_newest():
    """An image built on two computers may carry any time."""
    assert [image.id for image in surplus(images("c", "b", "a"), "a", 1)] == ["c", "b"]


def test_images_in_quarantine_neither_count_nor_go():
    """Somebody should look at them."""
    found = images("d", "c", "b", c={"quarantine": "2026"})
    assert [image.id for image in surplus(found, "d", 2)] == []
    assert [image.id for image in surplus(found, "d", 1)] == ["b"]


def test_what_is_in_use_shared_or_protected_stays():
    """A VM started from it, another project's right to it, and the tag protected each keep an image."""
    image = Image(id="a")
    assert reason_to_keep(image, [Vm(id="v", name="user", source_image_id="b")]) == ""
    assert reason_to_keep(image, [Vm(id="v", name="user", source_image_id="a")]) == "VM user (v) was started from it"
    assert "shared" in reason_to_keep(Image(id="a", shared=True), [])
    assert "protected" in reason_to_keep(Image(id="a", tags={"protected": "true"}), [])


def test_an_interrupted_removal_is_no_reason_to_keep(monkeypatch):
    """The publication is not done then, so that the next `pulumi up` removes the rest."""
    told = []
    monkeypatch.setattr(retention, "say", lambda _: None)
    monkeypatch.setattr(retention, "tell", lambda text, **_: told.append(text))

    def delete(_id, **_):
        raise Interrupted("interrupted: the engine was asked to stop")

    client = SimpleNamespace(
        images=SimpleNamespace(list=lambda **_: images("c", "b", "a"), delete=delete), vms=SimpleNamespace(list=list)
    )
    owner = Owner(build_id="b", image_key="web", stack="dev", stack_id="s")
    with pytest.raises(Interrupted):
        prune(client, owner, "c", 1)
    assert told == []
