"""A bounded memory of answers, so that a text that comes again is not worked on again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

_A = TypeVar("_A")
_MAX_ENTRIES = 1024


class Memo(Generic[_A]):
    """Answers by text; the text that was not asked for longest is forgotten first. May be shared by threads.

    Args:
        characters: how much text is kept in all; 0 keeps nothing.
    """

    def __init__(self, *, characters: int) -> None:
        self._limit = characters
        self._held = 0
        self._answers: OrderedDict[str, _A] = OrderedDict()
        self._lock = Lock()

    def __call__(self, text: str, answer: Callable[[str], _A]) -> _A:
        """Return answer(text), from memory if it is there; what `answer` raises is not remembered."""
        with self._lock:
            if text in self._answers:
                self._answers.move_to_end(text)
                return self._answers[text]
        found = answer(text)  # outside the lock: that two threads now and then find the same costs less than waiting
        with self._lock:
            if text not in self._answers:
                self._held += len(text)
            self._answers[text] = found
            while self._held > self._limit or len(self._answers) > _MAX_ENTRIES:
                self._held -= len(self._answers.popitem(last=False)[0])
        return found
