"""Stack files that the engine refuses without a word about where."""

from pathlib import Path

import pytest

from tools.stack.errors import StackError
from tools.stack.stack_file import check

HEAD = "config:\n  p:images:\n    web:\n      disk_size: "


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{HEAD}.nan\n", "p:images.web.disk_size: must be a finite number"),
        (f"{HEAD}[1, -.inf]\n", "p:images.web.disk_size[1]: must be a finite number"),
        (f"{HEAD}{{secure: abc}}\n", "p:images.web.disk_size: secure: holds nothing that"),
        (f"{HEAD}{{secure: {{a: 1}}}}\n", "p:images.web.disk_size: secure: holds nothing that"),
        ("config: {secure: abc}\n", "config: secure: holds nothing that"),
        (
            "config:\n  hyperone-image:images:\n    web: {a: [1, 010]}\n",
            "hyperone-image:images.web.a[1]: 010 is not read as written",
        ),
        ("config:\n  hyperone:project: 0644\n", "hyperone:project: 0644 is not read as written"),
        ("config: {}\n---\nconfig: {a: 1}\n", "holds 2 YAML documents, of which only the first is read"),
        ("- a\n- b\n", "Pulumi.x.yaml:1: must be a mapping"),
        ("hello\n", "Pulumi.x.yaml:1: must be a mapping"),
        ("a: 1\nconfig: [a]\n", "Pulumi.x.yaml:2: must be a mapping"),
        (b"config:\n  a: caf\xe9\n", "Pulumi.x.yaml:2: is not UTF-8 text"),
    ],
)
def test_the_key_or_line_is_named(tmp_path: Path, text: str | bytes, said: str) -> None:
    """One line for each, with the file."""
    file = tmp_path / "Pulumi.x.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(StackError) as caught:
        check(file)
    assert said in str(caught.value)
    assert str(caught.value).startswith(str(file))


@pytest.mark.parametrize(
    "text",
    [
        *("", "config: {}\n", "[", "config:\n", f"a: {'[' * 5000}", "a: 1\n---\n", "config: {b: &a [*a]}\n"),
        f"{HEAD}{{secure: v1:bm9uY2U=:dGV4dA==}}\n",
        "config:\n  aws:account: 0123\n  hyperone:project: '010'\n  hyperone:location: 10\n",
    ],
)
def test_others_are_left_to_the_engine(tmp_path: Path, text: str) -> None:
    """What is right, and what the engine names itself."""
    file = tmp_path / "Pulumi.x.yaml"
    file.write_text(text)
    check(file)
    check(tmp_path / "missing.yaml")


def test_a_folder_is_said_to_be_one(tmp_path: Path) -> None:
    """Not a traceback."""
    with pytest.raises(StackError, match="Is a directory"):
        check(tmp_path)
