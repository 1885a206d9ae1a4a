"""The call in which the provider gets its configuration: it runs already when `provider.host` mends the others.

The SDK's host configures a provider in the middle of the first call that needs it, and keeps other first calls waiting
meanwhile. So these have no URN of ours, and their errors would be tracebacks.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from types import FrameType
from typing import Any

from provider import host


def stack_of_running_call() -> str | None:
    """The stack of the call that this thread serves, from the request that the host's own frames hold."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        urn = getattr(frame.f_locals.get("request"), "urn", None)
        if isinstance(urn, str) and urn.startswith("urn:pulumi:"):
            return urn.removeprefix("urn:pulumi:").split("::")[0]
        frame = frame.f_back
    return None


def tell_errors_plainly(scrub: Callable[[str], str]) -> None:
    """Have the host's own error reports say what `host.plain` says, without secrets; harmless outside the host."""
    main: Any = sys.modules["__main__"]
    if hasattr(main, "DynamicResourceProviderServicer") and getattr(main, "traceback", None) is traceback:
        main.traceback = _PlainTraceback(scrub)


class _PlainTraceback:
    """Stands for the module `traceback` in the host: one line for people."""

    def __init__(self, scrub: Callable[[str], str]) -> None:
        self._scrub = scrub

    def __getattr__(self, name: str) -> Any:
        return getattr(traceback, name)

    def format_exc(self) -> str:
        """The text of the exception being handled."""
        return self._scrub(host.plain(sys.exc_info()[1], traceback.format_exc()))
