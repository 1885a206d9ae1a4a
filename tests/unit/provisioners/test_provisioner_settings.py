"""Settings of provisioners: decoding, faults, what decides the content, and the page that documents them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pulumi_hyperone.provider.foundation.durations import seconds_of
from pulumi_hyperone.provider.provisioners.base import Provisioner
from pulumi_hyperone.provider.provisioners.catalog import TYPES, parse

DOC = Path(__file__).parents[3] / "docs" / "provisioners.md"
COMMON = set(Provisioner.model_fields) - {"type"}
BASES = {
    "shell": {"inline": ["true"]},
    "file": {"source": "here", "destination": "/x"},
    "shell-local": {"inline": ["true"]},
    "ansible": {"playbook_file": "here", "command": "true"},
    "breakpoint": {},
    "sleep": {"duration": "1s"},
}
EXCLUDES = {"script": "inline", "scripts": "inline", "sources": "source", "content": "source"}


def sections() -> dict[str, list[list[str]]]:
    """Rows of the tables, by heading."""
    found = {}
    for section in DOC.read_text().split("\n## ")[1:]:
        lines = re.findall(r"^\| `(.*) \|$", section, re.MULTILINE)
        if lines:
            found[section.split("\n")[0]] = [re.split(r" (?<!\\)\| ", f"`{line}") for line in lines]
    return found


def code(cell: str) -> str:
    """The text between back-ticks."""
    return cell.strip("`").replace("\\|", "|")


ROWS = [(kind, row) for kind, rows in sections().items() for row in rows]
IDS = [f"{kind}-{code(row[0])}" for kind, row in ROWS]


def test_every_option_is_documented_once() -> None:
    """An option in code but not in the page, or the other way round, fails here."""
    tables = sections()
    assert {code(row[0]) for row in tables.pop("For every type")} == COMMON
    assert sorted(tables) == sorted(TYPES)
    for kind, rows in tables.items():
        assert sorted(code(row[0]) for row in rows) == sorted(set(TYPES[kind].model_fields) - COMMON - {"type"}), kind


@pytest.mark.parametrize(("kind", "row"), ROWS, ids=IDS)
def test_bad_input_says_what_the_page_says(kind: str, row: list[str], tmp_path: Path) -> None:
    """The example of bad input gives the documented message, and all cells are filled."""
    assert len(row) == 7
    assert all(cell.strip() for cell in row)
    kind = "shell" if kind == "For every type" else kind
    option = code(row[0])
    (tmp_path / "here").touch()
    raw = {"type": kind, **BASES[kind]}
    raw.pop(EXCLUDES.get(option, ""), None)
    _, faults = parse([{**raw, option: json.loads(code(row[4]))}], tmp_path, "provisioners")
    assert code(row[5]) in [str(fault).replace(str(tmp_path), "/home/me/stack") for fault in faults]


@pytest.mark.parametrize(("kind", "row"), ROWS, ids=IDS)
def test_default_is_the_documented_one(kind: str, row: list[str]) -> None:
    """The default in the page is the one in code."""
    field = TYPES.get(kind, Provisioner).model_fields[code(row[0])]
    documented = code(row[3])
    if field.is_required():
        assert documented == "required"
        return
    default = field.get_default(call_default_factory=True)
    if default in (None, "", [], {}) or code(row[0]) == "execute_command":
        assert documented == "none"
    elif row[2] == "duration":
        assert seconds_of(documented) == default
    else:
        shown = default[0] if isinstance(default, list) else default
        assert documented == (str(shown).lower() if isinstance(shown, bool) else str(shown))


def test_all_faults_come_together(tmp_path: Path) -> None:
    """Every wrong provisioner is reported, with its place; good ones are still returned."""
    found, faults = parse(
        [
            {"type": "shel", "inline": ["x"]},
            {"inline": ["x"]},
            "text",
            {"type": "powershell"},
            {"type": "shell", "inlin": ["x"], "max_retries": "many"},
            {"type": "shell", "inline": ["x"], "script": "y"},
            {"type": "shell", "scripts": ["a.sh", "b.sh"]},
            {"type": "sleep", "duration": "1s"},
        ],
        tmp_path,
        "images.base.provisioners",
    )
    texts = "\n".join(map(str, faults))
    assert [provisioner.type for provisioner in found] == ["sleep"]
    for expected in (
        "[0].type: unknown type 'shel'; did you mean shell?",
        "[1].type: is required: one of shell, file",
        "[2]: must be a mapping with a type, not 'text'",
        "[3].type: powershell is for Windows",
        "[4].inlin: unknown option 'inlin'; did you mean inline?",
        "[4].max_retries: must be a whole number",
        "[5]: exactly one of inline, script and scripts must be given; inline and script were",
        "[6].scripts[0]: a.sh does not exist",
        "[6].scripts[1]: b.sh does not exist",
    ):
        assert f"images.base.provisioners{expected}" in texts
    assert str(parse("x", tmp_path, "p")[1][0]).startswith("p: must be a list of provisioners")


def hashes(raw: dict[str, object], base: Path) -> dict[str, str]:
    """Parts of one provisioner."""
    (provisioner,), faults = parse([raw], base, "p")
    assert faults == []
    return provisioner.parts(base)


def test_content_decides_the_parts(tmp_path: Path) -> None:
    """Bytes and modes of scripts, and the settings that reach the machine, change the parts under their own label."""
    (tmp_path / "a.sh").write_text("1")
    raw = {"type": "shell", "script": "a.sh", "env": {"A": "1"}}
    first = hashes(raw, tmp_path)
    assert set(first) == {"settings", "a.sh"}
    assert hashes({**raw, "max_retries": 3, "pause_before": "1s", "skip_clean": True}, tmp_path) == first
    assert hashes({**raw, "env": {"A": "2"}}, tmp_path)["settings"] != first["settings"]
    assert hashes({**raw, "script": "./a.sh"}, tmp_path)["./a.sh"] == first["a.sh"]
    (tmp_path / "a.sh").write_text("2")
    changed = hashes(raw, tmp_path)
    assert changed["settings"] == first["settings"]
    assert changed["a.sh"] != first["a.sh"]


def test_tree_parts(tmp_path: Path) -> None:
    """A tree's part changes with names, modes, bytes and empty folders, not with times."""
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    (tree / "a").write_text("A")
    (tree / "sub" / "b").write_text("B")
    raw = {"type": "file", "source": "tree/", "destination": "/x"}
    seen = [hashes(raw, tmp_path)["source tree/"]]

    def step() -> None:
        seen.append(hashes(raw, tmp_path)["source tree/"])

    (tree / "a").write_text("A")
    step()
    assert seen[0] == seen[1]
    (tree / "a").chmod(0o700)
    step()
    (tree / "sub" / "b").rename(tree / "sub" / "c")
    step()
    (tree / "empty").mkdir()
    step()
    (tree / "a").write_text("")
    step()
    assert len(set(seen)) == 5


def test_what_leaves_no_trace_has_no_parts(tmp_path: Path) -> None:
    """Waits, breakpoints and downloads never cause a rebuild."""
    for raw in (
        {"type": "sleep", "duration": "1s"},
        {"type": "breakpoint"},
        {"type": "file", "source": "/etc/x", "destination": "y", "direction": "download"},
    ):
        assert hashes(raw, tmp_path) == {}


def test_secrets_are_only_hashed(tmp_path: Path) -> None:
    """No value of a setting is readable in the parts."""
    raw = {"type": "shell", "inline": ["login hunter2"], "env": {"PW": "hunter2"}}
    assert "hunter2" not in str(hashes(raw, tmp_path))


@pytest.mark.parametrize("option", ["command", "galaxy_command"])
def test_a_command_with_a_quote_too_many_is_refused_at_its_option(option: str, tmp_path: Path) -> None:
    """Not as a file that cannot be read."""
    (tmp_path / "here").touch()
    raw = {"type": "ansible", **BASES["ansible"], "galaxy_file": "here", "galaxy_command": "true", option: "true 'x"}
    _, faults = parse([raw], tmp_path, "provisioners")
    assert [str(fault) for fault in faults] == [
        f"""provisioners[0].{option}: "true 'x" is not a valid command line: No closing quotation"""
    ]
