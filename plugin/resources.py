"""The custom resources of the package: calls of the engine, answered by the provider of the resource's type."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pkgutil import resolve_name
from typing import Any

from google.protobuf import empty_pb2, struct_pb2
from pulumi.dynamic import ResourceProvider
from pulumi.runtime import proto

from pulumi_hyperone.plugin.properties import opened, sealed
from pulumi_hyperone.provider.foundation.errors import SettingsError
from pulumi_hyperone.provider.schema.by_name import load, module_of
from pulumi_hyperone.provider.schema.resource import HyperOneResource, token

RESOURCES = "pulumi_hyperone.provider.schema"
REFUSED = token("Settings")
"""The type of a resource that stands for settings which are refused: its check fails with their `faults`."""


@dataclass(frozen=True)
class Kind:
    """A type of resource, and its provider."""

    resource: type[HyperOneResource]
    provider: ResourceProvider

    def sealed(self, properties: Mapping[str, Any], secret: Collection[str] = ()) -> struct_pb2.Struct:
        """Properties of a resource of this type as the engine sees them; `secret` are more of those that are."""
        return sealed(properties, self.resource.secrets().union(secret))


def kind_of(urn: str) -> Kind:
    """The type of the resource `urn` (urn:pulumi:STACK::PROJECT::PARENTS$TYPE::NAME). Raises ValueError."""
    return _kind(type_of(urn))


def type_of(urn: str) -> str:
    """The type of the resource `urn`."""
    return urn.split("::")[2].rpartition("$")[2]


@cache
def _kind(type_: str) -> Kind:
    name = type_.removeprefix(token(""))
    try:
        resource: type[HyperOneResource] = resolve_name(f"{RESOURCES}.{module_of(name)}:{name}")
    except ModuleNotFoundError:
        raise ValueError(f"unknown type of resource {type_}") from None
    return Kind(resource, load(name))


def check(request: Any) -> Any:
    """Answer a CheckRequest."""
    if type_of(request.urn) == REFUSED:
        return proto.CheckResponse(failures=[proto.CheckFailure(reason=request.news["faults"])])
    kind, (olds, _), (news, secret) = _asked(request)
    result = kind.provider.check(olds, news)
    failures = [proto.CheckFailure(property=one.property, reason=one.reason) for one in result.failures]
    return proto.CheckResponse(inputs=kind.sealed(result.inputs, secret), failures=failures)


def diff(request: Any) -> Any:
    """Answer a DiffRequest."""
    kind, (olds, _), (news, _) = _asked(request)
    result = kind.provider.diff(request.id, olds, news)
    changes = proto.DiffResponse.DIFF_SOME if result.changes else proto.DiffResponse.DIFF_NONE
    return proto.DiffResponse(
        changes=changes, replaces=result.replaces, deleteBeforeReplace=bool(result.delete_before_replace)
    )


def _asked(request: Any) -> tuple[Kind, tuple[dict[str, Any], frozenset[str]], tuple[dict[str, Any], frozenset[str]]]:
    return kind_of(request.urn), opened(request.olds, unknowns=True), opened(request.news, unknowns=True)


def create(request: Any) -> Any:
    """Answer a CreateRequest."""
    kind, (props, secret) = kind_of(request.urn), opened(request.properties)
    made = kind.provider.create(props)
    return proto.CreateResponse(id=made.id, properties=kind.sealed(made.outs or {}, secret))


def read(request: Any) -> Any:
    """Answer a ReadRequest; the inputs of the last update stay what they were. Raises SettingsError for an import."""
    if not (request.properties.fields or request.inputs.fields):  # whatever a build made has inputs
        raise SettingsError(
            f"{request.id}: resources of this package are made by builds and cannot be imported; "
            "the option existing_id takes over an existing image"
        )
    kind, (props, secret), (_, given) = kind_of(request.urn), opened(request.properties), opened(request.inputs)
    found = kind.provider.read(request.id, props)
    return proto.ReadResponse(
        id=found.id or "", properties=kind.sealed(found.outs or {}, secret | given), inputs=request.inputs
    )


def update(request: Any) -> Any:
    """Answer an UpdateRequest."""
    kind, (olds, old_secret), (news, secret) = kind_of(request.urn), opened(request.olds), opened(request.news)
    made = kind.provider.update(request.id, olds, news)
    return proto.UpdateResponse(properties=kind.sealed(made.outs or {}, old_secret | secret))


def delete(request: Any) -> Any:
    """Answer a DeleteRequest."""
    props, _ = opened(request.properties)
    kind_of(request.urn).provider.delete(request.id, props)
    return empty_pb2.Empty()
