"""What the report shows of a finding: its value and the characters around it, with everything found in them masked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from minshi.masking import mask, printable
from minshi.merge import combine
from minshi.rules import find
from minshi.types import Document, Span

_AROUND = 12  # characters of context on either side
_LONG_NUMBER = re.compile(r"\d{5,}")  # what no rule took for a number of a person may be one all the same


def masked_text(doc: Document) -> str:
    """Return the text of the same length with all its spans masked, and all long numbers.

    >>> masked_text(Document("", "丁小一，患尿毒症，卡号123456", (Span(0, 3, "NAME"), Span(5, 8, "HEALTH"))))
    '丁**，患***，卡号******'
    """
    return _LONG_NUMBER.sub(lambda number: "*" * len(number[0]), _masked(doc.text, doc.spans))


def masked_place(place: str) -> str:
    """Return a place with the identifiers in it masked: in JSON they may be keys.

    >>> masked_place("/13900001234/病情")
    '/139****1234/病情'
    """
    return _masked(place, combine(place, *find(place)))


def excerpts(doc: Document, spans: Sequence[Span], findings: Sequence[dict[str, Any]]) -> list[list[Any]]:
    """Return [place or line, label, before, masked value, after, score] of findings of a document, and of the spans they are of.

    All spans of the document are masked in what surrounds a finding, also those that the job was not asked for.
    """
    if not spans:
        return []
    text = masked_text(doc)
    return [
        [
            printable(masked_place(finding["place"])) or f"line={finding['group'] + 1}",
            span.label,
            _before(text, span.start),
            printable(text[span.start : span.end]),
            _after(text, span.end),
            round(span.score, 2),
        ]
        for span, finding in zip(spans, findings, strict=True)
    ]


def _before(text: str, start: int) -> str:
    line = text.rfind("\n", 0, start) + 1
    cut = max(line, start - _AROUND)
    return ("…" if cut > line else "") + printable(text[cut:start])


def _after(text: str, end: int) -> str:
    line = text.find("\n", end)
    line = len(text) if line < 0 else line
    cut = min(line, end + _AROUND)
    return printable(text[end:cut]) + ("…" if cut < line else "")


def _masked(text: str, spans: Iterable[Span]) -> str:
    pieces, at = [], 0
    for span in spans:
        pieces += [text[at : span.start], mask(span.label, text[span.start : span.end])]
        at = span.end
    return "".join(pieces) + text[at:]
