"""Writes components/typed_options.py: the types are those of the settings, the words those of the pages in docs/.

`python -m tests.support.typed_options` (`make options`) writes it anew.
"""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pulumi_hyperone.provider.foundation.option import decoders, fact_of
from pulumi_hyperone.provider.foundation.weak_types import (
    weak_bool,
    weak_duration,
    weak_float,
    weak_int,
    weak_map,
    weak_str,
)
from pulumi_hyperone.provider.provisioners.base import Provisioner
from pulumi_hyperone.provider.provisioners.catalog import TYPES
from pulumi_hyperone.settings import ImageSettings, ProjectSettings
from tests.support.stacks import ROOT

FILE = ROOT / "components" / "typed_options.py"
PLAIN = {weak_str: "str", weak_int: "int", weak_float: "float", weak_bool: "bool", weak_duration: "str"}
OPEN = {weak_str: "Text", weak_int: "Whole", weak_float: "Number", weak_bool: "Switch", weak_duration: "Duration"}


def written() -> str:
    """The file as it has to be; what stands above its classes is written by hand."""
    classes = [*_provisioners(), *_images()]
    classes.append(_record("AccountOptions", "The account: stack config `hyperone:`.", ProjectSettings, _account()))
    head, *_ = FILE.read_text().partition("\n\nclass ")
    return _formatted("\n".join([head, *classes]))


def _provisioners() -> Iterator[str]:
    """The kinds of provisioners and their bases, each with the options that it adds."""
    common = _rows("provisioners.md", "For every type")
    done: set[type] = set()
    for kind, model in TYPES.items():
        words = {**common, **_rows("provisioners.md", kind)}
        for one in reversed(model.__mro__[: model.__mro__.index(Provisioner) + 1]):
            if one not in done:
                done.add(one)
                base = _name(one.__mro__[1]) if one is not Provisioner else "TypedDict"
                own = {name: field for name, field in one.model_fields.items() if name in one.__annotations__}
                yield _record(_name(one), _about(one), one, words, base, own)
    kinds = " | ".join(_name(model) for model in TYPES.values())
    yield f"AnyProvisioner: TypeAlias = ({kinds})\n"


def _images() -> Iterator[str]:
    nested = {}
    for field in ImageSettings.model_fields.values():
        nested |= {model: fact_of(field).shapes for model in _models(field.annotation)}
    for model, plain in nested.items():
        yield _record(_name(model), _about(model), model, {}, shapes=plain)
    words = _rows("settings.md", "The images: `hyperone-image:images`")
    about = "All options of one image, for `HyperOneImage`."
    yield _record("ImageOptions", about, ImageSettings, words, required=False)


def _account() -> dict[str, str]:
    return _rows("settings.md", "The account: `hyperone:`")


def _name(model: type) -> str:
    return "ProvisionerOptions" if model is Provisioner else f"{model.__name__.removesuffix('Provisioner')}Options"


def _about(model: type) -> str:
    return re.split(r"[:;.](?:\s|$)", model.__doc__ or "")[0] + "."


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _record(
    name: str,
    about: str,
    model: type[BaseModel],
    words: Mapping[str, str],
    base: str = "TypedDict",
    fields: Mapping[str, FieldInfo] | None = None,
    *,
    shapes: bool = False,
    required: bool = True,
) -> str:
    """A record with the fields of a model; `shapes` where none of them may be an output."""
    lines = [f"class {name}({base}, total=False):", *_docstring(about), ""]
    for option, field in (model.model_fields if fields is None else fields).items():
        if option == "type" and not get_args(field.annotation):
            continue
        plain = shapes or fact_of(field).shapes or option == "type" or model is ProjectSettings
        kind = _steps(option) if fact_of(field).steps else _kind(field.annotation, field.metadata, plain)
        lines.append(f"    {option}: {f'Required[{kind}]' if required and field.is_required() else kind}")
        lines += _docstring(words[option]) if option in words else []
    return "\n".join([*lines, ""])


def _steps(option: str) -> str:
    return f"Value[Sequence[{'ShellLocalOptions' if option == 'post_processors' else 'AnyProvisioner'}]]"


def _kind(annotation: Any, metadata: Any, plain: bool) -> str:
    """The type that a program gives for a field: `plain`, or an output of it."""
    if get_origin(annotation) is Annotated:
        inner, *marks = get_args(annotation)
        return _kind(inner, marks, plain)
    decoder = next(decoders(annotation, metadata), None)
    if decoder in PLAIN:
        return (PLAIN if plain else OPEN)[decoder]
    if decoder is weak_map:
        return "Mapping[str, str]" if plain else "TextMap"
    parts = [part for part in get_args(annotation) if part is not type(None)]
    if get_origin(annotation) is list:
        inner = _kind(parts[0], (), plain)
        return "Texts" if inner == "Text" else _wrapped(f"Sequence[{inner}]", plain)
    if get_origin(annotation) is Literal:
        return _wrapped(f"Literal[{', '.join(map(repr, parts))}]", plain)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _name(annotation)
    return _wrapped("str", plain) if annotation is str else _kind(parts[0], (), plain)


def _wrapped(kind: str, plain: bool) -> str:
    return kind if plain else "Text" if kind == "str" else f"Value[{kind}]"


def _rows(page: str, heading: str) -> dict[str, str]:
    """Option and meaning of the tables below a heading; links to other pages are left out."""
    text = (ROOT / "docs" / page).read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    cells = (re.split(r" (?<!\\)\| ", row) for row in re.findall(r"^\| (`.*) \|$", text, re.MULTILINE))
    found = {option.strip("`"): meaning.replace("\\|", "|") for option, meaning, *_ in cells}
    return {
        option: re.sub(r" \(\[[^]]*\]\([^)]*\)\)|\[([^]]*)\]\(\w+\.md\)", r"\1", text) for option, text in found.items()
    }


def _docstring(text: str) -> list[str]:
    raw = "r" if "\\" in text else ""
    return textwrap.wrap(f'{raw}"""{text}"""', 116, initial_indent="    ", subsequent_indent="    ")


def _formatted(text: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(FILE), "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True, cwd=ROOT).stdout


if __name__ == "__main__":
    FILE.write_text(written())
