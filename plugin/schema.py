"""The package's schema, made of the types of options and what is said below each of them."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, Literal, Required, get_args, get_origin, get_type_hints, is_typeddict

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pulumi_hyperone.components import typed_options
from pulumi_hyperone.components.arguments import SHAPING
from pulumi_hyperone.components.hyperone_image import OUTPUTS, HyperOneImage
from pulumi_hyperone.components.typed_options import (
    AccountOptions,
    ImageOptions,
    ImageTagOptions,
    SourceImageFilterOptions,
    VmTagOptions,
)
from pulumi_hyperone.plugin.functions import GET_IMAGE, FoundImage, GetImage, Wanted
from pulumi_hyperone.plugin.hints import alternatives, kind
from pulumi_hyperone.plugin.images import HyperOneImages
from pulumi_hyperone.plugin.spelling import camel
from pulumi_hyperone.provider.foundation.option import is_secret
from pulumi_hyperone.provider.provisioners.catalog import TYPES
from pulumi_hyperone.provider.schema.resource import PACKAGE, token
from pulumi_hyperone.settings import ImageSettings, ProjectSettings
from pulumi_hyperone.settings.blocks import ImageTag, VmTag
from pulumi_hyperone.settings.source_image_filter import SourceImageFilter

BUILT = token("BuiltImage")
SCALARS = {str: "string", bool: "boolean", int: "integer", float: "number"}
MODELS: dict[Any, type[BaseModel]] = {
    ImageOptions: ImageSettings,
    ImageTagOptions: ImageTag,
    VmTagOptions: VmTag,
    SourceImageFilterOptions: SourceImageFilter,
    GetImage: Wanted,
}
"""What reads a record of options, and knows what is to be said of each; provisioners are found by their type."""


class Schema:
    """Collects the types that properties refer to."""

    def __init__(self) -> None:
        self.types: dict[str, dict[str, Any]] = {}

    def package(self, version: str) -> dict[str, Any]:
        """The schema as the engine and code generators read it."""
        account = self.account()
        hints = inspect.get_annotations(HyperOneImage, eval_str=True)
        outputs = {camel(name): self.of(hints[name]) for name in OUTPUTS}
        self.types[BUILT] = {"type": "object", "description": "One of the images.", **_all_of(outputs)}
        return {
            "name": PACKAGE,
            "version": version,
            "displayName": "HyperOne images",
            "description": "Build reusable HyperOne machine images.",
            "license": "MIT",
            "config": {"variables": account},
            "provider": {"type": "object", "inputProperties": account},
            "resources": {
                token(HyperOneImage.__name__): self.component(HyperOneImage, self.record(ImageOptions), outputs),
                token(HyperOneImages.__name__): self.component(
                    HyperOneImages,
                    {"properties": {"images": _map_of(self.of(ImageOptions))}, "required": ["images"]},
                    {"images": _map_of({"$ref": f"#/types/{BUILT}"})},
                ),
            },
            "functions": {
                GET_IMAGE: {
                    "description": inspect.getdoc(GetImage),
                    "inputs": {"type": "object", **self.record(GetImage)},
                    "outputs": {"type": "object", **self.record(FoundImage)},
                }
            },
            "types": self.types,
            "language": {
                # Not `pulumi_hyperone`: that is this package itself, which programs in Python use without the plugin.
                "python": {
                    "packageName": "pulumi_hyperone_sdk",
                    "pyproject": {"enabled": True},
                    "respectSchemaVersion": True,
                },
                "nodejs": {"packageName": "pulumi-hyperone", "respectSchemaVersion": True},
            },
        }

    def component(self, component: type, inputs: dict[str, Any], outputs: dict[str, Any]) -> dict[str, Any]:
        """A component, with all of its outputs."""
        return {
            "isComponent": True,
            "description": (inspect.getdoc(component) or "").partition("\n")[0],
            "inputProperties": inputs["properties"],
            "requiredInputs": inputs["required"],
            **_all_of(outputs),
        }

    def account(self) -> dict[str, Any]:
        """The account's settings, which are the provider's configuration; all are strings, as in stack config."""
        return {
            camel(name): {"type": "string", **_said_of(AccountOptions, name, field)}
            for name, field in ProjectSettings.model_fields.items()
        }

    def record(self, record: Any) -> dict[str, Any]:
        """Properties of a record, and which of them are required."""
        hints = get_type_hints(record, include_extras=True)
        model = MODELS.get(record) or TYPES.get(kind(record))
        properties = {}
        for name, hint in hints.items():
            one = self.of(hint)
            if name == "type" and kind(record):
                one = {"type": "string", "const": kind(record)}
            elif record is ImageOptions and name in SHAPING:
                one["plain"] = True
            properties[camel(name)] = one | (_said_of(record, name, model.model_fields[name]) if model else {})
        required = sorted(camel(name) for name, hint in hints.items() if get_origin(hint) is Required)
        return {"properties": properties, "required": required}

    def of(self, hint: Any) -> dict[str, Any]:
        """The schema of a type hint."""
        options = alternatives(hint)
        if len(options) > 1:
            return self.one_of(options)
        (one,) = options
        if is_typeddict(one):
            return {"$ref": self.named(one)}
        origin, parts = get_origin(one), get_args(one)
        if origin is Literal:
            return {"type": "string", "description": f"One of: {', '.join(parts)}."}
        if origin in (list, Sequence):
            return {"type": "array", "items": self.of(parts[0])}
        if origin in (dict, Mapping):
            return _map_of(self.of(parts[1]))
        return {"type": SCALARS[one]}

    def one_of(self, options: Sequence[Any]) -> dict[str, Any]:
        """One of several records, told apart by `type`."""
        kinds = {kind(one): self.named(one) for one in options}
        found = [{"$ref": reference} for reference in kinds.values()]
        return {"oneOf": found, "discriminator": {"propertyName": "type", "mapping": kinds}}

    def named(self, record: Any) -> str:
        """The reference to a record, which is added to the types."""
        name = token(record.__name__)
        if name not in self.types:
            made: dict[str, Any] = {"type": "object", "description": inspect.getdoc(record)}
            self.types[name] = made
            made.update(self.record(record))
        return f"#/types/{name}"


def _map_of(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": item}


def _all_of(properties: dict[str, Any]) -> dict[str, Any]:
    return {"properties": properties, "required": sorted(properties)}


def _said_of(record: type, option: str, field: FieldInfo) -> dict[str, Any]:
    """What is said of an option of a record, which `field` reads."""
    meaning = _meanings().get(record.__name__, {}).get(option)
    said: dict[str, Any] = {"description": meaning} if meaning else {}
    return {**said, "secret": True} if is_secret(field) else said


@cache
def _meanings() -> dict[str, dict[str, str]]:
    """What stands below the options of each record, those that it inherits included."""
    found: dict[str, dict[str, str]] = {}
    for record in ast.parse(inspect.getsource(typed_options)).body:
        if isinstance(record, ast.ClassDef):
            inherited = [found.get(base.id, {}) for base in record.bases if isinstance(base, ast.Name)]
            found[record.name] = {name: text for one in inherited for name, text in one.items()} | {
                before.target.id: inspect.cleandoc(str(after.value.value))
                for before, after in pairwise(record.body)
                if isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name)
                if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            }
    return found
