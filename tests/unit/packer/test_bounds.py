"""No template gives a traceback or a hang, whatever is in it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulumi_hyperone.packer.importer import import_template
from pulumi_hyperone.packer.result import ImportResult

Importer = Callable[..., ImportResult]
CORPUS = Path(__file__).parent / "corpus"


def _hcl(body: str) -> str:
    return 'source "hyperone" "web" {\n' + body + '\n}\nbuild { sources = ["hyperone.web"] }\n'


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", "[" * 500_000),
        ("a.json", '{"a":' * 100_000),
        (
            "a.json",
            json.dumps({"variables": {f"v{n}": f"{{{{user `v{n + 1}`}}}}" for n in range(900)}, "builders": []}),
        ),
        (
            "a.json",
            json.dumps({"variables": {f"v{n}": f"{{{{user `v{n + 1}`}}}}" * 2 for n in range(900)} | {"v900": "x"}}),
        ),
        (
            "a.json",
            json.dumps({"variables": {f"v{n}": f"{{{{user `v{n + 1}`}}}}" for n in range(900)} | {"v900": "x"}}),
        ),
        ("a.json", json.dumps({"variables": {"a": "{{" * 50_000}})),
        ("a.json", '"' + "\\" * 500_000),
        ("a.json", "9" * 500_000),
        ("a.json", "x" * 2_000_000),
        ("a.pkr.hcl", "a = " + "(" * 50_000),
        ("a.pkr.hcl", "a = " + "[" * 50 + "]" * 50),
        ("a.pkr.hcl", "a = " + "1+" * 5_000 + "1"),
        ("a.pkr.hcl", "a = " + "!" * 5_000 + "true"),
        ("a.pkr.hcl", "a = x" + ".y" * 5_000),
        ("a.pkr.hcl", "a = <<EOT\n" + "\n" * 200_000),
        ("a.pkr.hcl", "/*" * 100_000),
        ("a.pkr.hcl", "#" * 500_000),
        ("a.pkr.hcl", 'a = "' + "${" * 5_000),
        (
            "a.pkr.hcl",
            "locals {\n"
            + "\n".join(f'l{n} = "${{local.l{n + 1}}}${{local.l{n + 1}}}"' for n in range(60))
            + '\nl60 = "x"\n}',
        ),
        (
            "a.pkr.hcl",
            "locals {\n" + "\n".join(f"l{n} = [local.l{n + 1}, local.l{n + 1}]" for n in range(60)) + '\nl60 = "x"\n}',
        ),
        ("a.pkr.hcl", "locals {\n" + "\n".join(f"l{n} = local.l{n + 1}" for n in range(2_000)) + "\nl2000 = 1\n}"),
        ("a.pkr.hcl", _hcl('x = regex("(a+)+$", join("", [for n in range(50000) : "a"]))')),
        ("a.pkr.hcl", _hcl('dynamic "image_tag" {\nfor_each = range(100000)\ncontent {}\n}')),
        ("a.pkr.json", json.dumps({"locals": {"a": "${" * 10_000}})),
    ],
)
def test_hostile_templates_end_soon_in_faults(name: str, text: str, imported_text: Importer) -> None:
    """Nesting, repetition, growth and evil expressions are bounded."""
    assert imported_text(text, name).faults


def _words(text: str, separator: str | None = None) -> list[str]:
    return text.split(separator)


_WORDS = _words(
    "{{timestamp}} {{user`a`}} {{.Device}} hyperone shell {{env`A`}} ${var.a} %{ 1h a,b ${timestamp()} {{uuid}}"
)
_KEYS = _words(
    "type name builders provisioners variables sensitive-variables inline only except override disk_size chroot_disk "
    "image_name pre_mount_commands state_timeout image_tags hyperone source build sources variable default validation "
    "locals provisioner dynamic error-cleanup-provisioner post-processors a web shell for_each content chroot_mounts"
)
_PIECES = _words(
    'source "hyperone" "web" {|build {|}|\n|sources = [|]|"hyperone.web"|variable|"a"|{|var.a|default|=|1|(|)|?|:'
    "|for v in|...|<<EOT\n|EOT\n|${|%{ if |%{ endif }|[*]|.x|locals {|x = |local.x|timestamp()|formatdate(|,|-|~}"
    '|#|/*|*/|\\|"|null',
    "|",
)
_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(_WORDS)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=5),
    max_leaves=30,
)
_TEXTS = st.lists(st.sampled_from(_PIECES) | st.text(max_size=3), max_size=25).map(" ".join)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_VALUES, st.sampled_from(["a.json", "a.pkr.json"]))
def test_arbitrary_structures_never_give_a_traceback(tmp_path: Path, value: object, name: str) -> None:
    """Whatever a JSON file holds, the outcome is a result."""
    (tmp_path / name).write_text(json.dumps(value))
    result = import_template(tmp_path / name, environ={}, cwd=tmp_path)
    assert result.images or result.faults


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_TEXTS)
def test_arbitrary_hcl_never_gives_a_traceback(tmp_path: Path, text: str) -> None:
    """Whatever an HCL file holds, the outcome is a result."""
    (tmp_path / "a.pkr.hcl").write_text(text, encoding="utf-8")
    assert import_template(tmp_path / "a.pkr.hcl", environ={}, cwd=tmp_path) is not None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["chroot.json", "several.json", "broken.pkr.hcl", "folder/sources.pkr.hcl"]), st.data())
def test_damaged_templates_never_give_a_traceback(tmp_path: Path, name: str, data: st.DataObject) -> None:
    """A real template with a piece cut out or put in gives faults, not tracebacks."""
    text = (CORPUS / name).read_text(encoding="utf-8")
    at = data.draw(st.integers(0, len(text)))
    until = data.draw(st.integers(at, min(len(text), at + 40)))
    (tmp_path / Path(name).name).write_text(text[:at] + data.draw(st.text(max_size=5)) + text[until:], encoding="utf-8")
    assert import_template(tmp_path / Path(name).name, environ={}, cwd=tmp_path) is not None
