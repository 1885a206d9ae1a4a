"""docs/settings.md and the code say the same."""

import json
import re
from pathlib import Path

import pytest

from pulumi_hyperone.provider.foundation.durations import seconds_of
from pulumi_hyperone.settings import ImageSettings, ProjectSettings, load_images, load_project
from pulumi_hyperone.settings.chroot_options import CHROOT_ONLY

DOC = Path(__file__).parents[3] / "docs" / "settings.md"
BASE = {"source_image": "debian", "vm_type": "a1.nano", "disk_size": 10}
CHROOT = {"chroot_disk": True, "pre_mount_commands": ["true"]}


def rows(project):
    """Rows of the tables before or after the heading of the account's settings."""
    before, after = DOC.read_text().split("\n## The account")
    account = after.split("\n## ")[0]
    lines = re.findall(r"^\| `(.*) \|$", account if project else before, re.MULTILINE)
    return [re.split(r" (?<!\\)\| ", f"`{line}") for line in lines]


def code(cell):
    """The text between back-ticks."""
    return cell.strip("`").replace("\\|", "|")


@pytest.mark.parametrize(("project", "model"), [(False, ImageSettings), (True, ProjectSettings)])
def test_every_option_is_documented_once(project, model):
    """An option in code but not in the page, or the other way round, fails here."""
    names = [code(row[0]) for row in rows(project)]
    assert sorted(names) == sorted(model.model_fields)


@pytest.mark.parametrize("row", [*rows(False), *rows(True)], ids=lambda row: code(row[0]))
def test_row_is_complete(row):
    """Every row has all seven cells filled."""
    assert len(row) == 7
    assert all(cell.strip() for cell in row)


@pytest.mark.parametrize("row", rows(False), ids=lambda row: code(row[0]))
def test_bad_input_of_an_image_says_what_the_page_says(row):
    """The example of bad input gives exactly the documented report line."""
    option, bad, message = code(row[0]), json.loads(code(row[4])), code(row[5])
    options = BASE | (CHROOT if option in CHROOT_ONLY else {}) | {option: bad}
    _, faults = load_images({"images": {"base": options}}, Path("/home/me/stack"))
    assert message in [str(fault) for fault in faults]


@pytest.mark.parametrize("row", rows(True), ids=lambda row: code(row[0]))
def test_bad_input_of_the_account_says_what_the_page_says(row):
    """The example of bad input gives exactly the documented report line."""
    _, faults, _ = load_project({code(row[0]): json.loads(code(row[4]))})
    assert code(row[5]) in [str(fault) for fault in faults]


@pytest.mark.parametrize(
    ("model", "row"),
    [*((ImageSettings, row) for row in rows(False)), *((ProjectSettings, row) for row in rows(True))],
    ids=lambda value: code(value[0]) if isinstance(value, list) else "",
)
def test_default_is_the_documented_one(model, row):
    """The default in the page is the one in code."""
    field = model.model_fields[code(row[0])]
    documented = code(row[3])
    if field.is_required():
        assert documented == "required"
        return
    default = field.get_default(call_default_factory=True)
    if row[0] == "`chroot_mounts`":
        assert documented.replace("`", "") == "proc, sysfs, /dev, devpts, binfmt_misc"
    elif default in (None, "", [], {}):
        assert documented == "none"
    elif row[2] == "duration":
        assert seconds_of(documented) == default
    else:
        expected = default[0] if isinstance(default, list) else default
        assert documented == (str(expected).lower() if isinstance(expected, bool) else str(expected))
