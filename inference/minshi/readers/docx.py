"""Word documents, from their XML: paragraphs and tables of the body, headers, footers, notes, comments, text boxes and WordArt.

Documents inside them (altChunk) follow the part that shows them; diagrams come last.

Text that a tracked change inserted counts, what one deleted does not; nor does the pinyin above a name.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, BinaryIO

from minshi.errors import InputError, NoTextError
from minshi.readers.drawings import points
from minshi.readers.drawings import runs as shape_runs
from minshi.readers.embedded import embedded_documents
from minshi.readers.ooxml import parse_part
from minshi.readers.opc import word_part
from minshi.readers.prose import Paragraph, prose_documents
from minshi.readers.tables import Cell, Row, table_documents
from minshi.readers.unread import unread
from minshi.types import Document

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_TEXT = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
_LEFT_OUT = frozenset((f"{W}del", f"{W}moveFrom", f"{W}instrText", f"{W}delText", f"{W}pPr", f"{W}rPr", f"{W}rt"))
_BOX = f"{W}txbxContent"
WORD_ART = "{urn:schemas-microsoft-com:vml}textpath"
_CHOICE = f"{W}listEntry"  # of a drop-down form field
TEXT_ATTRIBUTES = {WORD_ART: "string", _CHOICE: f"{W}val"}  # of elements whose text is an attribute
TEXTS = (f"{W}t", f"{_M}t")  # of runs, and of equations, in which people write text too
_MAX_COLUMNS = 1000
_DIAGRAM = re.compile(r".+/diagrams/data[^/]*\.xml", re.IGNORECASE)
_PARTS = {  # beside the body
    "header": "header",
    "footer": "footer",
    "footnotes.xml": "footnotes",
    "endnotes.xml": "endnotes",
    "comments.xml": "comments",
}


@dataclass(frozen=True)
class Table:
    """A table, and its number in its part."""

    element: Any
    number: int
    part: str

    def rows(self) -> Iterator[Row]:
        """Yield its rows on the grid of its columns; a cell that continues a merged one is empty."""
        for place, width, cells in self.grid():
            texts = {column: "\n".join(filter(None, map(paragraph_text, paragraphs))) for column, paragraphs in cells.items()}
            spans = {at: end - at for at, end in pairwise([*cells, width])}
            yield [Cell(texts.get(at, ""), f"{place};col={at + 1}", spans.get(at, 0)) for at in range(width)]

    def grid(self) -> Iterator[tuple[str, int, dict[int, list[Any]]]]:
        """Yield the place of each row, its number of columns, and the paragraphs of its cells by column, counted from 0."""
        for number, row in enumerate(_children(self.element, f"{W}tr"), start=1):
            column, cells = _number(row.find(f"{W}trPr/{W}gridBefore")), dict[int, list[Any]]()
            for cell in _children(row, f"{W}tc"):
                merge = cell.find(f"{W}tcPr/{W}vMerge")
                is_continued = merge is not None and merge.get(f"{W}val", "continue") == "continue"
                cells[column] = [] if is_continued else list(_children(cell, f"{W}p"))
                column += max(_number(cell.find(f"{W}tcPr/{W}gridSpan")), 1)
            yield f"{self.part}table={self.number};row={number}", min(column, _MAX_COLUMNS), cells


def read_docx(
    file: BinaryIO, name: str, *, with_embedded: bool = True, is_inner: bool = False
) -> Iterator[Document | InputError]:
    """Yield the paragraphs of each part of the document, places `p=3`, `header=1;p=1`, then its tables, `table=1;row=2;col=3`;
    last of all the text of diagrams, `diagram=1;p=2`.

    Args:
        with_embedded: also the documents inside it, places `embedded=1;p=3`, and errors for what else is inside it and not read.
        is_inner: it is one of those itself; what is inside it is said not to be read.

    Raises:
        InputError: the file is damaged, encrypted, hostile, or holds no text.
    """
    is_empty = True
    inner_reader = None if is_inner else partial(read_docx, is_inner=True)
    with _archive(file, name) as archive:
        for entry, part in parts(archive):
            root = parse_part(archive, entry, name, may_be_strict=True)
            prose, tables = Blocks(part), list[Table]()
            label = name if not part else f"{name}#{part.rstrip(';')}"
            for doc in prose_documents(prose.paragraphs(root, tables), label):
                is_empty = False
                yield doc
            for table in tables:
                for doc in table_documents(table.rows(), f"{label}#table={table.number}"):
                    is_empty = False
                    yield doc
            for inner in embedded_documents(archive, entry, part, name, inner_reader) if with_embedded else ():
                is_empty = False
                yield inner
        for error in unread(archive, name) if with_embedded else ():
            is_empty = False
            yield error
        for entry, part in diagrams(archive):
            for doc in prose_documents(_diagram(parse_part(archive, entry, name), part), f"{name}#{part.rstrip(';')}"):
                is_empty = False
                yield doc
    if is_empty:
        raise NoTextError(f"{name}: a document without text; its pictures, if it has any, are not read")


def parts(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Yield (entry, prefix of its places) of every part that holds text, the body first."""
    body = word_part(archive) or "word/document.xml"
    yield body, ""
    names = sorted(archive.namelist())
    for start, kind in _PARTS.items():
        beside = posixpath.join(posixpath.dirname(body), start)
        found = [entry for entry in names if entry.startswith(beside) and entry.endswith(".xml") and entry != body]
        for number, entry in enumerate(found, start=1):
            yield entry, f"{kind};" if start.endswith(".xml") else f"{kind}={number};"


def diagrams(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Yield (entry, prefix of its places) of the data of every diagram (SmartArt)."""
    for number, entry in enumerate(sorted(filter(_DIAGRAM.fullmatch, archive.namelist())), start=1):
        yield entry, f"diagram={number};"


def diagram_points(root: Any, part: str) -> Iterator[tuple[str, list[tuple[Any, str]]]]:
    """Yield the place of each point of a diagram, and (element, its text) in order; what ends a line has no element."""
    for number, point in enumerate(points(root), start=1):
        yield f"{part}p={number}", list(shape_runs(point))


def _diagram(root: Any, part: str) -> Iterator[Paragraph]:
    for place, found in diagram_points(root, part):
        yield Paragraph("".join(text for _, text in found), place)


@dataclass
class Blocks:
    """Walks a part in reading order, and counts paragraphs and tables as it goes."""

    part: str
    count: int = 0

    def paragraphs(self, root: Any, tables: list[Table]) -> Iterator[Paragraph]:
        """Yield the paragraphs outside tables with their places; the tables go into `tables`, inner ones after outer ones."""
        for element, place in self.elements(root, tables):
            yield Paragraph(paragraph_text(element), place)

    def elements(self, root: Any, tables: list[Table]) -> Iterator[tuple[Any, str]]:
        """Yield the elements of these paragraphs with their places."""
        for element in walk(root):
            if element.tag == f"{W}tbl":
                tables.append(Table(element, len(tables) + 1, self.part))
            elif element.tag == WORD_ART or not _in_cell(element):
                self.count += 1
                yield element, f"{self.part}p={self.count}"


def walk(root: Any) -> Iterator[Any]:
    """Yield every paragraph, table and WordArt of a part in document order, but nothing deleted, and nothing a second time."""
    stack = [root]
    while stack:
        element = stack.pop()
        if _is_left_out(element):
            continue
        if element.tag in (f"{W}p", f"{W}tbl", WORD_ART):
            yield element
        stack.extend(reversed(element))


def paragraph_text(paragraph: Any) -> str:
    """Return the text of a paragraph or WordArt, without that of the text boxes anchored in it."""
    return "".join(text for _, text in runs(paragraph))


def runs(paragraph: Any) -> Iterator[tuple[Any, str]]:
    """Yield (element, its text) of a paragraph in order: TEXTS, TEXT_ATTRIBUTES, and what stands for a character.

    WordArt has itself alone.
    """
    if paragraph.tag == WORD_ART:
        yield _with_attribute(paragraph)
    stack = list(reversed(paragraph))
    while stack:
        element = stack.pop()
        if _is_left_out(element) or element.tag == _BOX:
            continue
        if element.tag in TEXTS:
            yield element, element.text or ""
        elif element.tag in _TEXT:
            yield element, _TEXT[element.tag]
        elif element.tag == f"{W}fldChar":
            yield from map(_with_attribute, _chosen(element))
        else:
            stack.extend(reversed(element))


def _with_attribute(element: Any) -> tuple[Any, str]:
    return element, element.get(TEXT_ATTRIBUTES[element.tag], "")


def _chosen(field: Any) -> Iterator[Any]:
    """Yield the entry that a drop-down form field shows, by default its first; none of another field."""
    choices = field.findall(f"{W}ffData/{W}ddList/{_CHOICE}")
    marks = (field.find(f"{W}ffData/{W}ddList/{W}{local}") for local in ("result", "default"))
    at = _number(next((mark for mark in marks if mark is not None), None))
    yield from choices[at : at + 1] or choices[:1]


def _is_left_out(element: Any) -> bool:
    """Tell what is deleted or no text, and what shows text that another form of it has already."""
    if element.tag != f"{_MC}Fallback":
        return element.tag in _LEFT_OUT
    return any(map(_shows_text, element.itersiblings(f"{_MC}Choice", preceding=True)))


def _shows_text(choice: Any) -> bool:
    return any(
        (element.text or element.get(TEXT_ATTRIBUTES[WORD_ART]) or "").strip() for element in choice.iter(*TEXTS, WORD_ART)
    )


def _in_cell(paragraph: Any) -> bool:
    for ancestor in paragraph.iterancestors():
        if ancestor.tag == f"{W}tc":
            return True
        if ancestor.tag == _BOX:
            return False
    return False


def _children(element: Any, tag: str) -> Iterator[Any]:
    """Yield the children of a kind, also those that a content control, a tracked insertion or a custom tag wraps."""
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}ins", f"{W}customXml", f"{W}smartTag"):
            yield from _children(child, tag)


def _number(element: Any) -> int:
    value = "" if element is None else element.get(f"{W}val", "")
    return min(int(value), _MAX_COLUMNS) if value.isdecimal() and len(value) < 10 else 0


def _archive(file: BinaryIO, name: str) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(file)
        body = word_part(archive)
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, OSError, RuntimeError, NotImplementedError):
        raise InputError(f"{name}: damaged Word document") from None
    if body is None:
        raise InputError(f"{name}: not a Word document")
    return archive
