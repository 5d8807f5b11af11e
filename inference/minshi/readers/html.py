"""Web pages: the text that a reader sees, title and filled-in fields too, a block a paragraph; data tables as tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import islice
from typing import BinaryIO

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from minshi.errors import InputError, NoTextError
from minshi.readers.charset import page_markup
from minshi.readers.page_fields import chosen, value
from minshi.readers.page_line import Line
from minshi.readers.prose import Paragraph, prose_documents
from minshi.readers.tables import Cell, Row, find_header, table_documents
from minshi.types import Document

_READINGS = ("rp", "rt", "rtc")  # of characters, above them: read between them they would take names apart
_UNSEEN = frozenset(
    ("script", "style", "template", "noscript", "head", "iframe", "object", "canvas", "datalist", "-comment", *_READINGS)
)
# fmt: off
_BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "details", "dialog", "div", "dl", "dt",
     "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "legend",
     "li", "main", "nav", "ol", "option", "p", "pre", "section", "summary", "table", "tbody", "td", "textarea", "tfoot", "th",
     "thead", "tr", "ul")
)
# fmt: on
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_HEAD_ROWS, _MAX_LEVELS = 12, 3  # what is looked at to tell a table that holds others from a page's layout
_DRAWN = frozenset(("text", "foreignObject"))  # what a picture of lines (svg) shows of text
_GROUPS = frozenset(("thead", "tbody", "tfoot"))
_TO_THE_END = 1 << 30  # rows: as far as the group goes, which rowspan=0 says
_MAX_SPAN = 1000  # rows that a cell may claim, and columns that cells may claim beside their own


@dataclass
class _TableRow:
    """A row that is seen: its number, hidden ones counted, its group (tbody), and its cells, hidden ones too."""

    number: int
    group: int
    cells: list[LexborNode] = field(default_factory=list)


@dataclass
class _Table:
    """What a reader sees of a table: its own rows, its captions; the tables directly inside it, and their levels; whether
    it is of data."""

    rows: list[_TableRow] = field(default_factory=list)
    row_count: int = 0  # with the hidden rows
    captions: list[LexborNode] = field(default_factory=list)
    inner: list[_Table] = field(default_factory=list)
    levels: int = 0
    is_data: bool = False


class _End(Enum):
    """What the walk through a page leaves."""

    PARAGRAPH = auto()
    ELEMENT = auto()


@dataclass
class Page:
    """What was gathered: paragraphs of text, and tables of data. `known` holds every table that is seen by its node's id."""

    known: dict[int, _Table]
    is_whole: bool = True  # a part of one, as a cell, leaves tables of data inside it to the whole
    paragraphs: list[str] = field(default_factory=list)
    tables: list[_Table] = field(default_factory=list)
    line: Line = field(default_factory=Line)  # the paragraph that is being read

    def close(self) -> None:
        if text := self.line.take():
            self.paragraphs.append(text)


def read_html(file: BinaryIO, name: str) -> Iterator[Document | InputError]:
    """Yield the text outside tables, its places `p=3`, then each table, its places `table=1;row=2;col=3`.

    Raises:
        InputError: the bytes are no text, or a reader of the page would see none.
    """
    errors: list[InputError] = []
    page = read_page(page_markup(file.read(), name, errors)[0])
    is_empty = True
    paragraphs = (Paragraph(text, f"p={number}") for number, text in enumerate(page.paragraphs, start=1))
    for doc in prose_documents(paragraphs, name):
        is_empty = False
        yield doc
    for number, table in enumerate(page.tables, start=1):
        for doc in table_documents(table_rows(table, number, page.known), f"{name}#table={number}"):
            is_empty = False
            yield doc
    if is_empty:
        raise NoTextError(f"{name}: a page without text")
    yield from errors


def read_page(markup: str) -> Page:
    """Return the paragraphs and data tables of a page, as a reader would see them."""
    try:
        tree = LexborHTMLParser(markup)
    except SelectolaxError:  # a browser's parser takes all markup: only memory can be wanting
        raise MemoryError from None
    page = Page({} if tree.root is None else _tables(tree.root))
    title = None if tree.head is None else tree.head.css_first("title")
    if title is not None:
        page.paragraphs += _paragraphs(title, page.known)
    if tree.root is not None:
        _gather(tree.root, page)
    page.close()
    return page


def _gather(root: LexborNode, page: Page) -> None:
    """Walk without recursion: hostile pages nest a hundred thousand deep."""
    stack: list[LexborNode | str | _End] = [root]
    while stack:
        node = stack.pop()
        if node is _End.PARAGRAPH:
            page.close()
            continue
        if node is _End.ELEMENT:
            page.line.leave()
            continue
        if isinstance(node, str):
            page.line.add(node)
            continue
        if node.tag == "-text":
            page.line.add(node.text_content or "")
            continue
        if _is_unseen(node):
            continue
        if node.tag == "svg":
            for text in reversed(_drawn(node)):
                stack += (_End.PARAGRAPH, text, _End.PARAGRAPH)
            continue
        if node.tag == "input":
            page.line.add(f" {value(node)} ")
            continue
        if node.tag == "select":
            for option in reversed(chosen(node)):  # in the line, as the value of a field is
                stack += (" ", *reversed(list(option.iter(include_text=True))), " ")
            continue
        if node.tag == "table" and (table := page.known.get(node.mem_id)) and table.is_data:
            page.close()
            if page.is_whole:
                _add_tables(table, page)
            continue
        if node.tag in _BLOCKS:
            page.close()
            stack.append(_End.PARAGRAPH)
        else:
            page.line.enter()
            stack.append(_End.ELEMENT)
        stack.extend(reversed(list(node.iter(include_text=True))))


def _add_tables(table: _Table, page: Page) -> None:
    for each in _data_tables(table):
        page.tables.append(each)
        for caption in each.captions:
            page.paragraphs += _paragraphs(caption, page.known)


def _drawn(picture: LexborNode) -> list[LexborNode]:
    """Return the topmost elements of an <svg> that show text; its titles and styles do not."""
    found: list[LexborNode] = []
    stack = list(reversed(list(picture.iter())))
    while stack:
        node = stack.pop()
        if node.tag in _DRAWN:
            found.append(node)
        elif not _is_unseen(node):
            stack.extend(reversed(list(node.iter())))
    return found


def _is_unseen(node: LexborNode) -> bool:
    return node.tag in _UNSEEN or _is_hidden(node)


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return "hidden" in attributes or _HIDDEN_STYLE.search(attributes.get("style") or "") is not None


def _tables(root: LexborNode) -> dict[int, _Table]:
    """Return every table that is seen, in one walk: to search each for inner ones would take time by the square of the depth."""
    known: dict[int, _Table] = {}
    around: list[_Table] = []
    stack: list[LexborNode | None] = [root]
    while stack:
        node = stack.pop()
        if node is None:
            table = around.pop()
            table.levels = max((inner.levels + 1 for inner in table.inner), default=0)
            table.is_data = _is_data(table, known)
            continue
        if node.tag in ("td", "th") and around and around[-1].rows:
            around[-1].rows[-1].cells.append(node)  # a hidden cell too, which keeps its place
        if _is_unseen(node) or node.tag == "select":
            if around:
                around[-1].row_count += _hidden_rows(node)
            continue
        if node.tag == "table":
            table = known[node.mem_id] = _Table()
            if around:
                around[-1].inner.append(table)
            around.append(table)
            stack.append(None)
        elif node.tag == "tr" and around:
            around[-1].row_count += 1
            around[-1].rows.append(_TableRow(around[-1].row_count, 0 if node.parent is None else node.parent.mem_id))
        elif node.tag == "caption" and around:
            around[-1].captions.append(node)
        stack.extend(reversed(list(node.iter())))
    return known


def _hidden_rows(node: LexborNode) -> int:
    """Return how many rows of its table an element hides."""
    if node.tag in _GROUPS:
        return sum(child.tag == "tr" for child in node.iter())
    return int(node.tag == "tr")


def _is_data(table: _Table, known: dict[int, _Table]) -> bool:
    """A table of one row or column lays out a page, and so does one that holds others, unless it has a header row."""
    if len(table.rows) < 2 or max(len(row.cells) for row in table.rows) < 2:
        return False
    if not table.inner:
        return True
    return table.levels <= _MAX_LEVELS and find_header(list(islice(table_rows(table, 0, known), _HEAD_ROWS)))[1] > 0


def _data_tables(table: _Table) -> list[_Table]:
    """Return the tables of data among a table and those inside it, in order."""
    found: list[_Table] = []
    stack = [table]
    while stack:
        each = stack.pop()
        if each.is_data:
            found.append(each)
        stack.extend(reversed(each.inner))
    return found


def table_rows(table: _Table, number: int, known: dict[int, _Table]) -> Iterator[Row]:
    """Lay cells out on the grid: one that spans several columns or rows leaves the others empty."""
    below: dict[int, int] = {}  # column -> rows of its group that a cell above still covers
    group = 0
    for row in table.rows:
        if row.group != group:  # a cell spans none of the next
            below.clear()
            group = row.group
        texts: dict[int, str] = {}
        spans: dict[int, int] = {}
        column = 0
        for cell in row.cells:
            while below.get(column):
                column += 1
            texts[column] = "" if _is_hidden(cell) else _cell_text(cell, known)
            spans[column] = min(_span(cell, "colspan"), max(_MAX_SPAN - column, 1))
            rows = _TO_THE_END if cell.attributes.get("rowspan") == "0" else _span(cell, "rowspan")
            for covered in range(column, column + spans[column]):
                below[covered] = rows
                column = covered + 1
        below = {column: left - 1 for column, left in below.items() if left > 1}
        width = max((*texts, *below, -1)) + 1
        place = f"table={number};row={row.number}"
        yield [Cell(texts.get(at, ""), f"{place};col={at + 1}", spans.get(at, 0)) for at in range(width)]


def _span(cell: LexborNode, attribute: str) -> int:
    value = cell.attributes.get(attribute) or "1"
    return min(max(int(value), 1), _MAX_SPAN) if value.isdecimal() and len(value) < 10 else 1


def _cell_text(cell: LexborNode, known: dict[int, _Table]) -> str:
    return "\n".join(_paragraphs(cell, known))


def _paragraphs(node: LexborNode, known: dict[int, _Table]) -> list[str]:
    """Return the text inside a node without that of tables of data inside it, which are tables of their own."""
    inner = Page(known, is_whole=False)
    for child in node.iter(include_text=True):
        _gather(child, inner)
        if child.tag in _BLOCKS:
            inner.close()
    inner.close()
    return inner.paragraphs
