"""The reasons for a rebuild and the fingerprint: pure functions of what the state and the settings hold."""

from __future__ import annotations

import pytest
from pulumi.runtime.rpc import UNKNOWN

from pulumi_hyperone.provider.foundation.known import is_known, same
from pulumi_hyperone.provider.resources.build import fingerprint, reasons_to_rebuild


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


def steps(*contents: str, places: tuple[int, ...] = ()) -> dict[str, str]:
    """Parts of provisioners with these contents, at these places in the settings (default: one after the other)."""
    return {
        f"provisioners[{place}]: settings": text for place, text in zip(places or range(99), contents, strict=False)
    }


def test_a_provisioner_without_effect_in_front_changes_nothing():
    """What comes after a new sleep or breakpoint has another place and the same rank."""
    before, after = steps("a", "b"), steps("a", "b", places=(1, 3))
    assert reasons_to_rebuild(build(before), build(after)) == []
    assert reasons_to_rebuild(build(after), build(before)) == []
    assert fingerprint(before, "x") == fingerprint(after, "x")
    assert fingerprint(before, "x") != fingerprint(steps("b", "a"), "x")


@pytest.mark.parametrize(
    ("before", "after", "reasons"),
    [
        (steps("a", "b"), steps("a", "c", places=(1, 2)), ["provisioners[2]: settings changed"]),
        (steps("a", "b"), steps("new", "a", "b"), ["provisioners[0]: settings added"]),
        (steps("a", "b", places=(1, 4)), steps("a"), ["provisioners[4]: settings removed"]),
        (steps("a", "b", "c"), steps("a", "c"), ["provisioners[1]: settings removed"]),
        (steps("a", UNKNOWN), steps("a", UNKNOWN, places=(1, 2)), []),
        (steps("a", "b"), steps(UNKNOWN, "b", places=(1, 2)), []),
        (
            {"provisioners[0]: settings": "1", "provisioners[0]: a.sh": "1"},
            {"provisioners[2]: settings": "1", "provisioners[2]: a.sh": "2"},
            ["provisioners[2]: a.sh changed"],
        ),
    ],
)
def test_reasons_name_the_place_in_the_settings(before, after, reasons):
    """Compared by rank, named by place: of what is there now, or of what was there when it is removed."""
    assert reasons_to_rebuild(build(before), build(after)) == reasons


def test_ten_provisioners_come_in_their_order():
    """The tenth comes after the ninth."""
    ten = steps(*"abcdefghijkl")
    changed = ten | {"provisioners[2]: settings": "x", "provisioners[10]: settings": "y"}
    assert reasons_to_rebuild(build(ten), build(changed)) == [
        "provisioners[2]: settings changed",
        "provisioners[10]: settings changed",
    ]


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
