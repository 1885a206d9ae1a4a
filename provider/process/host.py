"""What Pulumi's dynamic provider host for Python lacks, added from outside, once per process.

The SDK's host (pulumi.dynamic.__main__) runs four calls at once, ignores the engine's Cancel, prints tracebacks and
outlives a killed engine. `prepare` finds the host's gRPC server and mends that. Where it finds nothing, as in tests or
after an SDK that works otherwise, it changes nothing. `tests/unit/provider/test_host.py` pins what it relies on.
"""

from __future__ import annotations

import contextvars
import gc
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi import RunError

from pulumi_hyperone.provider.foundation.advice import as_typed_here
from pulumi_hyperone.provider.foundation.errors import HyperOneError
from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.foundation.outside_text import clean
from pulumi_hyperone.provider.process.engine import Engine, engine_address

SERVICE = "/pulumirpc.ResourceProvider/"
WORKERS = 256
# How long running work may take to undo itself after the engine is gone.
UNDO_DEADLINE = 120.0

interruption = Interruption()
engine = Engine(engine_address())
_request: contextvars.ContextVar[Any] = contextvars.ContextVar("request", default=None)
_running = 0
_lock = threading.Lock()
_prepared = False
_at_end: list[Callable[[str], None]] = []


def when_a_call_ends(callback: Callable[[str], None]) -> None:
    """Have `callback` called with the URN of each call that ended."""
    _at_end.append(callback)


def current_request() -> Any:
    """The engine's request that this thread answers; None outside a call."""
    return _request.get() or _first_request()


def current_urn() -> str:
    """The URN of the resource whose call runs in this thread; empty outside a call."""
    return getattr(current_request(), "urn", "")


def in_guarded_call() -> bool:
    """Whether the end of the call that runs in this thread will be noticed; that of the first one is not."""
    return _request.get() is not None


def _first_request() -> Any:
    """The request that configures the provider, which came before this module could guard it."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        request = frame.f_locals.get("request")
        if str(getattr(request, "urn", "")).startswith("urn:pulumi:"):
            return request
        frame = frame.f_back
    return None


def current_stack() -> str | None:
    """The name of the stack of the running call, from its URN (urn:pulumi:STACK::PROJECT::…)."""
    parts = current_urn().split("::")
    return parts[0].removeprefix("urn:pulumi:") if len(parts) > 1 else None


def debugging() -> bool:
    """Whether tracebacks are wanted: HYPERONE_DEBUG is set."""
    return bool(os.environ.get("HYPERONE_DEBUG"))


def prepare(mask: Callable[[str], str]) -> None:
    """Mend the host of this process; later calls only replace `mask`, which hides secrets in errors and on rows.

    What cannot be sent, such as the bytes of a file's name that is no UTF-8, is shown as escapes, and so is what acts
    on a terminal: names in the cloud may be anybody's.
    """
    global _prepared  # noqa: PLW0603 - one host per process
    engine.mask = lambda text: clean(mask(text))
    with _lock:
        if _prepared:
            return
        _prepared = True
    for server in [found for found in gc.get_objects() if type(found).__name__ == "_ServerState"]:
        tables = _method_tables(server)
        if tables and hasattr(server.thread_pool, "_max_workers"):
            server.thread_pool._max_workers = max(WORKERS, server.thread_pool._max_workers)
            # The host hands this text to the engine as the error, also for the call that is running now.
            traceback.format_exc = error_text
            for handlers in tables:
                _mend_handlers(handlers)
    engine.watch(_engine_gone)


def _method_tables(server: Any) -> list[dict[str, Any]]:
    """The method tables of a gRPC server in this process, when it serves the provider's methods."""
    tables = [getattr(handler, "_method_handlers", {}) for handler in server.generic_handlers]
    tables.append(getattr(server, "registered_method_handlers", {}))
    return [table for table in tables if SERVICE + "Cancel" in table]


def _mend_handlers(handlers: dict[str, Any]) -> None:
    for method, handler in list(handlers.items()):
        if method == SERVICE + "Cancel":
            handlers[method] = handler._replace(unary_unary=cancel)
        elif method.startswith(SERVICE) and handler.unary_unary:
            handlers[method] = handler._replace(unary_unary=guarded(handler.unary_unary))


def cancel(_request: Any, _context: Any) -> Any:
    """Answer the engine's Cancel: stop all running work."""
    interruption.set("the engine was asked to stop")
    return empty_pb2.Empty()


def guarded(call: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The call with its request known, counted while it runs, refused after an interruption, failing in one line."""

    def method(request: Any, context: Any) -> Any:
        if interruption.is_set:
            context.abort(grpc.StatusCode.CANCELLED, f"not started: {interruption.reason}")
        token = _request.set(request)
        try:
            with _counted():
                return call(request, context)
        finally:
            for callback in _at_end:
                callback(current_urn())
            _request.reset(token)

    return method


@contextmanager
def _counted() -> Iterator[None]:
    global _running  # noqa: PLW0603 - counts over all threads
    with _lock:
        _running += 1
    try:
        yield
    finally:
        with _lock:
            _running -= 1


def error_text(*_arguments: Any, **_options: Any) -> str:
    """What the user needs to know of the exception being handled; stands in for traceback.format_exc."""
    return engine.mask(plain(sys.exc_info()[1]))


def plain(error: BaseException | None) -> str:
    """The text for the user: our own errors by their message, others as an internal error in one line."""
    if debugging():
        return "".join(traceback.format_exception(error))
    if isinstance(error, HyperOneError | RunError):
        return shown(str(error))
    return f"internal error, please report it: {type(error).__name__}: {error} (HYPERONE_DEBUG=1 shows where)"


def shown(text: str) -> str:
    """A message of ours with its commands as the user of the running call's stack types them."""
    return as_typed_here(text, current_stack())


def _engine_gone() -> None:
    """Stop and undo all running work, then leave: nobody will ask this process anything again."""
    interruption.set("the engine is gone")
    deadline = time.monotonic() + UNDO_DEADLINE
    while _running and time.monotonic() < deadline:
        time.sleep(0.05)
    os._exit(1)
