"""Properties on their way between the engine and providers: secrets are marked there and in clear here."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

from pulumi_hyperone.provider.foundation.known import is_known


def opened(properties: struct_pb2.Struct, *, unknowns: bool = False) -> tuple[dict[str, Any], frozenset[str]]:
    """Properties as providers see them, and the names of those that are secret, at least in part.

    What a preview does not know is left out, or with `unknowns` marked (see `is_known`).
    """
    found = rpc.deserialize_properties(properties, unknowns)
    secret = frozenset(name for name, value in found.items() if rpc.is_rpc_secret(value))
    return {name: rpc.unwrap_rpc_secret(value) for name, value in found.items()}, secret


def sealed(properties: Mapping[str, Any], secret: Collection[str] = ()) -> struct_pb2.Struct:
    """Properties as the engine sees them, those of `secret` marked."""
    plain: struct_pb2.Struct = asyncio.run(rpc.serialize_properties(dict(properties), {}))
    given = rpc.deserialize_properties(plain, True)
    plain.update({name: rpc.wrap_rpc_secret(given[name]) for name in secret if is_known(given.get(name, rpc.UNKNOWN))})
    return plain
