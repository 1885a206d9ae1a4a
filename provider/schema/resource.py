"""What all resources share: a provider, a record of inputs, the names of what the provider computes."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import Resource

from pulumi_hyperone.provider.schema.inputs import SECRET, Inputs
from pulumi_hyperone.provider.schema.provider_name import ProviderName

PACKAGE = "hyperone"
# Five frames of the SDK, which it leaves out, and the two that say which resource of which component it is.
STORED_FRAMES = 7

_package_version: str | None = None
"""None: this process runs a program in Python, or its dynamic providers."""


def token(name: str) -> str:
    """The type of a resource, a record or a function of the package in every language."""
    return f"{PACKAGE}:index:{name}"


def serve(version: str) -> None:
    """Have this process, which is the plugin, register custom resources of this version; empty: of any."""
    global _package_version  # noqa: PLW0603 - a process is one or the other
    _package_version = version


class HyperOneResource(Resource):
    """A dynamic resource of the type `pulumi-python:dynamic/hyperone:<Class>`; in the plugin `hyperone:index:<Class>`.

    `inputs` is the record of its inputs, `provider` the name of its provider, `computed` what that adds to them.
    """

    inputs: ClassVar[type[Inputs]]
    provider: ClassVar[str]
    computed: ClassVar[tuple[str, ...]] = ()
    secret_outputs: ClassVar[tuple[str, ...]] = ()

    def __init__(self, name: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the resource; `inputs` are values, or outputs, for the fields of the record.

        Raises TypeError when one is missing or unknown.
        """
        record = self.inputs
        props = {**dict.fromkeys(self.computed), **record.props(**inputs)}
        options = pulumi.ResourceOptions(
            additional_secret_outputs=sorted(self.secrets()), version=_package_version or None
        )
        merged = pulumi.ResourceOptions.merge(options, opts)
        with short_stack_trace():
            if _package_version is None:
                super().__init__(ProviderName(self.provider), name, props, merged)
            else:
                pulumi.CustomResource.__init__(self, token(type(self).__name__), name, props, merged)

    @classmethod
    def secrets(cls) -> frozenset[str]:
        """The properties that are secret whatever is in them."""
        return frozenset([*cls.inputs.names(SECRET), *cls.secret_outputs])


@contextmanager
def short_stack_trace() -> Iterator[None]:
    """Keep the stack trace short that the SDK has the engine store with each resource that is registered in the block.

    The whole one is a third of the state of a build, which the engine writes after every step.
    """
    before = getattr(sys, "tracebacklimit", None)
    sys.tracebacklimit = STORED_FRAMES
    try:
        yield
    finally:
        if before is None:
            del sys.tracebacklimit
        else:
            sys.tracebacklimit = before
