"""What all resources share: a provider, a record of inputs, the names of what the provider computes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import Resource
from pulumi.runtime.settings import _get_rpc_manager

from pulumi_hyperone.provider.schema.by_name import ProviderName
from pulumi_hyperone.provider.schema.inputs import SECRET, Inputs

PACKAGE = "hyperone"
# Frames of the SDK, which leaves them out of the stack trace: all that the limit lets through.
SDK_FRAMES = 5

_package_version: str | None = None
"""None: this process runs a program in Python, or its dynamic providers."""


def token(name: str) -> str:
    """The type of a resource, a record or a function of the package in every language."""
    return f"{PACKAGE}:index:{name}"


def serve(version: str) -> None:
    """Have this process, which is the plugin, register custom resources of this version; empty: of any."""
    global _package_version  # noqa: PLW0603 - a process is one or the other
    _package_version = version


def served_version() -> str | None:
    """The version of what this plugin registers, by which the engine knows its process; None: any, or no plugin."""
    return _package_version or None


class HyperOneResource(Resource):
    """A dynamic resource of the type `pulumi-python:dynamic/hyperone:<Class>`; in the plugin `hyperone:index:<Class>`.

    `inputs` is the record of its inputs, `computed` what its provider adds to them.
    """

    inputs: ClassVar[type[Inputs]]
    computed: ClassVar[tuple[str, ...]] = ()
    secret_outputs: ClassVar[tuple[str, ...]] = ()

    def __init__(self, name: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the resource; `inputs` are values, or outputs, for the fields of the record.

        Raises TypeError when one is missing or unknown.
        """
        record = self.inputs
        props = {**dict.fromkeys(self.computed), **record.props(**inputs)}
        options = pulumi.ResourceOptions(additional_secret_outputs=[*self.secret_outputs], version=served_version())
        merged = pulumi.ResourceOptions.merge(options, opts)
        with no_stack_trace():
            if _package_version is None:
                super().__init__(ProviderName(type(self).__name__), name, props, merged)
                _registrations_first()
            else:
                pulumi.CustomResource.__init__(self, token(type(self).__name__), name, props, merged)

    @classmethod
    def secrets(cls) -> frozenset[str]:
        """The properties that are secret whatever is in them."""
        return frozenset([*cls.inputs.names(SECRET), *cls.secret_outputs])


def _registrations_first() -> None:
    """Have the SDK wait for registrations before it looks at outputs; they begin when the program's code is over.

    Where none has begun by then, it waits for all outputs, and for all anew after each one that is known: 256 images
    took minutes of CPU. Something that is done stands for them.
    """
    begun = _get_rpc_manager().rpcs
    if not begun:
        begun.append(asyncio.ensure_future(asyncio.sleep(0)))


@contextmanager
def no_stack_trace() -> Iterator[None]:
    """Have the engine store no stack trace, paths of this computer, with each resource that the block registers.

    They would be 300 bytes of each resource in a state that is written after every step.
    """
    before = getattr(sys, "tracebacklimit", None)
    sys.tracebacklimit = SDK_FRAMES
    try:
        yield
    finally:
        if before is None:
            del sys.tracebacklimit
        else:
            sys.tracebacklimit = before
