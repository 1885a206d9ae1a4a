"""The typed options of a program are those of the settings, and a type checker refuses wrong ones."""

from __future__ import annotations

import ast
import subprocess
import sys
from itertools import pairwise
from typing import get_type_hints

import pytest

from pulumi_hyperone.components import typed_options as typed
from pulumi_hyperone.provider.provisioners.catalog import TYPES
from pulumi_hyperone.settings import ImageSettings, ProjectSettings
from tests.support.stacks import ROOT
from tests.support.typed_options import FILE, written

RECORDS = {
    typed.ImageOptions: ImageSettings,
    typed.AccountOptions: ProjectSettings,
    typed.ShellOptions: TYPES["shell"],
    typed.AnsibleOptions: TYPES["ansible"],
}
BLOCKS = {"SourceImageFilterOptions", "VmTagOptions", "ImageTagOptions"}
"""Parts of options, which their options' meaning describes."""


def test_the_file_is_what_the_settings_and_the_pages_say():
    """An option that is added, renamed, described otherwise, or becomes one that shapes the build, fails here."""
    assert FILE.read_text() == written(), "run `make options`"


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_every_option_has_a_type(record):
    """What editors complete."""
    assert get_type_hints(record).keys() == RECORDS[record].model_fields.keys()


def test_every_option_has_a_meaning():
    """What editors show: an option without a row in its page has none."""
    records = [one for one in ast.parse(FILE.read_text()).body if isinstance(one, ast.ClassDef)]
    pairs = [pair for record in records if record.name not in BLOCKS for pair in pairwise([*record.body, record])]
    fields = [(one.target.id, after) for one, after in pairs if isinstance(one, ast.AnnAssign)]
    assert [name for name, after in fields if name != "type" and not isinstance(after, ast.Expr)] == []


GOOD = """
import pulumi
from pulumi_hyperone import HyperOneImage, ImageOptions

base = HyperOneImage("base", ImageOptions(source_image="debian", vm_type="a1.nano", disk_size=10, keep_image=False))
web = HyperOneImage("web", ImageOptions(
    source_image=base.image_id, image_tags={"built-from": base.build_id},
    provisioners=[{"type": "shell", "inline": ["true"]}, {"type": "file", "source": "a", "destination": "/b"}],
))
loose = HyperOneImage("loose", {"source_image": "debian", "vm_type": "a1.nano", "disk_size": "10"})
"""
BAD = """
from pulumi_hyperone import HyperOneImage, ImageOptions

base = HyperOneImage("base", ImageOptions(source_image="debian"))
ImageOptions(vm_flavour="a1.nano")
ImageOptions(vm_type=7)
ImageOptions(on_failure="ask")
ImageOptions(keep_image=base.build_id)
ImageOptions(provisioners=[{"type": "shell", "inlined": ["true"]}])
ImageOptions(provisioners=[{"type": "file", "source": "a"}])
"""


def test_a_type_checker_accepts_right_options_and_refuses_wrong_ones(tmp_path):
    """Outputs where they may be, one complaint for each wrong line, by mypy in strict mode."""
    (tmp_path / "good.py").write_text(GOOD)
    (tmp_path / "bad.py").write_text(BAD)
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--ignore-missing-imports"]
    command += ["--no-error-summary", "--cache-dir", str(ROOT / ".mypy_cache")]
    done = subprocess.run(
        [*command, str(tmp_path / "good.py"), str(tmp_path / "bad.py")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if ": error: " in line]
    assert {line.split(":")[0].rpartition("/")[2] for line in lines} == {"bad.py"}, done.stdout + done.stderr
    wrong = [number for number, line in enumerate(BAD.splitlines(), 1) if line.startswith("ImageOptions(")]
    assert sorted({int(line.split(":")[1]) for line in lines}) == wrong, done.stdout
