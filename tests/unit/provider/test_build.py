"""The reasons for a rebuild and the fingerprint: pure functions of what the state and the settings hold."""

from __future__ import annotations

from pulumi.runtime.rpc import UNKNOWN

from provider.base import is_known, same
from provider.build import fingerprint, reasons_to_rebuild


def build(parts, source="debian", source_id="a" * 24):
    """Properties of a Build as far as the comparison needs them."""
    return {"parts": parts, "source_image": source, "source_image_id": source_id}


def test_the_fingerprint_does_not_depend_on_the_order_of_parts():
    """Two maps with the same entries give the same fingerprint."""
    assert fingerprint({"a": "1", "b": "2"}, "x") == fingerprint({"b": "2", "a": "1"}, "x")


def test_the_fingerprint_changes_with_a_part_and_with_the_source():
    """Every part and the source image id count."""
    base = fingerprint({"a": "1"}, "x")
    assert len({base, fingerprint({"a": "2"}, "x"), fingerprint({"a": "1"}, "y"), fingerprint({}, "x")}) == 4


def test_the_fingerprint_is_unknown_while_the_source_is():
    """A source image that is still to be made leaves the fingerprint open."""
    assert fingerprint({"a": "1"}, UNKNOWN) == UNKNOWN


def test_each_changed_added_and_removed_part_is_named():
    """Reasons name the parts by their labels."""
    reasons = reasons_to_rebuild(
        build({"vm_type": "a", "old": "1", "same": "1"}), build({"vm_type": "b", "new": "1", "same": "1"})
    )
    assert reasons == ["new added", "old removed", "vm_type changed"]


def test_a_source_name_that_means_another_image_now_is_a_reason():
    """The reason shows the old and the new id."""
    reasons = reasons_to_rebuild(build({}), build({}, source_id="b" * 24))
    assert reasons == [f"source_image: debian moved {'a' * 24} → {'b' * 24}"]


def test_an_unknown_source_is_no_reason_by_itself():
    """What is unknown in a preview is not claimed to have changed."""
    assert reasons_to_rebuild(build({}), build({}, source_id=UNKNOWN)) == []


def test_nothing_changed_gives_no_reason():
    """Equal builds have nothing to say."""
    assert reasons_to_rebuild(build({"a": "1"}), build({"a": "1"})) == []


def test_unknown_values_are_found_at_any_depth():
    """A list or map with one unknown entry is unknown."""
    assert not is_known({"a": [1, {"b": UNKNOWN}]})
    assert is_known({"a": [1, {"b": None}]})


def test_null_and_absent_are_the_same_and_numbers_compare_by_value():
    """The engine drops nulls and hands numbers over as floats."""
    assert same({"a": None, "n": 1}, {"n": 1.0})
    assert not same([1, 2], [1])
