"""An answer that many need is asked for once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pulumi_hyperone.provider.foundation.once import Once


def test_those_who_ask_at_once_share_one_answer():
    """The others wait for the first one's answer."""
    asked, everybody = [], threading.Barrier(8)

    def ask():
        everybody.wait(timeout=30)
        return once.answer("debian", lambda: asked.append("debian") or "id")

    once: Once[str] = Once()
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(ask) for _ in range(8)]
        assert {answer.result(timeout=30) for answer in answers} == {"id"}
    assert asked == ["debian"]


def test_questions_have_answers_of_their_own():
    """One answer says nothing about another question."""
    once: Once[str] = Once()
    assert [once.answer(name, lambda name=name: name.upper()) for name in "aba"] == ["A", "B", "A"]


def test_a_failure_is_not_kept():
    """The next one asks again."""
    once: Once[int] = Once()
    with pytest.raises(ZeroDivisionError):
        once.answer("x", lambda: 1 // 0)
    assert once.answer("x", lambda: 1) == 1
