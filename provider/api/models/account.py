"""Services, projects and their SSH keys (API facts 2.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_hyperone.provider.api.decoding import Json, as_mapping, number, reference, text
from pulumi_hyperone.provider.api.models.resource import Resource


@dataclass(frozen=True, kw_only=True)
class Service(Resource):
    """A price-list entry: `resource` vm, disk, netadp, image…; `type` flavour…; `data` holds its limits."""

    resource: str = ""
    type: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    prices: Mapping[str, float] = field(default_factory=dict)
    price_period: str = ""

    @classmethod
    def fields_from(cls, raw: Json) -> dict[str, Any]:
        """Read a service; `data` is an object on the wire, a text in the specification."""
        billing = as_mapping(raw.get("billing"))
        prices = {key: number(value) for key, value in as_mapping(billing.get("price")).items()}
        return super().fields_from(raw) | {
            "resource": text(raw.get("resource")),
            "type": text(raw.get("type")),
            "data": dict(as_mapping(raw.get("data"))),
            "prices": {key: value for key, value in prices.items() if value is not None},
            "price_period": text(billing.get("period")),
        }


@dataclass(frozen=True, kw_only=True)
class Project(Resource):
    """A project: state Active, Inactive or Limited."""

    organisation: str = ""

    @classmethod
    def fields_from(cls, raw: Json) -> dict[str, Any]:
        """Read a project."""
        return super().fields_from(raw) | {"organisation": reference(raw.get("organisation"))}


@dataclass(frozen=True, kw_only=True)
class SshKey(Resource):
    """An SSH key stored with a project or a user; `value` is the public key line."""

    type: str = ""
    fingerprint: str = ""
    value: str = ""

    @classmethod
    def fields_from(cls, raw: Json) -> dict[str, Any]:
        """Read a stored key."""
        return super().fields_from(raw) | {
            "type": text(raw.get("type")),
            "fingerprint": text(raw.get("fingerprint")),
            "value": text(raw.get("value")),
        }
