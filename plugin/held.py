"""What the Preflights of a preview find, held until all its components were checked.

The engine ends a preview at the first check that fails.
"""

from __future__ import annotations

from typing import Any

from pulumi.runtime import proto

from pulumi_hyperone.plugin import resources
from pulumi_hyperone.provider.schema.preflight import Preflight, preflight_of
from pulumi_hyperone.provider.schema.resource import token


class Held:
    """The faults of Preflights by their names. What fails while there are some is taken for what follows from them."""

    def __init__(self) -> None:
        self.previews = False
        self._faults: dict[str, str] = {}

    def of_component(self, name: str) -> str:
        """What was found in a component; empty when it is nothing."""
        return self._faults.get(preflight_of(name), "")

    def check(self, request: Any) -> Any:
        """Answer a CheckRequest: as if nothing were wrong, nor changed where the resource exists, when that is held."""
        try:
            reply = resources.check(request)
        except Exception:
            if self._faults:
                return _unchanged(request)
            raise
        type_ = resources.type_of(request.urn)
        if not reply.failures or type_ == resources.REFUSED:
            return reply
        if self.previews and type_ == token(Preflight.__name__):
            self._faults[request.urn.rpartition("::")[2]] = "\n".join(failure.reason for failure in reply.failures)
        return _unchanged(request) if self._faults else reply

    def diff(self, request: Any) -> Any:
        """Answer a DiffRequest."""
        try:
            return resources.diff(request)
        except Exception:
            if self._faults:
                return proto.DiffResponse(changes=proto.DiffResponse.DIFF_NONE)
            raise


def _unchanged(request: Any) -> Any:
    return proto.CheckResponse(inputs=request.olds if request.olds.fields else request.news)
