"""The typed options of a program are those of the settings, and a type checker refuses wrong ones."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Required, get_args, get_origin, get_type_hints

import pulumi
import pytest
from pydantic import BaseModel

from pulumi_hyperone.components import typed_options as typed
from pulumi_hyperone.provider.foundation.option import decoders, fact_of
from pulumi_hyperone.provider.foundation.weak_types import (
    weak_bool,
    weak_duration,
    weak_float,
    weak_int,
    weak_map,
    weak_str,
)
from pulumi_hyperone.provider.provisioners.catalog import TYPES
from pulumi_hyperone.settings import ImageSettings
from tests.support.stacks import ROOT

SCALARS = {weak_str: str, weak_int: int, weak_float: float, weak_bool: bool, weak_duration: str}
STEPS = {get_args(get_type_hints(one)["type"])[0]: one for one in get_args(typed.AnyProvisioner)}
BY_HAND = {
    "source_image",
    "source_image_filter",
    "vm_tag",
    "image_tag",
    "provisioners",
    "error_cleanup_provisioner",
    "post_processors",
}
"""Options whose types are made of other records here, or whose decoder takes more than one kind."""


def expected(field) -> Any:
    """The type that a program gives for a field of a model of settings."""
    wrap = (lambda kind: kind) if fact_of(field).shapes else (lambda kind: kind | pulumi.Output[kind])
    return _typed(field.annotation, field.metadata, wrap)


def _typed(annotation, metadata, wrap) -> Any:
    if get_origin(annotation) is Annotated:
        inner, *marks = get_args(annotation)
        return _typed(inner, marks, wrap)
    found = next(decoders(annotation, metadata), None)
    if found in SCALARS:
        return wrap(SCALARS[found])
    if get_origin(annotation) is list:
        return wrap(Sequence[_typed(get_args(annotation)[0], (), wrap)])
    if found is weak_map:
        return wrap(Mapping[str, wrap(str)])
    assert get_origin(annotation) is Literal, annotation
    return wrap(annotation)


def differences(record, model: type[BaseModel], left_out: set[str]) -> dict[str, Any]:
    """Options whose types differ: the option, what is written, what the field says."""
    written = get_type_hints(record)
    assert written.keys() == model.model_fields.keys()
    said = {name: expected(field) for name, field in model.model_fields.items() if name not in left_out}
    return {name: (written[name], kind) for name, kind in said.items() if written[name] != kind}


def test_every_option_of_an_image_has_the_type_of_its_field():
    """An option that is added, renamed, or becomes one that shapes the build, fails here until its type says so."""
    assert differences(typed.ImageOptions, ImageSettings, BY_HAND) == {}


@pytest.mark.parametrize("kind", TYPES)
def test_every_option_of_a_provisioner_has_the_type_of_its_field(kind):
    """Each kind of provisioner has a record of its own, with the required options marked."""
    record, model = STEPS[kind], TYPES[kind]
    assert differences(record, model, {"type"}) == {}
    hints = get_type_hints(record, include_extras=True)
    required = {name for name, hint in hints.items() if get_origin(hint) is Required}
    assert required == {name for name, field in model.model_fields.items() if field.is_required()}


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
