"""Messages about settings: where, what, never a secret."""

from typing import Annotated, ClassVar

import pytest
from pydantic import Field, ValidationError

from pulumi_hyperone.provider.foundation.faults import Fault, join_path, joined, report, shown, unknown_option
from pulumi_hyperone.provider.foundation.validation import faults_of
from pulumi_hyperone.provider.foundation.weak_types import (
    Expects,
    Secret,
    WeakBool,
    WeakFloat,
    WeakInt,
    WeakModel,
    WeakStr,
    WeakStrList,
    WeakStrMap,
)


class Inner(WeakModel):
    """An option with options."""

    old_names: ClassVar = {"cmd": "command"}
    command: WeakStr
    hidden: Annotated[WeakBool, Secret()] = False


class Outer(WeakModel):
    """A model with every kind of option."""

    old_names: ClassVar = {"flavour": "kind"}
    kind: WeakStr = "a"
    size: Annotated[WeakFloat, Field(gt=0), Expects("a number of GiB greater than 0")] = 1
    count: Annotated[WeakInt, Field(ge=1, le=10)] = 1
    names: WeakStrList = Field(default_factory=list)
    tags: WeakStrMap = Field(default_factory=dict)
    inner: list[Inner] = Field(default_factory=list)
    password: WeakStr = Field(default="", repr=False)


def messages(data):
    """Validate and return path → message."""
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(data)
    return {fault.path: fault.message for fault in faults_of(caught.value, "images.base", Outer)}


@pytest.mark.parametrize(
    ("data", "path", "message"),
    [
        ({"size": "abc"}, "images.base.size", "must be a number of GiB greater than 0, not 'abc'"),
        (
            {"size": "010"},
            "images.base.size",
            "must be a number without leading zeros, not '010'",
        ),
        ({"size": "x" * 100_000}, "images.base.size", f"must be a number of GiB greater than 0, not '{'x' * 57}...'"),
        ({"x" * 100_000: 1}, f"images.base.'{'x' * 57}...'", f"unknown option '{'x' * 57}...'"),
        ({"size": -1.0}, "images.base.size", "must be a number of GiB greater than 0, not -1"),
        ({"size": []}, "images.base.size", "must be a number of GiB greater than 0, not an empty list"),
        ({"count": 11}, "images.base.count", "must be at most 10, not 11"),
        ({"count": "0"}, "images.base.count", "must be at least 1, not '0'"),
        ({"names": ["a", None]}, "images.base.names[1]", "must be a string, not null"),
        ({"tags": {"a b": {"secret": "x"}}}, "images.base.tags.'a b'", "must be a string, not a mapping"),
        ({"inner": [{"hidden": 1}]}, "images.base.inner[0].command", "is required"),
        (
            {"inner": [{"command": "a", "cmd": "b"}]},
            "images.base.inner[0].cmd",
            "unknown option 'cmd'; did you mean command?",
        ),
        ({"inner": [4]}, "images.base.inner[0]", "must be a mapping of options, not 4"),
        ({"flavour": "x"}, "images.base.flavour", "unknown option 'flavour'; did you mean kind?"),
        ({"sizes": 1}, "images.base.sizes", "unknown option 'sizes'; did you mean size?"),
        ({"zzz": 1}, "images.base.zzz", "unknown option 'zzz'"),
        ({"[key]": 1}, "images.base.'[key]'", "unknown option '[key]'"),
        ([], "images.base", "must be a mapping of options, not an empty list"),
        ("x", "images.base", "must be a mapping of options, not 'x'"),
        ({4: "x"}, "images.base[4]", "names of options must be strings"),
    ],
)
def test_fault_names_place_and_reason(data, path, message):
    """Each wrong value gives its path and one plain sentence."""
    assert messages(data) == {path: message}


def test_all_faults_of_a_model_come_together():
    """One validation reports every wrong option."""
    assert set(messages({"size": 0, "count": "x", "names": 4.0, "zzz": 1, "inner": [{}]})) == {
        "images.base.size",
        "images.base.count",
        "images.base.zzz",
        "images.base.inner[0].command",
    }


@pytest.mark.parametrize(
    "data", [{"password": ["hunter2"]}, {"inner": [{"command": "x", "hidden": "hunter2"}]}, {"tags": ["hunter2"]}]
)
def test_secret_value_is_not_shown(data):
    """Neither values of secret options nor what is inside a container appear in a message."""
    assert "hunter2" not in str(messages(data))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (4.0, "4"),
        (0.1, "0.1"),
        ("a\nb", "'a\\nb'"),
        ("C:\\x", "'C:\\x'"),
        ({}, "an empty mapping"),
        ([1], "a list"),
        (object(), "a value of type object"),
        pytest.param(10**5000, "a very large number", id="very large number"),
        (float("nan"), "nan"),
    ],
)
def test_value_is_shown_on_one_line(value, text):
    """A refused value is recognisable and stays on one line."""
    assert shown(value) == text


def test_long_text_is_cut():
    """A long text does not flood the report."""
    assert len(shown("x" * 10_000)) < 70


def test_report_is_sorted_and_without_doubles():
    """Paths are in order, positions as numbers, and each fault is said once."""
    faults = [Fault("a[10]", "x"), Fault("a[2]", "x"), Fault("a[2]", "x"), Fault("b", "y"), Fault("a", "z")]
    assert report(faults).splitlines() == ["4 faults in the settings:", "  a: z", "  a[2]: x", "  a[10]: x", "  b: y"]


def test_several_reports_are_one():
    """It has one heading, and what several say once."""
    two = report([Fault("b", "x"), Fault("c", "y")])
    assert joined([two, "a: z", "b: x"]).splitlines() == ["3 faults in the settings:", "  a: z", "  b: x", "  c: y"]
    assert joined(["a: z", "a: z"]) == "a: z"


def test_report_of_one_fault_is_one_line():
    """A single fault needs no heading, none needs no text."""
    assert report([Fault("images.a", "is wrong")]) == "images.a: is wrong"
    assert report([]) == ""


def test_paths_are_joined():
    """Names and positions are appended, odd names in quotes."""
    assert join_path("images", "base", "tags", "a b", 3) == "images.base.tags.'a b'[3]"


def test_unknown_option_without_a_near_name():
    """Nothing is suggested when nothing is near."""
    assert unknown_option("qqqq", ["disk_size"]) == "unknown option 'qqqq'"
