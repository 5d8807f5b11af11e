"""Rows of cells to Documents that read `表头：值；表头：值`, a row a line: a cell means little without its header.

Only cells are anchored; headers are context. Rows stream: a table of a million rows is never held whole and comes in parts.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TypeAlias

from minshi.columns import COLUMNS, HEADERS, NO_COLUMN
from minshi.readers import headers
from minshi.readers.rows import row_text
from minshi.types import Anchor, Document

_PART_CHARS = 4_000  # of a Document: some ten windows, so that few rows are read twice
_AHEAD = 4  # rows that are looked at to tell a header further down: three of it and one below
_COLUMN = re.compile(r"col=\d+$")


@dataclass(frozen=True, slots=True)
class Cell:
    """The text of a cell, its place in the source, and how many columns it covers: 0 where the reader does not know."""

    text: str
    place: str
    columns: int = 0


Row: TypeAlias = Sequence[Cell]


def table_documents(rows: Iterable[Row], name: str, *, name_fields: bool = False) -> Iterator[Document]:
    """Yield the rows of a table, under their headers, as Documents of a few thousand characters each.

    What stands above the header row is text of its own, and so is a header row that may be none. A header that a page break
    repeats is left out, and another one further down is that of the rows below it. Ids are
    `name`, then `name#2`, `name#3` …; `meta` holds HEADERS, and COLUMNS for every anchor. With `name_fields` a place that
    ends with the number of a column, `col=3`, ends with its header instead, `field=住址`.
    """
    source = (row for row in rows if any(cell.text.strip() for cell in row))
    yield from _documents(_lines(source, name_fields), name)


def find_header(head: Sequence[Row]) -> tuple[int, int]:
    """Return where the header starts among the first rows of a table, and how many rows it has: 0 where there is none."""
    return headers.find_header([_texts(row) for row in head])


def _lines(rows: Iterator[Row], name_fields: bool) -> Iterator[tuple[Sequence[str], _Line]]:
    """Yield the lines of a table, each with the names of the columns that hold for it."""
    head = list(islice(rows, headers.HEAD_ROWS + 1))
    at, height = find_header(head)
    is_sideways = not height and headers.is_sideways([_texts(row) for row in head])
    named = _column_names(head[at : at + height])
    repeated, titles = set(map(_key, head[at : at + height])), set(map(_key, head[:at]))
    unused: list[Row] = []  # rows of the header that holds and are no text yet, as long as no row has come below it
    if height:
        yield from ((named, _outside(_pairs_line(row))) for row in head[:at])
        for row in head[at : at + height]:
            if _is_text_too(row):
                yield named, _bare_line(row)
            else:
                unused.append(row)
    rest = _Ahead(chain(head[at + height :], rows))
    for row in rest:
        key = _key(row)
        if key in repeated:
            continue
        if key in titles or (_is_title(row) and rest.begins_header(repeated)):
            yield named, _bare_line(row)
        elif height := headers.new_header(_texts(row), map(_texts, rest.rows)):
            yield from ((named, _bare_line(each)) for each in unused)
            found = [row, *islice(rest, height - 1)]
            named = _column_names(found)
            repeated |= set(map(_key, found))
            unused = [each for each in found if not _is_text_too(each)]
            yield from ((named, _bare_line(each)) for each in found if each not in unused)
        elif named:
            unused = []
            yield named, _line(named, _with_fields(named, row) if name_fields else row)
        elif is_sideways:
            yield named, _sideways_line(row)
        else:
            yield named, _pairs_line(row)


class _Ahead:
    """Rows one by one; `rows` are the next few."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._source = rows
        self.rows = deque(islice(rows, _AHEAD))

    def __iter__(self) -> Iterator[Row]:
        while self.rows:
            row = self.rows.popleft()
            self.rows.extend(islice(self._source, 1))
            yield row

    def begins_header(self, known: Container[tuple[str, ...]]) -> bool:
        """Tell whether the next row is a header: one of those that are known, or another."""
        return bool(self.rows) and (
            _key(self.rows[0]) in known or headers.new_header(_texts(self.rows[0]), map(_texts, islice(self.rows, 1, None))) > 0
        )


def _is_text_too(row: Row) -> bool:
    """Tell a row of a header that may hold something of a person: it may be the row of one, if a word in it is unknown."""
    words = headers.filled(_texts(row)).values()
    return any(headers.holds_more(word) or not headers.is_header(word) for word in words)


def _is_title(row: Row) -> bool:
    """Tell a row with one cell, as titles have that are merged over all columns."""
    return len(row) > 1 and sum(bool(cell.text.strip()) for cell in row) == 1


def _texts(row: Row) -> list[str]:
    return [cell.text for cell in row]


def _column_names(rows: Sequence[Row]) -> tuple[str, ...]:
    return headers.column_names([_texts(row) for row in rows], [[cell.columns for cell in row] for row in rows])


_Line: TypeAlias = tuple[str, list[tuple[int, int, int, str]]]  # text, and (column, start, end, place) of its cells


def _line(named: Sequence[str], row: Row) -> _Line:
    width = max(len(named), len(row))
    heads = [*named, *[""] * (width - len(named))]
    return _placed(row, *row_text(heads, [*(_clean(cell.text) for cell in row), *[""] * (width - len(row))]))


def _with_fields(named: Sequence[str], row: Row) -> Row:
    return [
        Cell(cell.text, _COLUMN.sub(f"field={named[column]}", cell.place))
        if column < len(named) and named.count(named[column]) == 1 and named[column] and not headers.holds_value(named[column])
        else cell
        for column, cell in enumerate(row)
    ]


def _pairs_line(row: Row) -> _Line:
    """A row without headers; of a form its odd cells are the headers of the even ones, and text too if they hold more."""
    heads, values = [""] * len(row), [_clean(cell.text) for cell in row]
    if pairs := headers.form_pairs(_texts(row)):
        for header, value in pairs:
            heads[value] = headers.header_name(row[header].text)
        values = ["" if headers.is_header(value) and not headers.holds_more(value) else value for value in values]
    return _placed(row, *row_text(heads, values))


def _sideways_line(row: Row) -> _Line:
    """A row of a table whose headers stand in its first column: the header of all its other cells."""
    values = [_clean(cell.text) for cell in row]
    first = min(headers.filled(values), default=0)
    heads = ["" if column == first else headers.header_name(values[first]) for column in range(len(row))]
    if headers.is_header(values[first]) and not headers.holds_more(values[first]):
        values[first] = ""
    return _outside(_placed(row, *row_text(heads, values)))


def _bare_line(row: Row) -> _Line:
    return _outside(_placed(row, *row_text([""] * len(row), [_clean(cell.text) for cell in row])))


def _outside(line: _Line) -> _Line:
    """Take its cells out of their columns: they stand above them."""
    text, cells = line
    return text, [(NO_COLUMN, start, end, place) for _, start, end, place in cells]


def _placed(row: Row, text: str, cells: list[tuple[int, int, int]]) -> _Line:
    return text, [(column, start, end, row[column].place) for column, start, end in cells]


def _clean(text: str) -> str:
    """Line breaks inside a cell become spaces of the same length, so that a row stays a line and offsets stay true."""
    return "" if not text.strip() else text.replace("\n", " ").replace("\r", " ").replace("\v", " ")


def _key(row: Row) -> tuple[str, ...]:
    texts = ["".join(cell.text.split()) for cell in row]
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)


def _documents(lines: Iterable[tuple[Sequence[str], _Line]], name: str) -> Iterator[Document]:
    texts: list[str] = []
    anchors: list[Anchor] = []
    columns: list[int] = []
    named: Sequence[str] = ()
    length, number = 0, 1

    def document() -> Document:
        meta = {HEADERS: tuple(named), COLUMNS: tuple(columns)}
        return Document(name if number == 1 else f"{name}#{number}", "\n".join(texts), anchors=tuple(anchors), meta=meta)

    for held, (text, cells) in lines:
        if not cells:
            continue
        if texts and (length + len(text) > _PART_CHARS or held is not named):
            yield document()
            texts, anchors, columns, length, number = [], [], [], 0, number + 1
        named = held
        anchors += [Anchor(length + start, length + end, place) for _, start, end, place in cells]
        columns += [column for column, *_ in cells]
        texts.append(text)
        length += len(text) + 1
    if texts:
        yield document()
