"""Central types. Every offset in minshi is a Unicode code point of `Document.text`, half-open: [start, end).

Spans hold no text, so no repr and no log line can leak what they cover.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A labelled stretch [start, end) of a document.

    `score` and `by` say how it was found ("model", "rule:<name>", "gold") and take no part in comparisons.
    """

    start: int
    end: int
    label: str
    score: float = field(default=1.0, compare=False)
    by: str = field(default="model", compare=False)


@dataclass(frozen=True, slots=True)
class Anchor:
    """text[start:end] stands at `place` in the source; text outside every anchor is context that a reader added."""

    start: int
    end: int
    place: str


@dataclass(frozen=True, slots=True)
class Document:
    """The unit in and the unit out: tagging returns a copy that carries spans.

    `text` stays out of the repr, so that a logged document leaks nothing.
    """

    id: str
    text: str = field(repr=False)
    spans: tuple[Span, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)

    def located(self, span: Span) -> tuple[str, int, int]:
        """Return the place that a span stands at, and where it begins and ends in there; without anchors "" and its own offsets.

        >>> Document("a.csv", "姓名：张三", anchors=(Anchor(3, 5, "row=2;field=姓名"),)).located(Span(3, 5, "NAME"))
        ('row=2;field=姓名', 0, 2)
        """
        if not self.anchors:
            return "", span.start, span.end
        anchor = self.anchors[bisect_right(self.anchors, span.start, key=lambda anchor: anchor.start) - 1]
        return anchor.place, span.start - anchor.start, span.end - anchor.start
