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

# Five frames of the SDK, which it leaves out, and the two that say which resource of which component it is.
STORED_FRAMES = 7


class HyperOneResource(Resource):
    """A dynamic resource; its type is `pulumi-python:dynamic/hyperone:<Class>`.

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
        secrets = pulumi.ResourceOptions(additional_secret_outputs=[*record.names(SECRET), *self.secret_outputs])
        props = {**dict.fromkeys(self.computed), **record.props(**inputs)}
        with short_stack_trace():
            super().__init__(ProviderName(self.provider), name, props, pulumi.ResourceOptions.merge(secrets, opts))


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
