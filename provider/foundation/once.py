"""Questions that many ask at once: whoever comes first finds the answer for all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """Answers by question. Thread-safe; a failure is everybody's who waits for it, and the next one asks again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[str, Future[T]] = {}

    def answer(self, question: str, ask: Callable[[], T]) -> T:
        """The answer that `ask` found, by the caller or by another one before. Raises what `ask` raises."""
        with self._lock:
            known = self._answers.get(question)
            answer = self._answers.setdefault(question, Future())
        if known is None:
            try:
                answer.set_result(ask())
            except BaseException as error:  # noqa: BLE001 - those who wait must not wait for ever
                with self._lock:
                    del self._answers[question]
                answer.set_exception(error)
        return answer.result()
