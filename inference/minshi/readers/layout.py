"""The lines of a PDF page, and paragraphs and rows made of them: sentences go on over lines, a row of a table stays one line.

pdfium writes one space between words and between columns alike; only the boxes of the characters tell one from the other.
Lengths are in points, `height` is that of a character's box.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

from minshi.readers.page_text import Box, PageText
from minshi.readers.ruling import RuledTable

_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_HAN_AT_EDGE = re.compile(rf"[{_WIDE}]")
_LINE = re.compile(r"[^\r\n]+")
_BETWEEN = re.compile(r"(?<=\S)\s+(?=\S)")
_LABEL = re.compile(r"[（(]?[\d一二三四五六七八九十]{0,3}[.．、)）]|[-•●■◆*]")  # what begins a paragraph, not a row
_FULL_LINE = 0.8  # of the page's widest line: a line that wide goes on in the next
_ENDS = "。！？；：!?;:"
_DIGITS, _MOBILE = re.compile(r"\d+[Xx]?"), re.compile(r"1[3-9]\d{9}")
# A line break inside an address, beside its @ or a point, behind a number's hyphen, and inside a mobile number.
_CUT = re.compile(
    r"[0-9A-Za-z_](?:\n@|@\n)[0-9A-Za-z-]+\."
    r"|@[0-9A-Za-z-]+\.\n[a-z]{2}"  # one label only: behind a whole address a sentence ends
    r"|@[0-9A-Za-z.-]+\n\.[a-z]{2}"
    r"|\d[-\u2010-\u2015]\n\d"
    r"|(?<![0-9A-Za-z.-])(?=\d{1,10}\n)1\n?[3-9](?:\n?\d){9}(?![0-9A-Za-z])",
    re.ASCII,
)
_CUT_REACH = 64  # characters on either side of the break
_LONGEST_NUMBER = 19  # of a bank card
_WHOLE_NUMBERS = (11, 15, 16, 18, 19)  # digits of telephones, identity numbers and bank cards
UNBROKEN = re.compile(r"[\w.@/-]+|.", re.ASCII)  # what a line is not broken in, if it can be helped
GAP = "  "  # between the columns of a row
# In heights of a character. Words that justification spreads stand up to 0.6 apart, cells of a Word table at least 0.9.
SURE_GAP, _LIKELY_GAP = 1.5, 0.7  # the latter are columns where they stand below one another
_ALIGNED = 0.4
ROW_SHIFT, LINE_SKIP = 0.8, 2.2  # how far cells of a row stand apart vertically, and lines inside a cell
WRAPPED = 3.5  # a narrower line of a cell, such as a name, is whole: below it stands the next row

Columns: TypeAlias = Sequence[tuple[float, float]]  # (left, right) of each


@dataclass(frozen=True, slots=True)
class Field:
    """A stretch of a line without a gap as wide as one between columns."""

    text: str
    left: float
    right: float
    foot: float = 0.0  # of its first character: pdfium takes cells half a line apart for one line


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page: one field, or as many as it has columns."""

    fields: tuple[Field, ...]
    bottom: float
    height: float

    @property
    def width(self) -> float:
        return self.fields[-1].right - self.fields[0].left


@dataclass(frozen=True, slots=True)
class RuledRow:
    """A row of a table with ruling lines: its cells that have text, from wall to wall, and the columns that each covers."""

    table: RuledTable
    cells: dict[int, Field]  # by their first column
    columns: dict[int, int]

    @property
    def width(self) -> float:
        return self.table.xs[-1] - self.table.xs[0]


@dataclass(slots=True)
class Block:
    """A paragraph or row that may go on; `left`, `right` and `foot` are those of the line that was read last."""

    cells: list[Field]  # one of a paragraph
    left: float
    right: float
    foot: float
    top: float  # of the first line's foot, as `bottom` is of the lowest one's
    bottom: float
    height: float
    is_row: bool
    goes_on: bool
    ruled: RuledRow | None = None  # a row that is whole, and so takes nothing

    @property
    def text(self) -> str:
        """Return its cells with two spaces between them."""
        return GAP.join(cell.text for cell in self.cells)

    def takes_beside(self, line: Line) -> bool:
        """Tell whether a line is of the same row: beside what was read last, and not below the row."""
        reach = ROW_SHIFT * line.height
        return line.fields[0].left >= self.right and self.bottom - reach < line.bottom < self.top + reach

    def goes_on_beside(self, line: Line) -> bool:
        """Tell whether a line that is taken beside is no other cell but more of the last one: a font changes, say."""
        return (
            line.fields[0].left - self.right < _LIKELY_GAP * line.height and abs(line.bottom - self.foot) < _ALIGNED * line.height
        )

    def takes_below(self, line: Line) -> bool:
        """Tell whether a line goes on with the last cell of the row."""
        if not self.is_row or len(line.fields) > 1 or self.right - self.left < WRAPPED * line.height:
            return False
        is_below = 0 < self.foot - line.bottom < LINE_SKIP * line.height  # a cell before it may reach further down
        return is_below and abs(line.fields[0].left - self.left) < _ALIGNED * line.height


def page_lines(found: PageText, start: int, end: int) -> list[Line]:
    """Return the lines of a stretch of a page that have text; one that stands outside what the page shows is left out."""
    text, box = found.text, found.box
    matches = (match for match in _LINE.finditer(text, start, end) if match[0].strip())
    stretches = chain.from_iterable(_stretches(text, *match.span(), box) for match in matches)
    measured = [_Measured(text, start, end, box) for start, end in stretches]
    measured = [line for line in measured if found.is_seen(line.first) or found.is_seen(line.last)]
    around = [None, *measured, None]
    return [line.split(around[at], around[at + 2]) for at, line in enumerate(measured)]


def _stretches(text: str, start: int, end: int, box: Callable[[int], Box]) -> Iterator[tuple[int, int]]:
    """Yield the lines of a stretch of text: pdfium writes a space, too, where a cell of a few characters goes on below."""
    for match in _BETWEEN.finditer(text, start, end):
        if box(match.end())[0] < box(match.start() - 1)[0]:
            yield start, match.start()
            start = match.end()
    yield start, end


@dataclass(frozen=True, slots=True)
class _Gap:
    """White space from `start` to `end` of the text, from `left` to `right` on the page; `foot` is that of what is behind it."""

    start: int
    end: int
    left: float
    right: float
    foot: float


class _Measured:
    """A line from the page, and the gaps in it that may part columns."""

    def __init__(self, text: str, start: int, end: int, box: Callable[[int], Box]) -> None:
        line = text[start:end]
        self.start, self.end = start + len(line) - len(line.lstrip()), start + len(line.rstrip())
        self.text, self.first, self.last = text, box(self.start), box(self.end - 1)
        self.height = max(self.first[3] - self.first[1], 1.0)
        self.gaps: list[_Gap] = []
        for match in _BETWEEN.finditer(text, self.start, self.end):
            before, after = box(match.start() - 1), box(match.end())
            if after[0] - before[2] >= _LIKELY_GAP * self.height:
                self.gaps.append(_Gap(match.start(), match.end(), before[2], after[0], after[1]))

    def split(self, above: _Measured | None, below: _Measured | None) -> Line:
        """Return the line cut into columns."""
        return Line(tuple(self._fields(above, below)), self.first[1], self.height)

    def _fields(self, above: _Measured | None, below: _Measured | None) -> Iterator[Field]:
        near = [right for line in (above, below) if line for right in (line.first[0], *(gap.right for gap in line.gaps))]
        gaps = [gap for gap in self.gaps if gap.right - gap.left >= SURE_GAP * self.height or self._is_aligned(gap, near)]
        if len(gaps) == 1 and _LABEL.fullmatch(self.text, self.start, gaps[0].start):
            gaps = []
        start, left, foot = self.start, self.first[0], self.first[1]
        for gap in gaps:
            yield Field(clean(self.text[start : gap.start]), left, gap.left, foot)
            start, left, foot = gap.end, gap.right, gap.foot
        yield Field(clean(self.text[start : self.end]), left, self.last[2], foot)

    def _is_aligned(self, gap: _Gap, near: Sequence[float]) -> bool:
        return any(abs(gap.right - right) < _ALIGNED * self.height for right in near)


def clean(text: str) -> str:
    return text.replace("\ufffe", "").replace("\0", "")  # a hyphen that breaks a word, and a character without text


def page_blocks(lines: Sequence[Line | RuledRow]) -> list[Block]:
    """Return paragraphs and rows: a line that fills the page's width and ends within a sentence goes on in the next.

    Lines inside a cell are joined, cells that stand side by side are one row.
    """
    widest = max((line.width for line in lines), default=0)
    blocks: list[Block] = []
    for line in lines:
        if isinstance(line, RuledRow):
            blocks.append(_ruled_block(line))
            continue
        block = blocks[-1] if blocks and not blocks[-1].ruled else None
        is_full = len(line.fields) == 1 and line.width >= _FULL_LINE * widest and line.fields[0].text[-1] not in _ENDS
        left = line.fields[-1].left
        if block and block.takes_beside(line):
            more = line.fields
            if block.is_row and block.goes_on_beside(line):
                block.cells[-1], more = joined(block.cells[-1], more[0]), more[1:]
                left = left if more else block.left
            block.cells += more
            block.is_row = True
        elif block and (block.takes_below(line) or (block.goes_on and len(line.fields) == 1)):
            block.cells[-1] = joined(block.cells[-1], line.fields[0])
        else:
            block = Block(list(line.fields), 0, 0, 0, line.bottom, line.bottom, line.height, len(line.fields) > 1, False)
            blocks.append(block)
        block.left, block.right, block.foot = left, line.fields[-1].right, line.bottom
        block.bottom = min(block.bottom, line.bottom) if block.is_row else line.bottom
        block.top = block.top if block.is_row else line.bottom
        block.goes_on = is_full and not block.is_row
    return blocks


def _ruled_block(row: RuledRow) -> Block:
    left, right = row.table.xs[0], row.table.xs[-1]
    return Block(list(row.cells.values()), left, right, 0, 0, 0, 0, is_row=True, goes_on=False, ruled=row)


def joined(field: Field, below: Field) -> Field:
    """Return a cell with one more line."""
    return Field(joined_text(field.text, below.text), min(field.left, below.left), max(field.right, below.right), field.foot)


def column_of(field: Field, columns: Columns) -> int | None:
    """Return the column that a field stands in; none where it stands in no column or in two."""
    at = [column for column, (left, right) in enumerate(columns) if field.left < right and field.right > left]
    return at[0] if len(at) == 1 else None


def joined_text(text: str, below: str) -> str:
    """Return the text of a cell with one more line.

    >>> joined_text("zhang85", "@qq.com"), joined_text("call 139-1234-", "5678"), joined_text("see 3", "5678")
    ('zhang85@qq.com', 'call 139-1234-5678', 'see 3 5678')
    """
    is_wide = _HAN_AT_EDGE.match(text[-1:]) or _HAN_AT_EDGE.match(below[:1])
    is_one = is_wide or is_cut(text, below) or _CUT.search(f"{text[-_CUT_REACH:]}\n{below[:_CUT_REACH]}")
    return text + below if is_one else f"{text} {below}"


def is_cut(number: str, rest: str) -> bool:
    """Tell whether two lines are one number that is too long for its cell, and not two numbers.

    >>> is_cut("1390000000", "1"), is_cut("13900000001", "13900000002")
    (True, False)
    """
    is_number = _DIGITS.fullmatch(number) and _DIGITS.fullmatch(rest) and len(number + rest) <= _LONGEST_NUMBER
    return bool(is_number) and not _MOBILE.fullmatch(number)


def is_whole(number: str, rest: str) -> bool:
    """Tell whether two lines are one number, and have as many digits together as numbers of persons have.

    >>> is_whole("1101011990", "0307002X"), is_whole("17", "18")
    (True, False)
    """
    return is_cut(number, rest) and len(number + rest) in _WHOLE_NUMBERS
