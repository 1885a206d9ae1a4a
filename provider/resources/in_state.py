"""Between the engine and a provider: what a resource was given stands in the state once, among its inputs."""

from __future__ import annotations

from typing import Any

from pulumi.dynamic import (
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)
from pulumi.runtime import rpc

from pulumi_hyperone.provider.foundation.known import same
from pulumi_hyperone.provider.process import host
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props
from pulumi_hyperone.provider.schema.inputs import FOUND


class InState(ResourceProvider):
    """Hands `provider` all properties of a resource, and the engine only those outputs that repeat no input.

    The engine writes the whole state after every step, so each byte of it counts as often as there are steps.
    """

    serialize_as_secret_always = False

    def __init__(self, provider: HyperOneProvider) -> None:
        self.provider = provider

    def configure(self, req: ConfigureRequest) -> None:
        """See HyperOneProvider."""
        self.provider.configure(req)

    def check(self, olds: Props, news: Props) -> CheckResult:
        """Both are inputs."""
        return self.provider.check(olds, news)

    def diff(self, id_: str, olds: Props, news: Props) -> DiffResult:
        """Compare with all that the state holds."""
        return self.provider.diff(id_, _whole(olds), news)

    def create(self, props: Props) -> CreateResult:
        """Keep of the outputs what was not given."""
        made = self.provider.create(props)
        return CreateResult(made.id, self._more_than(props, made.outs))

    def read(self, id_: str, props: Props) -> ReadResult:
        """Keep of the outputs what was not given, or is not as it was given any more."""
        found = self.provider.read(id_, _whole(props))
        return ReadResult(found.id, self._more_than(_old_inputs(), found.outs))

    def update(self, id_: str, olds: Props, news: Props) -> UpdateResult:
        """Keep of the outputs what is not given now."""
        return UpdateResult(self._more_than(news, self.provider.update(id_, _whole(olds), news).outs))

    def delete(self, id_: str, props: Props) -> None:
        """Delete with all that the state holds."""
        self.provider.delete(id_, _whole(props))

    def _more_than(self, given: Props, outs: Props | None) -> Props:
        """The outputs that repeat no input, and those that the check or a look at the cloud tells."""
        found = self.provider.inputs.names(FOUND)
        return {
            key: value
            for key, value in (outs or {}).items()
            if key in found or key not in given or not same(given[key], value)
        }


def _whole(outputs: Props) -> Props:
    return {**_old_inputs(), **outputs}


def _old_inputs() -> Props:
    """The inputs that the state holds of the resource of the running call."""
    request: Any = host.current_request()
    given = getattr(request, "old_inputs", None) or getattr(request, "inputs", None)
    if given is None:
        return {}
    return {key: rpc.unwrap_rpc_secret(value) for key, value in rpc.deserialize_properties(given, True).items()}
