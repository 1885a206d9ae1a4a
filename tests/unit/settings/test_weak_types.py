"""Weak decoding, W1 to W7 of the feature notes, as tables."""

import math

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from pulumi_hyperone.provider.foundation.durations import seconds_of
from pulumi_hyperone.provider.foundation.weak_types import (
    Duration,
    WeakBool,
    WeakCommandList,
    WeakFloat,
    WeakInt,
    WeakListOfStrLists,
    WeakModel,
    WeakStr,
    WeakStrList,
    WeakStrMap,
    duration_text,
    notes_context,
)


def decode(kind, value, context=None):
    """Decode one value as one of the weak types."""
    return TypeAdapter(kind).validate_python(value, context=context)


ACCEPTED = [
    (WeakFloat, "10", 10.0),
    (WeakFloat, "", 0.0),
    (WeakFloat, "5.5", 5.5),
    (WeakFloat, "-1e2", -100.0),
    (WeakFloat, ".5", 0.5),
    (WeakFloat, 7, 7.0),
    (WeakInt, "22", 22),
    (WeakInt, "", 0),
    (WeakInt, 22.0, 22),
    (WeakInt, "0x16", 22),
    (WeakInt, "-3", -3),
    (WeakInt, "0", 0),
    (WeakStr, 4, "4"),
    (WeakStr, 4.0, "4"),
    (WeakStr, 4.5, "4.5"),
    (WeakStr, 1e21, "1000000000000000000000"),
    (WeakStr, 1e-7, "0.0000001"),
    (WeakStr, -0.5, "-0.5"),
    (WeakStr, True, "1"),
    (WeakStr, False, "0"),
    (WeakStr, "p3", "p3"),
    (WeakStr, "", ""),
    (WeakStr, '{"a": 1}\n ', '{"a": 1}\n '),
    (WeakStr, 10**30, "1" + "0" * 30),
    (WeakStrList, "a.sh,b.sh", ["a.sh", "b.sh"]),
    (WeakStrList, "a, b", ["a", " b"]),
    (WeakStrList, "my-ssh", ["my-ssh"]),
    (WeakStrList, "", []),
    (WeakStrList, [], []),
    (WeakStrList, ["a", 4.0, True], ["a", "4", "1"]),
    (WeakStrList, 4.0, ["4"]),
    (WeakStrList, {}, []),
    (WeakStrMap, {"a": 1, "b": True, "c": "x", "d": 4.0}, {"a": "1", "b": "1", "c": "x", "d": "4"}),
    (WeakStrMap, [{"a": 1}, {"b": 2}, {"a": 3}], {"a": "3", "b": "2"}),
    (WeakStrMap, [], {}),
    (WeakStrMap, {1: "x"}, {"1": "x"}),
    (WeakListOfStrLists, [["proc", "proc", "/proc"]], [["proc", "proc", "/proc"]]),
    (WeakListOfStrLists, ["proc,proc,/proc"], [["proc", "proc", "/proc"]]),
    (WeakListOfStrLists, "", []),
    (WeakBool, True, True),
    (WeakBool, 0, False),
    (WeakBool, 1.0, True),
    *[(WeakBool, text, True) for text in ("1", "t", "T", "true", "TRUE", "True")],
    *[(WeakBool, text, False) for text in ("", "0", "f", "F", "false", "FALSE", "False")],
    (Duration, "10m", 600.0),
    (Duration, "1h2m3s", 3723.0),
    (Duration, "500ms", 0.5),
    (Duration, "1.5h", 5400.0),
    (Duration, "-1s", -1.0),
    (Duration, "0", 0.0),
    (Duration, ".5s", 0.5),
    (Duration, "1us", 1e-6),
    (Duration, "1µs", 1e-6),
    (Duration, "1h1h", 7200.0),
    (Duration, 3e9, 3.0),
]


@pytest.mark.parametrize(("kind", "value", "wanted"), ACCEPTED)
def test_value_is_decoded_as_packer_does(kind, value, wanted):
    """Each accepted form gives Packer's value, of the right Python type."""
    decoded = decode(kind, value)
    assert decoded == wanted
    assert type(decoded) is type(wanted)


REFUSED = [
    *[
        (WeakFloat, value)
        for value in ("abc", " 10", "10 GiB", "nan", "inf", "1_0", "0x10", "\u0661", True, [], {}, None)
    ],
    *[(WeakFloat, value) for value in (math.nan, math.inf, -math.inf, "1e999", 10**400)],
    *[(WeakInt, value) for value in ("22.0", 22.5, "010", "1_000", " 1", True, [], "x", math.nan, math.inf)],
    *[(WeakStr, value) for value in ([], {}, None, b"x", object(), math.nan, "\ud800")],
    *[(WeakStrList, value) for value in ([None], [[]], [{}], {"a": 1}, None, b"ab")],
    *[(WeakStrMap, value) for value in ("", "a=b", ["a"], {"a": []}, {"a": None}, 4)],
    *[(WeakListOfStrLists, value) for value in ([[[]]], [None], {"a": {}})],
    *[(WeakBool, value) for value in ("yes", "no", "on", "tRue", " 1", 2.0, 7, -1, [], {}, None, math.nan)],
    *[(Duration, value) for value in ("5", "", "5 m", "5x", "m", "1h 2m", "300y", "1d", True, [], None, "5M")],
    *[(Duration, value) for value in ("10000000h", 1e40, math.nan, math.inf, "1" * 5000 + "h", 10**400)],
]


@pytest.mark.parametrize(("kind", "value"), REFUSED)
def test_value_is_refused(kind, value):
    """Each refused form raises a validation error, nothing else, and the text does not hold the value."""
    with pytest.raises(ValidationError) as caught:
        decode(kind, value)
    assert all(error["msg"].startswith("must be") for error in caught.value.errors())


def test_bare_number_as_duration_leaves_a_note():
    """A bare number is nanoseconds, and the person is told."""
    context = notes_context()
    decode(Duration, 5_000_000_000, context)
    assert ["nanoseconds" in note.message for note in context["notes"]] == [True]


def test_command_with_a_comma_leaves_a_note():
    """A command given as one text is split as in Packer, and the person is told; a list says nothing."""
    context = notes_context()
    assert decode(WeakCommandList, "echo a,b", context) == ["echo a", "b"]
    assert ["split at its commas" in note.message for note in context["notes"]] == [True]
    context = notes_context()
    assert decode(WeakCommandList, ["echo a,b"], context) == ["echo a,b"]
    assert context["notes"] == []


def test_null_is_the_same_as_absent():
    """A model's default stands where null is written."""

    class Model(WeakModel):
        copied: WeakStrList = Field(default_factory=lambda: ["/etc/resolv.conf"])

    assert Model.model_validate({"copied": None}).copied == ["/etc/resolv.conf"]
    assert Model.model_validate({"copied": ""}).copied == []


@pytest.mark.parametrize("seconds", [0.0, 0.5, 600.0, 86400.0, 1e-9, 3723.25])
def test_duration_text_is_read_back(seconds):
    """Seconds written as a duration are the same seconds when read."""
    assert seconds_of(duration_text(seconds)) == pytest.approx(seconds)
