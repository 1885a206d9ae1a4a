"""What the engine takes from a stack's file without a word, though people mean otherwise."""

import pytest

from pulumi_hyperone.components.stack_file import stack_file_faults
from pulumi_hyperone.provider.foundation.faults import report

KEYS = {"p:images": "images", "hyperone:project": "hyperone:project"}


@pytest.fixture
def said(tmp_path):
    """Write a stack file; the report of what is found in it."""

    def write(text):
        file = tmp_path / "Pulumi.dev.yaml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return report(stack_file_faults(file, KEYS))

    return write


@pytest.mark.parametrize(
    ("value", "place"),
    [("010", ""), ("{a: [1, 0644]}", ".a[1]"), ("-007", ""), ("0_1", ""), ("0189", ""), ("00", "")],
)
def test_a_number_with_leading_zeros_is_named_with_its_key(said, value, place):
    """YAML makes 8 of 010, and 420 of a file mode 0644."""
    assert said(f"config:\n  p:images:\n    web:\n      disk_size: {value}\n").startswith(
        f"images.web.disk_size{place}: "
    )


@pytest.mark.parametrize("value", ["10", "0", "0.5", '"010"', "'0644'", "0x10", "1_000", "|\n        010", "v010"])
def test_other_values_are_left_to_the_settings(said, value):
    """Texts in quotes and blocks are texts; what settings judge themselves is not judged here."""
    assert said(f"config:\n  p:images:\n    web:\n      disk_size: {value}\n") == ""


def test_keys_of_others_are_not_judged(said):
    """Config of other programs and providers may hold anything; the old form of a key is ours too."""
    assert said("config:\n  aws:account: 0123\n  other:images: 010\n") == ""
    assert said("config:\n  hyperone:config:project: 010\n").startswith("hyperone:project: ")


def test_a_second_document_is_said_to_be_ignored(said):
    """The engine reads the first one alone."""
    assert said("config: {}\n---\nconfig:\n  p:images: {}\n") == (
        "Pulumi.dev.yaml: holds 2 YAML documents, of which only the first is read"
    )


def test_secure_beside_other_keys_is_named(said):
    """It is taken for an ordinary map then, and the text stays encrypted."""
    text = "config:\n  p:images:\n    web:\n      user_data: {secure: v1:a:b, comment: x}\n"
    assert said(text).startswith("images.web.user_data: secure stands for a whole value")
    assert said("config:\n  p:images:\n    web:\n      user_data: {secure: v1:a:b}\n") == ""


@pytest.mark.parametrize(
    "text", ["", "[]", "config: 1", "config:\n  p:images: &a [*a]", "a: [", b"caf\xe9: 1", f"config: {'[' * 5000}"]
)
def test_files_that_are_none_are_left_to_the_engine(said, text):
    """No traceback, whatever is in the file; circles end."""
    assert said(text) == ""


def test_a_missing_file_and_a_folder_have_no_faults(tmp_path):
    """A stack may have no file of its own."""
    assert stack_file_faults(None, KEYS) == []
    assert stack_file_faults(tmp_path, KEYS) == []
    assert stack_file_faults(tmp_path / "Pulumi.dev.yaml", KEYS) == []
