"""Cut a text of any length into overlapping windows. Every character is owned by exactly one window.

A window sees `context` characters beyond what it owns; ownership ends at a row or sentence border where one is near.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from minshi.errors import ConfigError

_BORDERS = ("\n", "。！？!?", "；;", "，,、 \t\u3000")  # best first
_REPLACEMENT = 0xFFFD


@dataclass(frozen=True, slots=True)
class Window:
    """The model reads text[start:end] and answers for text[own_start:own_end]."""

    start: int
    end: int
    own_start: int
    own_end: int


def segment(text: str, *, size: int, context: int) -> Iterator[Window]:
    """Yield windows of at most `size` characters, in order; raises ConfigError unless 0 < 4 * context <= size.

    >>> [(w.start, w.end, w.own_end) for w in segment("甲乙丙。丁戊己庚", size=6, context=1)]
    [(0, 6, 4), (3, 8, 8)]
    """
    check_window(size, context)
    own_start = 0
    while own_start < len(text):
        start = max(0, own_start - context)
        end = min(len(text), start + size)
        own_end = len(text) if end == len(text) else _border(text, (own_start + end) // 2, end - context)
        yield Window(start, end, own_start, own_end)
        own_start = own_end


def check_window(size: int, context: int) -> None:
    """Raise ConfigError unless windows of this size and context, in characters, get on in any text."""
    if not 0 < 4 * context <= size:
        raise ConfigError(f"window of {size} characters with {context} of context: context must be 1 to a quarter of the size")


def _border(text: str, low: int, high: int) -> int:
    """Return the last best border in (low, high], else `high`."""
    for chars in _BORDERS:
        position = max(text.rfind(char, low, high) for char in chars)
        if position >= 0:
            return position + 1
    return high


def code_points(text: str) -> NDArray[np.int32]:
    """Return the code points of `text`, int32 [T]; NUL (0 means padding) and lone surrogates become U+FFFD."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<i4").astype(np.int32)
    points[(points == 0) | ((points >= 0xD800) & (points <= 0xDFFF))] = _REPLACEMENT
    return points
