"""Which images go with keep_last."""

from __future__ import annotations

from pulumi_hyperone.provider.api.records import Image, Vm
from pulumi_hyperone.provider.tracking.retention import reason_to_keep, surplus


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
