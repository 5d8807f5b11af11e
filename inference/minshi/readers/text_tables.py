"""Tables in plain text and Markdown: rows under their headers, each cell at its place in the text; the rest is prose.

A table begins where nothing else can stand: a line of Markdown with the rule `|---|---|` below it, or a line of headers
between tabs with a row of them below. Tables stream over the parts of a long text.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from minshi.readers.headers import looks_like_header
from minshi.readers.tables import Cell, Row, table_documents
from minshi.types import Anchor, Document

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_RULE = re.compile(r"\|?(?:\s*:?-+:?\s*\|)+(?:\s*:?-+:?)?")
_CELL = re.compile(r"(?:\\.|[^|\\])*")
_EMPHASIS = re.compile(r"(\*\*|__|`)(?!\s)([^*_`]+)(?<!\s)\1")  # of a whole cell


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a long text, the code point of the text that it begins at, and whether it is the last."""

    text: str
    start: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class _Line:
    """A line with its end, where it stands in the text, and what ends with it."""

    text: str
    start: int
    ends_part: bool
    ends_text: bool


class _Lines:
    """Lines one by one, with a look ahead."""

    def __init__(self, lines: Iterator[_Line]) -> None:
        self._source = lines
        self._ahead: deque[_Line] = deque()

    def peek(self, at: int = 0) -> _Line | None:
        while len(self._ahead) <= at:
            if (line := next(self._source, None)) is None:
                return None
            self._ahead.append(line)
        return self._ahead[at]

    def take(self) -> None:
        self._ahead.popleft()


@dataclass(frozen=True, slots=True)
class _Table:
    """How the cells of a table are told apart, and how many columns its header has."""

    mark: str
    columns: int

    def cells(self, line: str) -> list[tuple[int, int]]:
        """Return where the cells of a line stand, nothing where it is no row of the table."""
        if self.mark == "|":
            return _piped(line) if "|" in line else []
        cells = _tabbed(line)
        is_row = len(cells) > 1 and not any(start < end for start, end in cells[self.columns :])
        return cells if is_row else []  # one of blank cells does not end the table


def text_documents(parts: Iterable[Part], name: str) -> Iterator[Document]:
    """Yield the text that comes in parts: a Document a part, or several where there are tables in it.

    A text in one piece is called `name` and has no places. No part is read before what can be told without it is yielded.
    """
    lines = _Lines(_lines(parts))
    has_tables = False
    while (first := lines.peek()) is not None:
        if table := _table_at(lines):
            has_tables = True
            yield from table_documents(_rows(lines, table), f"{name}#char={first.start}")
            continue
        prose = list(_prose(lines))
        text = "".join(line.text for line in prose)
        if first.start == 0 and prose[-1].ends_text:
            yield Document(name, text)
        elif text.strip() or not (has_tables or _table_at(lines)):  # no blank line around a table
            place = f"char={first.start}"
            yield Document(f"{name}#{place}", text, anchors=(Anchor(0, len(text), place),))


def _lines(parts: Iterable[Part]) -> Iterator[_Line]:
    for part in parts:
        has_tables = "|" in part.text or "\t" in part.text
        for start, end in [line.span() for line in _LINE.finditer(part.text)] if has_tables else [(0, len(part.text))]:
            ends_part = end == len(part.text)
            yield _Line(part.text[start:end], part.start + start, ends_part, ends_part and part.is_last)


def _prose(lines: _Lines) -> Iterator[_Line]:
    """Take the lines of a part up to the next table."""
    line = lines.peek()
    while line is not None:
        lines.take()
        yield line
        line = None if line.ends_part or _table_at(lines) else lines.peek()


def _table_at(lines: _Lines) -> _Table | None:
    """Return the table that begins with the next line, None where none does."""
    line = lines.peek()
    if line is None or ("|" not in line.text and "\t" not in line.text) or (below := lines.peek(1)) is None:
        return None
    if "|" in line.text and _RULE.fullmatch(below.text.strip()):
        columns = len(_piped(line.text))
        return _Table("|", columns) if columns == len(_piped(below.text)) > 1 else None
    heads = [line.text[start:end] for start, end in _tabbed(line.text)]
    table = _Table("\t", len(heads))
    return table if len(heads) > 1 and looks_like_header(heads) and table.cells(below.text) else None


def _rows(lines: _Lines, table: _Table) -> Iterator[Row]:
    """Take the rows of a table, its header first, without the rule below that."""
    number = 0
    while (line := lines.peek()) is not None and (cells := table.cells(line.text)):
        lines.take()
        number += 1
        if number != 2 or table.mark != "|":
            yield [Cell(line.text[start:end], f"char={line.start + start}") for start, end in cells]


def _tabbed(line: str) -> list[tuple[int, int]]:
    cells, at = [], 0
    for text in line.rstrip("\r\n").split("\t"):
        cells.append(_inner(line, at, at + len(text)))
        at += len(text) + 1
    return cells


def _piped(line: str) -> list[tuple[int, int]]:
    start, end = _stripped(line, 0, len(line))
    start += line.startswith("|", start)
    if end > start and line[end - 1] == "|" and line[end - 2] != "\\":
        end -= 1
    cells, at = [], start
    while at <= end and (cell := _CELL.match(line, at, end)):
        cells.append(_inner(line, cell.start(), cell.end()))
        at = cell.end() + 1
    return cells


def _inner(line: str, start: int, end: int) -> tuple[int, int]:
    """Return where the text of a cell stands, without white space and the emphasis that it is in as a whole."""
    start, end = _stripped(line, start, end)
    emphasis = _EMPHASIS.fullmatch(line, start, end)
    return emphasis.span(2) if emphasis else (start, end)


def _stripped(line: str, start: int, end: int) -> tuple[int, int]:
    text = line[start:end]
    return (end - len(text.lstrip()), start + len(text.rstrip())) if text.strip() else (start, start)
