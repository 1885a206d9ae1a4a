"""What pydantic finds wrong, as faults of settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from pulumi_hyperone.provider.foundation.faults import Fault, join_path, number_text, shown, unknown_option
from pulumi_hyperone.provider.foundation.option import is_secret
from pulumi_hyperone.provider.foundation.weak_types import LEADING_ZEROS, Expects

_BOUNDS = {
    "greater_than": ("gt", "must be greater than {}"),
    "greater_than_equal": ("ge", "must be at least {}"),
    "less_than": ("lt", "must be less than {}"),
    "less_than_equal": ("le", "must be at most {}"),
    "literal_error": ("expected", "must be {}"),
    "string_too_short": ("min_length", "must have at least {} characters"),
    "string_too_long": ("max_length", "must have at most {} characters"),
    "too_short": ("min_length", "must have at least {} entries"),
    "too_long": ("max_length", "must have at most {} entries"),
}
_TYPES = {
    "model_type": "must be a mapping of options",
    "model_attributes_type": "must be a mapping of options",
    "dataclass_type": "must be a mapping of options",
    "dict_type": "must be a mapping of names to values",
    "list_type": "must be a list",
    "string_type": "must be a string",
}


def faults_of(error: ValidationError, path: str, model: type[BaseModel]) -> list[Fault]:
    """Turn pydantic's errors about `model` at `path` into faults; values of secret options are left out.

    An option is secret when annotated with `Secret()`, or declared with `repr=False`. An `Expects(...)` annotation
    gives the words for wrong types and ranges. `model.old_names`, where there is one, helps with unknown options.
    """
    return [_fault(details, path, model) for details in error.errors(include_url=False)]


def _fault(details: ErrorDetails, path: str, model: type[BaseModel]) -> Fault:
    unknown = details["type"] == "extra_forbidden"
    location = [part for part in details["loc"] if unknown or part != "[key]"]
    owner, field, depth, secret = _find(model, location)
    where = join_path(path, *location)
    kind = details["type"]
    if unknown:
        return Fault(where, unknown_option(str(location[-1]), owner.model_fields, getattr(owner, "old_names", None)))
    if kind == "invalid_key":
        return Fault(where, "names of options must be strings")
    expects = next((mark.text for mark in field.metadata if isinstance(mark, Expects)), "") if field else ""
    at_option = depth == len(location)
    if kind == "missing":
        return Fault(where, f"is required: {expects}" if expects and at_option else "is required")
    if kind in {"value_error", "assertion_error"}:
        return Fault(where, str(details.get("ctx", {}).get("error", details["msg"])))
    said_best = kind == LEADING_ZEROS
    message = f"must be {expects}" if expects and at_option and not said_best else _plain(details)
    return Fault(where, message if secret else f"{message}, not {shown(details['input'])}")


def _plain(details: ErrorDetails) -> str:
    """Words for pydantic's own error kinds; the custom ones bring theirs."""
    kind = details["type"]
    if kind in _BOUNDS:
        key, template = _BOUNDS[kind]
        bound = details.get("ctx", {}).get(key)
        return template.format(number_text(bound) if isinstance(bound, float) else bound)
    return _TYPES.get(kind) or details["msg"].replace("Input should be", "must be")


class _Found(NamedTuple):
    """What a location leads to: innermost model and field, the field's depth, whether a field on the way is secret."""

    owner: type[BaseModel]
    field: FieldInfo | None
    depth: int
    secret: bool


def _find(model: type[BaseModel], location: Sequence[str | int]) -> _Found:
    """Follow a location through nested models."""
    owner, field, depth, secret = model, None, 0, False
    for index, part in enumerate(location):
        found = owner.model_fields.get(str(part)) if not isinstance(part, int) else None
        if found is None:
            continue
        field, depth = found, index + 1
        secret = secret or is_secret(found)
        nested = _nested_model(found.annotation)
        if nested is None:
            break
        owner = nested
    return _Found(owner, field, depth, secret)


def _nested_model(annotation: Any) -> type[BaseModel] | None:
    """Return the first model inside an annotation such as `list[Model] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _nested_model(part))), None)
