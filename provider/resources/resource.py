"""What all resources share: a provider, a record of inputs, the names of what the provider computes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import Resource

from pulumi_hyperone.provider.resources.base import HyperOneProvider
from pulumi_hyperone.provider.resources.inputs import SECRET


class HyperOneResource(Resource):
    """A dynamic resource; its type is `pulumi-python:dynamic/hyperone:<Class>`."""

    provider: ClassVar[type[HyperOneProvider]]
    computed: ClassVar[tuple[str, ...]] = ()
    secret_outputs: ClassVar[tuple[str, ...]] = ()

    def __init__(self, name: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the resource; `inputs` are values, or outputs, for the fields of the provider's record.

        Raises TypeError when one is missing or unknown.
        """
        record = self.provider.inputs
        secrets = pulumi.ResourceOptions(additional_secret_outputs=[*record.names(SECRET), *self.secret_outputs])
        props = {**dict.fromkeys(self.computed), **record.props(**inputs)}
        super().__init__(self.provider(), name, props, pulumi.ResourceOptions.merge(secrets, opts))
