"""Tables of a PDF: the rows below a header row, each cell in the column that it stands under, on the pages that follow too.

A page tells its columns only by where things stand. What stands in none of them, or across two, is text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import TypeAlias

from minshi.readers.headers import looks_like_header, new_header
from minshi.readers.layout import GAP, LINE_SKIP, ROW_SHIFT, WRAPPED, Block, Field, is_whole, joined, joined_text
from minshi.readers.prose import Paragraph
from minshi.readers.tables import Cell, Row, find_header

_FOOT = 2  # blocks between the last row of a page and its end, as a footer and a page number
_FULL_CELL = 0.7  # of its column: a line that wide may go on in the next
_AHEAD = 4  # rows that are looked at to tell a header
_ROWS = 200  # of a page, that tell where columns stand; a hostile page has as many headers as rows

Piece: TypeAlias = Paragraph | list[Row]  # a table begins with its header


@dataclass(frozen=True, slots=True)
class Grid:
    """A header row, and where its columns stand, (left, right) of each."""

    header: Row
    columns: tuple[tuple[float, float], ...]

    def widened(self, blocks: Sequence[Block]) -> Grid:
        """Return it with columns as wide as the whole rows among these blocks make them, as long as none overlap."""
        columns = self.columns
        for block in blocks:
            if len(block.cells) == len(columns):
                pairs = zip(columns, block.cells, strict=True)
                wider = tuple((min(left, cell.left), max(right, cell.right)) for (left, right), cell in pairs)
                if all(wider[at][1] < wider[at + 1][0] for at in range(len(wider) - 1)):
                    columns = wider
        return Grid(self.header, columns)

    def rest_of_row(self, row: Row, blocks: Sequence[Block]) -> dict[int, Field]:
        """Return the cells that end the last row of the page before, where the page break has cut a number in it in two."""
        cells = self.cells(blocks[0]) if blocks else {}
        return cells if any(is_whole(row[at].text, cell.text) for at, cell in cells.items()) else {}

    def cells(self, block: Block) -> dict[int, Field]:
        """Return the cells of a block by column; none where one stands in no column or in two. Two in one are parts of a cell."""
        found: dict[int, Field] = {}
        for cell in block.cells:
            at = [column for column, (left, right) in enumerate(self.columns) if cell.left < right and cell.right > left]
            if len(at) != 1:
                return {}
            found[at[0]] = joined(found[at[0]], cell) if at[0] in found else cell
        return found


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
        start, height = find_header([self.grid.header, *rows[:_AHEAD]])
        if rows and height and not start:
            return [[self.grid.header, *rows]]
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
    pieces: list[Paragraph | _Table] = []
    grid = before.widened(list(filter(before.cells, blocks))) if before else None
    last = 0  # how many blocks there are up to the last one of a table
    for at, block in islice(enumerate(blocks), taken, None):
        place = f"{page};p={at + 1}"
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
    return Grid(header, tuple((cell.left, cell.right) for cell in cells)).widened(blocks[1:])
