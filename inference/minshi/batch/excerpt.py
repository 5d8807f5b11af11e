"""What the report shows of a finding: its value and the characters around it, with everything found in them masked.

Headers and places hold no findings, but names of people in them, as a sheet or a key may have, are masked too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, TypeAlias

from minshi.columns import HEADERS
from minshi.masking import mask, printable
from minshi.merge import combine
from minshi.rules import find
from minshi.types import Document, Span

_AROUND = 12  # characters of context on either side
_LONG_NUMBER = re.compile(r"\d{5,}")  # what no rule took for a number of a person may be one all the same
_PIECE = re.compile(r"[^/;=]+")  # of a place: 欧阳小蕙 of `sheet=欧阳小蕙;cell=A2`

Tag: TypeAlias = Callable[[str], Document]


def masked_text(doc: Document, headers: Iterable[Span] = ()) -> str:
    """Return the text of the same length with all its spans masked, those in headers, and all long numbers.

    >>> masked_text(Document("", "丁小一，患尿毒症，卡号123456", (Span(0, 3, "NAME"), Span(5, 8, "HEALTH"))))
    '丁**，患***，卡号******'
    """
    return _LONG_NUMBER.sub(lambda number: "*" * len(number[0]), _masked(doc.text, combine(doc.text, doc.spans, headers)))


def masked_place(place: str, tag: Tag) -> str:
    """Return a place with identifiers and names of people masked that are names of sheets, of fields or of keys.

    >>> masked_place("/13900001234/病情", lambda text: Document("", text))
    '/139****1234/病情'
    """
    pieces = (piece for piece in _PIECE.finditer(place) if not piece[0].isascii())  # no numbers of rows and cells
    names = (span for piece in pieces for span in _names(piece[0], piece.start(), tag))
    return _masked(place, combine(place, *find(place), names))


def excerpts(doc: Document, spans: Sequence[Span], findings: Sequence[dict[str, Any]], tag: Tag) -> list[list[Any]]:
    """Return [place or line, label, before, masked value, after, score] of findings of a document, and of the spans they are of.

    All spans of the document are masked in what surrounds a finding, also those that the job was not asked for.

    Args:
        tag: finds names in what is no text of the document: its headers and places.
    """
    if not spans:
        return []
    tag = cache(tag)  # names of fields come again in each row
    text = masked_text(doc, _names_in_headers(doc, tag))
    return [
        [
            printable(masked_place(finding["place"], tag)) or f"line={finding['group'] + 1}",
            span.label,
            _before(text, span.start),
            printable(text[span.start : span.end]),
            _after(text, span.end),
            round(span.score, 2),
        ]
        for span, finding in zip(spans, findings, strict=True)
    ]


def _names_in_headers(doc: Document, tag: Tag) -> Iterator[Span]:
    """Yield the names in headers of columns, wherever these stand before a cell: a person's row may be taken for one."""
    for header in filter(None, doc.meta.get(HEADERS, ())):
        if names := list(_names(header, 0, tag)):
            for head in re.finditer(re.escape(header + "："), doc.text):
                yield from (replace(name, start=head.start() + name.start, end=head.start() + name.end) for name in names)


def _names(text: str, start: int, tag: Tag) -> Iterator[Span]:
    """Yield the names in a text that begins at `start`."""
    for span in tag(text).spans:
        if span.label == "NAME":
            yield replace(span, start=start + span.start, end=start + span.end)


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
