"""What stands in the cells of the ruled tables of a PDF page: lines that end where the next word has no room go on below.

A word belongs to the cell that it begins in, also where it is too long for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from minshi.readers.layout import GAP, SURE_GAP, UNBROKEN, Field, Line, RuledRow, clean, is_whole, joined_text, page_lines
from minshi.readers.page_text import Box, PageText
from minshi.readers.ruling import RuledCell, RuledTable

_WORD = re.compile(r"\S+")
# In heights of a character.
_SAME_LINE = 0.5
_TOUCHING = 0.1
_OVER = 0.3  # behind its wall: further than what is in the next cell stands from it
_SPARE = 0.5  # that may be left of a line that is full
_WIDEST_PADDING = 1.0
_MANY = 3  # lines of a cell with columns in them, and rows in a row: so many are no accident


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word of a page, or the part of one that stands in one cell or in none."""

    start: int
    end: int
    table: RuledTable | None
    cell: RuledCell | None


@dataclass(frozen=True, slots=True)
class _Word:
    """A word in a cell; `first` is the width of what of it is not broken."""

    text: str
    left: float
    right: float
    bottom: float
    height: float
    first: float


@dataclass(frozen=True, slots=True)
class _Text:
    """A line in a cell."""

    words: tuple[_Word, ...]

    @property
    def text(self) -> str:
        text = self.words[0].text
        for before, word in pairwise(self.words):
            gap = (word.left - before.right) / word.height
            text += ("" if gap < _TOUCHING else GAP if gap >= SURE_GAP else " ") + word.text
        return text

    @property
    def has_columns(self) -> bool:
        return any(word.left - before.right >= SURE_GAP * word.height for before, word in pairwise(self.words))

    @property
    def left(self) -> float:
        return self.words[0].left

    @property
    def right(self) -> float:
        return self.words[-1].right

    @property
    def bottom(self) -> float:
        return self.words[0].bottom

    @property
    def height(self) -> float:
        return self.words[0].height


_Cells = dict[RuledCell, list[_Text]]


def ruled_lines(found: PageText, tables: Sequence[RuledTable]) -> list[Line | RuledRow]:
    """Return the lines of a page, and the rows of these tables where the text of each begins."""
    if not tables:
        return list(page_lines(found, 0, len(found.text)))
    pieces = list(_pieces(found, sorted(tables, key=_area)))
    words: dict[RuledTable, dict[RuledCell, list[_Word]]] = {}
    for piece in pieces:
        if piece.table and piece.cell:
            words.setdefault(piece.table, {}).setdefault(piece.cell, []).append(_word(found, piece))
    rows = {table: list(_rows(table, {cell: _texts(cells[cell]) for cell in cells})) for table, cells in words.items()}
    if not all(rows.values()):
        return ruled_lines(found, [table for table in rows if rows[table]])
    lines: list[Line | RuledRow] = []
    for table, group in groupby(pieces, key=lambda piece: piece.table):
        stretch = list(group)
        lines += rows.pop(table, []) if table else page_lines(found, stretch[0].start, stretch[-1].end)
    return lines


def _area(table: RuledTable) -> float:
    """Return the size of a table: what stands in a table in a cell of another is in the inner one."""
    return (table.xs[-1] - table.xs[0]) * (table.ys[-1] - table.ys[0])


def _pieces(found: PageText, tables: Sequence[RuledTable]) -> Iterator[_Piece]:
    """Yield what stands on a page in order. Few words are in two cells, so that few are looked at character by character."""
    box = found.box

    def home(at: int) -> tuple[RuledTable, RuledCell] | tuple[None, None]:
        left, bottom, right, top = place = box(at)
        for table in tables if found.is_seen(place) else ():
            if cell := table.cell_at((left + right) / 2, (bottom + top) / 2):
                return table, cell
        return None, None

    for word in _WORD.finditer(found.text):
        start, end = word.span()
        here = home(start)
        if here == home(end - 1) and _goes_on(box(start), box(end - 1)):
            yield _Piece(start, end, *here)
            continue
        for at in range(start + 1, end):
            if not (_goes_on(box(at - 1), box(at)) and (home(at) == here or _overflows(found, at, here[1]))):
                yield _Piece(start, at, *here)
                start, here = at, home(at)
        yield _Piece(start, end, *here)


def _overflows(found: PageText, at: int, cell: RuledCell | None) -> bool:
    """Tell whether a character still belongs to what is too wide for its cell, and does not begin what is in the next one."""
    before, after = found.box(at - 1), found.box(at)
    height = before[3] - before[1]
    wall = cell.right if cell else before[2]
    is_over_wall = after[0] < wall - _TOUCHING * height or before[2] > wall + _OVER * height
    return abs(after[0] - before[2]) < _TOUCHING * height and (is_over_wall or found.is_drawn_with(at - 1, at))


def _goes_on(before: Box, after: Box) -> bool:
    """Tell whether a character stands on the line of one before it, and behind that."""
    return abs(after[1] - before[1]) < _SAME_LINE * (before[3] - before[1]) and after[0] >= before[0]


def _word(found: PageText, piece: _Piece) -> _Word:
    left, bottom, _, top = found.box(piece.start)
    unbroken = UNBROKEN.match(found.text, piece.start, piece.end)
    first = found.box(unbroken.end() - 1 if unbroken else piece.start)[2] - left
    right = found.box(piece.end - 1)[2]
    return _Word(clean(found.text[piece.start : piece.end]), left, right, bottom, max(top - bottom, 1.0), first)


def _texts(words: list[_Word]) -> list[_Text]:
    """Return the lines of a cell from above, whatever the order in which the file holds its words."""
    lines: list[list[_Word]] = []
    for word in sorted(words, key=lambda word: -word.bottom):
        if lines and lines[-1][0].bottom - word.bottom < _SAME_LINE * word.height:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [_Text(tuple(sorted(line, key=lambda word: word.left))) for line in lines]


def _rows(table: RuledTable, cells: _Cells) -> Iterator[RuledRow]:
    """Yield the rows of a table that have text; none where its lines do not part its columns, or its text is in one of them."""
    words = [cell for cell, lines in cells.items() if sum(len(line.text) for line in lines) > 1]  # not digits in boxes
    is_parted = all(sum(line.has_columns for line in lines) < _MANY for lines in cells.values())
    if not is_parted or len({cell.column for cell in words}) < 2:
        return
    padding = _padding(cells)
    by_row: dict[int, _Cells] = {}
    for cell in sorted(cells, key=lambda cell: (cell.row, cell.column)):
        by_row.setdefault(cell.row, {})[cell] = cells[cell]
    for row in by_row.values():
        for part in _parts(row, padding):
            fields = {cell.column: Field(_joined(lines, cell, padding), cell.left, cell.right) for cell, lines in part.items()}
            yield RuledRow(table, fields, {cell.column: cell.columns for cell in part})


def _padding(cells: _Cells) -> float:
    """Return how far text stands from the left wall of its cell at least: centred text stands further."""
    spare = [(line.left - cell.left, line.height) for cell, lines in cells.items() for line in lines]
    return max(min(min(left, _WIDEST_PADDING * height) for left, height in spare), 0.0)


def _ends(line: _Text, below: _Text, cell: RuledCell, padding: float) -> bool:
    """Tell whether a line ends though what begins the next one has room behind it: that is something else, as another name."""
    room = cell.right - cell.left - 2 * padding - (line.right - line.left)
    return below.words[0].first + _SPARE * line.height < room


def _joined(lines: Sequence[_Text], cell: RuledCell, padding: float) -> str:
    text = lines[0].text
    for line, below in pairwise(lines):
        is_other = _ends(line, below, cell, padding) and not is_whole(text, below.text)
        text = f"{text}\n{below.text}" if is_other else joined_text(text, below.text)
    return text


def _parts(row: _Cells, padding: float) -> list[_Cells]:
    """Return the rows that a row holds: where no line parts them, cells side by side have lines that end, again and again."""
    starts = [
        (below.bottom, below.height)
        for cell, lines in row.items()
        for line, below in pairwise(lines)
        if _ends(line, below, cell, padding)
    ]
    levels: list[list[float]] = []
    for bottom, height in sorted(starts, reverse=True):
        if levels and levels[-1][0] - bottom < _SAME_LINE * height:
            levels[-1].append(bottom)
        else:
            levels.append([bottom])
    feet = [level[0] for level in levels if len(level) > 1]
    if len(feet) < _MANY - 1:
        return [row]
    parts: list[_Cells] = [{} for _ in range(len(feet) + 1)]
    for cell, lines in row.items():
        for line in lines:
            at = sum(line.bottom < foot + _SAME_LINE * line.height for foot in feet)
            parts[at].setdefault(cell, []).append(line)
    return parts
