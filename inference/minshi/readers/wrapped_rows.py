"""Cells of several lines in a table of a PDF that no lines part: rows stand further apart than the lines of a cell do.

A row is told by its first cell, which is one line; a cell goes on in lines that are nearer than rows ever are, and stands level
with the first cell at its top, centre or foot. What leaves a doubt stays as it is: two rows must not become one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import chain, pairwise

from minshi.readers.headers import looks_like_header
from minshi.readers.layout import LINE_SKIP, UNBROKEN, WRAPPED, Columns, Field, Line, RuledRow, column_of, is_whole, joined

_DIGIT = re.compile(r"\d")
# In heights of a character, but for `_ROW`.
_LEVEL = 0.35
_SAME_PITCH = 0.15
_LEAST_PITCH = 0.9
_ROW = 0.75  # of the distance of the nearest rows
_SPARE = 1.0  # that may be left of a line that is full: a comma takes the character before it along
_MAX_COLUMNS, _MAX_FIELDS = 100, 2_000  # of a page; a hostile one has more


@dataclass(frozen=True, slots=True)
class _Piece:
    """What stands on one line in one column; `at` are the (line, field) that it is made of."""

    at: tuple[tuple[int, int], ...]
    field: Field
    height: float

    @property
    def foot(self) -> float:
        return self.field.foot

    @property
    def width(self) -> float:
        return self.field.right - self.field.left


_Cell = list[_Piece]  # from above


def whole_rows(lines: Sequence[Line | RuledRow], columns: Columns = ()) -> list[Line | RuledRow]:
    """Return the lines of a page with rows that have a cell of several lines as one line each.

    Args:
        lines: of the page.
        columns: (left, right) of those of a table that goes on from the page before.
    """
    found: list[Line | RuledRow] = []
    part: list[Line] = []
    for line in lines:
        is_head = isinstance(line, Line) and len(line.fields) > 1 and looks_like_header([each.text for each in line.fields])
        if is_head or isinstance(line, RuledRow):
            found += [*_mended(part, columns), line]
            part, columns = [], [(each.left, each.right) for each in line.fields] if isinstance(line, Line) else ()
        else:
            part.append(line)
    return [*found, *_mended(part, columns)]


def _mended(lines: Sequence[Line], columns: Columns) -> list[Line]:
    if not 2 <= len(columns) <= _MAX_COLUMNS or sum(len(line.fields) for line in lines) > _MAX_FIELDS:
        return list(lines)
    *by_column, astray = _pieces(lines, _widened(columns, lines))
    keys, *others = by_column
    if not keys or any(_nearest(pieces) < _LEAST_PITCH * keys[0].height for pieces in by_column):  # cells run into the next rows
        return list(lines)
    feet = sorted(key.foot for key in keys)
    pitch = min(map(_nearest, others))
    if pitch + _SAME_PITCH * keys[0].height >= _nearest(keys):  # rows are as near as lines of a cell: is each line a row?
        if not all(_is_level([piece], _beside_it([piece], feet)) for piece in chain.from_iterable(others)):
            return list(lines)
        pitch = 0
    rows: dict[float, dict[int, _Cell]] = {key.foot: {-1: [key]} for key in keys}
    for column, pieces in enumerate([*others, astray]):
        widest = max((piece.width for piece in pieces), default=0)
        for cell in _cells(pieces, pitch):
            near = _beside_it(cell, feet)
            is_sure = pieces is not astray and _is_level(cell, near) and _is_wrapped(cell, widest)
            for foot in near or _nearer_than_a_row(cell, feet):
                rows[foot][column] = cell if is_sure and column not in rows[foot] else []
    return list(_with_rows(lines, [list(row.values()) for row in rows.values() if all(row.values())]))


def _widened(columns: Columns, lines: Sequence[Line]) -> Columns:
    """Return columns as wide as what stands in one of them alone makes them, as long as none overlap."""
    wide = list(columns)
    for field in chain.from_iterable(line.fields for line in lines):
        at = column_of(field, wide)
        if at is not None:
            left, right = min(wide[at][0], field.left), max(wide[at][1], field.right)
            if (at == 0 or wide[at - 1][1] < left) and (at + 1 == len(wide) or right < wide[at + 1][0]):
                wide[at] = left, right
    return wide


def _pieces(lines: Sequence[Line], columns: Columns) -> list[list[_Piece]]:
    """Return what stands in each column from above, fields beside each other as one; last what stands in none or in two."""
    found: list[list[_Piece]] = [[] for _ in range(len(columns) + 1)]
    fields = [(number, at, line, field) for number, line in enumerate(lines) for at, field in enumerate(line.fields)]
    for number, at, line, field in sorted(fields, key=lambda each: -each[3].foot):
        column = column_of(field, columns)
        found[-1 if column is None else column].append(_Piece(((number, at),), field, line.height))
    return [_side_by_side(pieces) for pieces in found]


def _side_by_side(pieces: Sequence[_Piece]) -> list[_Piece]:
    rows: list[list[_Piece]] = []
    for piece in pieces:
        if rows and rows[-1][0].foot - piece.foot < _LEVEL * piece.height and not _is_over(piece, rows[-1]):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [reduce(_beside, sorted(row, key=lambda piece: piece.field.left)) for row in rows]


def _is_over(piece: _Piece, others: Sequence[_Piece]) -> bool:
    left, right = piece.field.left + 1, piece.field.right - 1
    return any(left < other.field.right and right > other.field.left for other in others)


def _beside(piece: _Piece, other: _Piece) -> _Piece:
    return replace(piece, at=piece.at + other.at, field=joined(piece.field, other.field))


def _nearest(pieces: Sequence[_Piece]) -> float:
    return min((above.foot - below.foot for above, below in pairwise(pieces)), default=float("inf"))


def _cells(pieces: Sequence[_Piece], pitch: float) -> list[_Cell]:
    cells: list[_Cell] = []
    for piece in pieces:
        reach = min(pitch + _SAME_PITCH * piece.height, LINE_SKIP * piece.height)
        if cells and cells[-1][-1].foot - piece.foot < reach:
            cells[-1].append(piece)
        else:
            cells.append([piece])
    return cells


def _beside_it(cell: _Cell, feet: Sequence[float]) -> Sequence[float]:
    """Return those of these first cells that stand beside a cell."""
    near = _LEVEL * cell[0].height
    return feet[bisect_left(feet, cell[-1].foot - near) : bisect_left(feet, cell[0].foot + near)]


def _nearer_than_a_row(cell: _Cell, feet: Sequence[float]) -> Sequence[float]:
    """Return the first cells that a cell which stands beside none is too near to for a row of its own."""
    at = bisect_left(feet, cell[0].foot)
    around = feet[max(at - 1, 0) : at + 1]
    row = min((above - below for below, above in pairwise(feet)), default=0) * _ROW
    return [foot for foot in around if min(abs(foot - piece.foot) for piece in cell) < row]


def _is_level(cell: _Cell, feet: Sequence[float]) -> bool:
    top, bottom, near = cell[0].foot, cell[-1].foot, _LEVEL * cell[0].height
    return len(feet) == 1 and any(abs(feet[0] - foot) < near for foot in (top, (top + bottom) / 2, bottom))


def _is_wrapped(cell: _Cell, widest: float) -> bool:
    """Tell whether every line but the last is full, so that these lines are no persons or numbers below one another."""
    return all(_goes_on(line, below, widest) for line, below in pairwise(cell))


def _goes_on(line: _Piece, below: _Piece, widest: float) -> bool:
    text, rest = line.field.text, below.field.text
    if text.isdecimal() and _DIGIT.match(rest):
        return is_whole(text, rest)
    first = UNBROKEN.match(rest)
    room = widest - line.width - below.width * (first.end() / len(rest) if first else 0)
    return line.width >= WRAPPED * line.height and room < _SPARE * line.height


def _with_rows(lines: Sequence[Line], rows: Sequence[list[_Cell]]) -> Iterator[Line]:
    """Yield lines without what is in these rows, and each row where its first cell stands."""
    taken = {at for row in rows for cell in row for piece in cell for at in piece.at}
    begun = {row[0][0].at[0][0]: row for row in rows}
    for number, line in enumerate(lines):
        if number in begun:
            fields = [reduce(joined, (piece.field for piece in cell)) for cell in begun[number]]
            yield replace(line, fields=tuple(sorted(fields, key=lambda field: field.left)))
        rest = tuple(field for at, field in enumerate(line.fields) if (number, at) not in taken)
        if rest:
            yield replace(line, fields=rest)
