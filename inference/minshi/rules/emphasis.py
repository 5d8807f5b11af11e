"""Markdown's emphasis, `**出生日期**：1985-03-02`: the rules read a label and its value as if the marks were not there.

A mark counts only where it opens and closes on one line as Markdown has it. So `138**1234` and `张**` keep their stars,
which say that something was removed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from minshi.types import Span

# Nothing opens beside a letter, a digit or another mark, nor before a space or the mark that ends a clause; only a label
# that ends with its colon closes before a letter or digit.
_OPENS, _CLOSES = r"(?<![0-9A-Za-z_*`\\])", r"(?![0-9A-Za-z_*`])"
_EMPHASIS = re.compile(
    "|".join(
        rf"{_OPENS}({mark})(?![\s，。；：、！？,;:!?)])[^\n{char}]{{0,80}}[^\s{char}]({mark})(?:{_CLOSES}|(?<=[:：]{mark})(?![_*`]))"
        for mark, char in ((r"\*\*", r"\*"), ("__", "_"), ("`", "`"))
    )
)


def without_emphasis(text: str) -> tuple[str, list[int]]:
    """Return a text without its marks, and where each of its characters stood; an empty list where there are none.

    >>> without_emphasis("**QQ**：1")
    ('QQ：1', [2, 3, 6, 7])
    """
    marks = list(_marks(text))
    if not marks:
        return text, []
    kept: list[int] = []
    at = 0
    for start, end in (*marks, (len(text), len(text))):
        kept += range(at, start)
        at = end
    return "".join(map(text.__getitem__, kept)), kept


def put_back(spans: Iterable[Span], kept: list[int]) -> Iterator[Span]:
    """Yield spans of a text without marks as they stand in the one with them."""
    for span in spans:
        yield replace(span, start=kept[span.start], end=kept[span.end - 1] + 1)


def _marks(text: str) -> Iterator[tuple[int, int]]:
    for match in _EMPHASIS.finditer(text):
        for group in filter(match.group, range(1, len(match.groups()) + 1)):
            yield match.span(group)
