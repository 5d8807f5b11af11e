"""Tables of a PDF: the rows below a header row, each cell in the column that it stands under, on the pages that follow too.

A page tells its columns only by where things stand. What stands in none of them, or across two, is text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, groupby, pairwise
from typing import TypeAlias

from minshi.readers.headers import HEAD_ROWS, looks_like_header, new_header
from minshi.readers.layout import (
    GAP,
    LINE_SKIP,
    ROW_SHIFT,
    WRAPPED,
    Block,
    Field,
    RuledRow,
    column_of,
    is_whole,
    joined,
    joined_text,
)
from minshi.readers.prose import Paragraph
from minshi.readers.ruling import RuledTable
from minshi.readers.tables import Cell, Row, find_header

_FOOT = 2  # blocks between the last row of a page and its end, as a footer and a page number
_FULL_CELL = 0.7  # of its column: a line that wide may go on in the next
_SAME_WALL = 4.0  # points between the walls of columns on two pages
_AHEAD = 4  # rows that are looked at to tell a header
_ROWS = 200  # of a page, that tell where columns stand; a hostile page has as many headers as rows

Piece: TypeAlias = Paragraph | list[Row]  # a table begins with its header


@dataclass(frozen=True, slots=True)
class Grid:
    """A header, and where its columns stand, (left, right) of each; where lines part them, the header may have several rows."""

    header: tuple[Row, ...]
    columns: tuple[tuple[float, float], ...]
    is_ruled: bool = False

    def is_above(self, rows: Sequence[Row]) -> bool:
        """Tell whether these rows are a table with this header in it."""
        return any(row is self.header[0] for row in rows[: HEAD_ROWS + 1])

    def widened(self, blocks: Sequence[Block]) -> Grid:
        """Return it with columns as wide as the whole rows among these blocks make them, as long as none overlap."""
        columns = self.columns
        for block in blocks:
            if len(block.cells) == len(columns):
                pairs = zip(columns, block.cells, strict=True)
                wider = tuple((min(left, cell.left), max(right, cell.right)) for (left, right), cell in pairs)
                if all(wider[at][1] < wider[at + 1][0] for at in range(len(wider) - 1)):
                    columns = wider
        return replace(self, columns=columns)

    def rest_of_row(self, row: Row, blocks: Sequence[Block]) -> dict[int, Field]:
        """Return the cells that end the last row of the page before, where the page break has cut a number in it in two."""
        cells = self.cells(blocks[0]) if blocks else {}
        return cells if any(is_whole(row[at].text, cell.text) for at, cell in cells.items()) else {}

    def cells(self, block: Block) -> dict[int, Field]:
        """Return the cells of a block by column; none where one stands in no column or in two. Two in one are parts of a cell."""
        if block.ruled or self.is_ruled:
            return block.ruled.cells if block.ruled and self.is_ruled and self._has_walls(block.ruled.table) else {}
        found: dict[int, Field] = {}
        for cell in block.cells:
            at = column_of(cell, self.columns)
            if at is None:
                return {}
            found[at] = joined(found[at], cell) if at in found else cell
        return found

    def _has_walls(self, table: RuledTable) -> bool:
        walls = _columns(table)
        return len(walls) == len(self.columns) and all(
            abs(one - other) < _SAME_WALL
            for pair in zip(walls, self.columns, strict=True)
            for one, other in zip(*pair, strict=True)
        )


@dataclass(slots=True)
class _GridRow:
    """A row that is being read: its cells by column, and its block, which grows with what the row takes.

    `left` is that of the line of its last cell that was read last.
    """

    place: str
    cells: dict[int, Field]
    block: Block
    left: float

    def takes(self, cells: dict[int, Field], block: Block, grid: Grid) -> bool:
        """Take cells that stand beside the last one of the row, or a line more of that one."""
        last, reach = max(self.cells), ROW_SHIFT * block.height
        if min(cells) > last and self.block.bottom - reach < block.top < self.block.top + reach:
            self.cells |= cells
        elif (
            list(cells) == [last]
            and self._is_wrapped(last, grid)
            and 0 < self.block.bottom - block.top < LINE_SKIP * block.height
        ):
            self.cells[last] = joined(self.cells[last], cells[last])
        else:
            return False
        self.left, self.block.right = _last_left(cells, block), block.right
        self.block.bottom = min(self.block.bottom, block.bottom)
        return True

    def _is_wrapped(self, column: int, grid: Grid) -> bool:
        left, right = grid.columns[column]
        width = self.block.right - self.left
        return width >= WRAPPED * self.block.height and width >= _FULL_CELL * (right - left)

    @property
    def text(self) -> str:
        return GAP.join(cell.text for cell in self.cells.values())

    def row(self, width: int) -> Row:
        """Return it as one of so many columns."""
        texts = {column: cell.text for column, cell in self.cells.items()}
        return [Cell(texts.get(at, ""), f"{self.place};col={at + 1}") for at in range(width)]


@dataclass(slots=True)
class _Table:
    """Rows of a page that follow one another; `heading` is their header row as text where it stands on this page."""

    grid: Grid
    heading: tuple[Paragraph, ...] = ()
    rows: list[_GridRow] = field(default_factory=list)

    def pieces(self) -> list[Piece]:
        """Return the rows below their header; as paragraphs where it turns out to be none."""
        rows = [row.row(len(self.grid.columns)) for row in self.rows]
        start, height = find_header([*self.grid.header, *rows[:_AHEAD]])
        if rows and height and not start:
            return [[*self.grid.header, *rows]]
        return [*self.heading, *(Paragraph(row.text, row.place) for row in self.rows)]


def with_rest(row: Row, rest: dict[int, Field]) -> Row:
    """Return the last row of a page with what stands of it on the next; its cells keep their places."""
    texts = {at: joined_text(row[at].text, cell.text) if row[at].text else cell.text for at, cell in rest.items()}
    return [replace(cell, text=texts.get(at, cell.text)) for at, cell in enumerate(row)]


def page_pieces(blocks: Sequence[Block], page: str, before: Grid | None, *, taken: int = 0) -> tuple[list[Piece], Grid | None]:
    """Return the paragraphs of a page and the tables between them, and the table that may go on on the next page.

    Args:
        blocks: of the page.
        page: its place, to which that of a paragraph, `p=2`, and of a cell, `p=2;col=3`, is added.
        before: the table that may go on from the page before; its rows come below its header again.
        taken: how many of the first blocks the page before has taken, `with_rest`.
    """
    pieces: list[Piece] = []
    grid, at = before, taken
    for is_ruled, group in groupby(blocks[taken:], key=lambda block: block.ruled and block.ruled.table):
        stretch = list(group)
        places = [f"{page};p={number}" for number in range(at + 1, at + len(stretch) + 1)]
        found, grid = (_ruled_pieces if is_ruled else _stretch_pieces)(stretch, places, grid)
        pieces += found
        at += len(stretch)
    return pieces, grid


def _ruled_pieces(blocks: Sequence[Block], places: Sequence[str], before: Grid | None) -> tuple[list[Piece], Grid | None]:
    """Return the rows of a table that lines part, under the header of the page before where it goes on from there."""
    ruled = [(block.ruled, place) for block, place in zip(blocks, places, strict=True) if block.ruled]
    columns = _columns(ruled[0][0].table)
    rows = [_ruled_row(row, place, len(columns)) for row, place in ruled]
    goes_on = before and before.cells(blocks[0]) and not looks_like_header([cell.text for cell in rows[0]])
    if before and goes_on:
        return [[*before.header, *rows]], before
    start, height = find_header(rows[: HEAD_ROWS + 1])
    return [rows], Grid(tuple(rows[start : start + height]), columns, is_ruled=True) if height else None


def _columns(table: RuledTable) -> tuple[tuple[float, float], ...]:
    return tuple(pairwise(table.xs))


def _ruled_row(row: RuledRow, place: str, width: int) -> Row:
    texts = {at: cell.text for at, cell in row.cells.items()}
    return [Cell(texts.get(at, ""), f"{place};col={at + 1}", row.columns.get(at, 0)) for at in range(width)]


def _stretch_pieces(blocks: Sequence[Block], places: Sequence[str], before: Grid | None) -> tuple[list[Piece], Grid | None]:
    """Return paragraphs and the tables between them where only where things stand tells columns."""
    pieces: list[Paragraph | _Table] = []
    grid = before.widened(list(filter(before.cells, blocks))) if before else None
    last = 0  # how many blocks there are up to the last one of a table
    for at, (block, place) in enumerate(zip(blocks, places, strict=True)):
        cells = grid.cells(block) if grid else {}
        table = pieces[-1] if pieces and isinstance(pieces[-1], _Table) else None
        if _is_header(blocks[at : at + _AHEAD], is_inside=bool(cells)):
            grid = _grid(place, blocks[at : at + _ROWS])
            pieces.append(_Table(grid, (Paragraph(block.text, place),)))
        elif grid and table and cells and table.rows and table.rows[-1].takes(cells, block, grid):
            pass
        elif grid and len(cells) > 1:
            if not table:
                pieces.append(table := _Table(grid))
            table.rows.append(_GridRow(place, cells, block, _last_left(cells, block)))
        else:
            pieces.append(Paragraph(block.text, place))
            continue
        last = at + 1
    found = (piece.pieces() if isinstance(piece, _Table) else [piece] for piece in pieces)
    return list(chain.from_iterable(found)), grid if len(blocks) - last <= _FOOT else None


def _last_left(cells: dict[int, Field], block: Block) -> float:
    """Return where the last line of the last cell begins, which may be several fields of the block."""
    return cells[max(cells)].left if len(cells) < len(block.cells) else block.left


def _is_header(blocks: Sequence[Block], *, is_inside: bool) -> bool:
    """Tell whether a header row begins these blocks; inside a table, one beyond doubt."""
    first, *below = ([cell.text for cell in block.cells] for block in blocks)
    return new_header(first, below) > 0 if is_inside else len(first) > 1 and looks_like_header(first)


def _grid(place: str, blocks: Sequence[Block]) -> Grid:
    cells = blocks[0].cells
    header = [Cell(cell.text, f"{place};col={at}") for at, cell in enumerate(cells, start=1)]
    return Grid((header,), tuple((cell.left, cell.right) for cell in cells)).widened(blocks[1:])
