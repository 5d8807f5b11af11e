"""Short documents out of longer ones: a few fields of a form, or a row of a table with its headers.

Databases, cards and messages hold what notices hold, one record at a time. A value has its own heading to go by there, and no
notice around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import TypeAlias

from minshi.readers.rows import row_text
from minshi.types import Document, Span

_Range: TypeAlias = tuple[int, int]  # of the document, end exclusive

_FORMS = ("kv", "list", "mixed", "table")  # prose has colons too, behind who speaks
_LINE = re.compile(r"[^\n]+")
_FIELD = re.compile(r"[^：:]{1,16}[：:].*\S.*")
_LONGEST = 150  # characters of a line; longer ones are prose
_MOST_FIELDS = 3
_MOST_EXCERPTS = 2  # of one document
_SEPARATORS = ("\t", "|")


def excerpts(docs: Iterable[Document], count: int, *, seed: int) -> list[Document]:
    """Return up to `count` excerpts drawn at random, two of a document at most.

    Documents without spans give none: they may be about nobody, which a field of theirs no longer says. Nor do those that are
    not annotated with every label.
    """
    rng = Random(seed)
    drawn: list[Document] = []
    for doc in docs:
        if doc.spans and doc.meta.get("form") in _FORMS and "complete" not in doc.meta:
            pieces = [*_fields(doc), *_rows(doc)]
            chosen = rng.sample(pieces, min(len(pieces), _MOST_EXCERPTS))
            drawn += [replace(piece, id=f"{doc.id}/{number}") for number, piece in enumerate(chosen, start=1)]
    return rng.sample(drawn, min(len(drawn), count))


def _fields(doc: Document) -> Iterator[Document]:
    """Yield one to three lines in a row that are fields."""
    lines = _lines(doc.text)
    is_field = [_FIELD.fullmatch(doc.text, *line) is not None for line in lines]
    for first in range(len(lines)):
        for after in range(first + 1, min(first + _MOST_FIELDS, len(lines)) + 1):
            if not all(is_field[first:after]) or lines[after - 1][1] - lines[first][0] > _LONGEST:
                break
            yield from _joined(doc, [doc.text[slice(*line)] for line in lines[first:after]], lines[first:after], "\n")


def _rows(doc: Document) -> Iterator[Document]:
    """Yield each row below the first, which holds the headers: as it stands, and as readers write it."""
    for separator in _SEPARATORS:
        lines = [line for line in _lines(doc.text) if separator in doc.text[slice(*line)]]
        if not lines or _spans_in(doc, lines[0]) != []:
            continue
        headers = _cells(doc.text, lines[0], separator)
        for line in lines[1:]:
            if len(cells := _cells(doc.text, line, separator)) == len(headers):
                yield from _joined(doc, [doc.text[slice(*each)] for each in (lines[0], line)], [lines[0], line], "\n")
                yield from _linear(doc, headers, cells)


def _linear(doc: Document, headers: Sequence[_Range], cells: Sequence[_Range]) -> Iterator[Document]:
    text, places = row_text(*([doc.text[slice(*each)] for each in row] for row in (headers, cells)))
    spans: list[Span] = []
    for column, start, _ in places:
        found = _spans_in(doc, cells[column])
        if found is None:
            return
        spans += _moved(found, start - cells[column][0])
    yield replace(doc, text=text, spans=tuple(spans))


def _joined(doc: Document, texts: Sequence[str], ranges: Sequence[_Range], glue: str) -> Iterator[Document]:
    spans: list[Span] = []
    at = 0
    for text, each in zip(texts, ranges, strict=True):
        found = _spans_in(doc, each)
        if found is None:
            return
        spans += _moved(found, at - each[0])
        at += len(text) + len(glue)
    yield replace(doc, text=glue.join(texts), spans=tuple(spans))


def _spans_in(doc: Document, stretch: _Range) -> list[Span] | None:
    """Return the spans in a stretch; None where one stands across its edge."""
    start, end = stretch
    touching = [span for span in doc.spans if span.start < end and span.end > start]
    return touching if all(start <= span.start and span.end <= end for span in touching) else None


def _moved(spans: Iterable[Span], by: int) -> list[Span]:
    return [replace(span, start=span.start + by, end=span.end + by) for span in spans]


def _lines(text: str) -> list[_Range]:
    return [line.span() for line in _LINE.finditer(text) if line.end() - line.start() <= _LONGEST]


def _cells(text: str, line: _Range, separator: str) -> list[_Range]:
    """Return the cells of a line without the blanks around them."""
    start, cells = line[0], []
    for cell in text[slice(*line)].split(separator):
        blanks = len(cell) - len(cell.lstrip())
        cells.append((start + blanks, start + max(blanks, len(cell.rstrip()))))
        start += len(cell) + len(separator)
    return cells
