"""PDF text through pdfium, page by page. Pages that are pictures or cannot be read are said, never returned as empty text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import Any, BinaryIO, cast

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from minshi.errors import InputError, NoTextError
from minshi.readers import box_font
from minshi.readers.annotations import MAX_NOTES, file_count, note_count, note_texts, open_form
from minshi.readers.grid import Grid, Piece, page_pieces, with_rest
from minshi.readers.layout import Block, page_blocks
from minshi.readers.page_text import PageText
from minshi.readers.prose import Paragraph, prose_documents
from minshi.readers.ruled_cells import ruled_lines
from minshi.readers.ruling import ruled_tables
from minshi.readers.tables import Row, table_documents
from minshi.readers.wrapped_rows import whole_rows
from minshi.types import Document

_SCAN_CHARS = 30  # fewer than these, page numbers and stamps of scanners, do not make a text of a scan
_SCAN_AREA = 0.5  # of the page that pictures cover
_MAX_OBJECTS = 10_000  # that are looked at for pictures; a hostile page has millions


@dataclass
class _Unread:
    """Numbers of the pages that have no text to read, or not all, and how many files are attached."""

    scans: list[int] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)
    crowded: list[int] = field(default_factory=list)
    files: int = 0

    def errors(self, name: str, pages: int) -> Iterator[InputError]:
        if self.scans:
            which = _listed(self.scans, pages)
            yield InputError(f"{name}: {which} without a text layer, as scans are; recognise the text (OCR) first")
        if self.damaged:
            yield InputError(f"{name}: {_listed(self.damaged, pages)} damaged, cannot be read")
        if self.crowded:
            yield InputError(
                f"{name}: {_listed(self.crowded, pages)} with over {MAX_NOTES} notes and form fields; not all are read"
            )
        if self.files:
            yield InputError(f"{name}: attachments ({self.files:,}) are not read; save each as a file of its own")


def read_pdf(file: BinaryIO, name: str) -> Iterator[Document | InputError]:
    """Yield the text; the place of a paragraph is `page=3;p=2`, the second of the third page, of a cell `page=3;p=2;col=1`,
    of a form field or a note `page=3;note=1`.

    Raises:
        InputError: the file is encrypted or damaged, or no page has text.
    """
    box_font.fall_back()
    try:
        pdf = pdfium.PdfDocument(file)
    except pdfium.PdfiumError as err:
        reason = "encrypted; remove the password first" if "password" in str(err).lower() else "damaged PDF"
        raise InputError(f"{name}: {reason}") from None
    with pdf:
        unread = _Unread(files=pdf.count_attachments())
        is_empty = True
        for doc in _documents(pdf, unread, name):
            is_empty = False
            yield doc
        errors = list(unread.errors(name, len(pdf)))
    if is_empty and not errors:
        raise NoTextError(f"{name}: a blank PDF, without text and pictures")
    yield from errors[:-1] if is_empty else errors
    if is_empty:
        raise errors[-1]


def _documents(pdf: pdfium.PdfDocument, unread: _Unread, name: str) -> Iterator[Document]:
    """Yield text and tables in order; a table that goes on on the next page is another, under the same header."""
    parts = tables = 0
    for is_table, group in groupby(_pieces(pdf, unread), key=lambda piece: isinstance(piece, list)):
        if is_table:
            for rows in group:
                tables += 1
                yield from table_documents(cast("list[Row]", rows), f"{name}#table={tables}")
        else:
            for doc in prose_documents(cast("Iterator[Paragraph]", group), name, number=parts + 1):
                parts += 1
                yield doc


def _pieces(pdf: pdfium.PdfDocument, unread: _Unread) -> Iterator[Piece]:
    with open_form(pdf) as form:
        yield from _pages(pdf, form, unread)


def _pages(pdf: pdfium.PdfDocument, form: Any, unread: _Unread) -> Iterator[Piece]:
    grid: Grid | None = None
    held: list[Piece] = []  # of the page before, whose last row may go on
    for index in range(len(pdf)):
        try:
            page = _page(pdf, index, form, grid)
        except pdfium.PdfiumError:
            unread.damaged.append(index + 1)
            continue
        blocks = page.blocks
        if page.is_scan:
            unread.scans.append(index + 1)
        if page.is_crowded:
            unread.crowded.append(index + 1)
        unread.files += page.files
        table, taken = next((piece for piece in reversed(held) if isinstance(piece, list)), None), 0
        if grid and table and grid.is_above(table) and (rest := grid.rest_of_row(table[-1], blocks)):
            table[-1], taken = with_rest(table[-1], rest), 1
        yield from held
        held, grid = page_pieces(blocks, f"page={index + 1}", grid, taken=taken)
        held += (Paragraph(text, f"page={index + 1};note={number}") for number, text in enumerate(page.notes, start=1))
    yield from held


@dataclass(frozen=True)
class _Page:
    """The paragraphs and rows of a page, and what is written on it in form fields and notes."""

    blocks: list[Block]
    notes: list[str]
    is_scan: bool
    is_crowded: bool
    files: int  # attached to places of it


def _page(pdf: pdfium.PdfDocument, index: int, form: Any, grid: Grid | None) -> _Page:
    """Return a page, on which a table may go on; raises PdfiumError where pdfium cannot load it."""
    page = pdf[index]
    text_page = page.get_textpage()
    columns = grid.columns if grid and not grid.is_ruled else ()
    found = page_blocks(whole_rows(ruled_lines(PageText(page, text_page), ruled_tables(page)), columns))
    is_scan = sum(len(block.text) for block in found) < _SCAN_CHARS and _is_picture(page, is_bare=not found)
    notes = list(note_texts(page, form, (block.text for block in found)))
    is_crowded, files = note_count(page) > MAX_NOTES, file_count(page)
    text_page.close()
    page.close()
    return _Page(found, notes, is_scan, is_crowded, files)


def _is_picture(page: pdfium.PdfPage, *, is_bare: bool) -> bool:
    """Tell whether pictures cover most of a page; of one without any text, whether it shows anything at all."""
    covered = 0.0
    for shown in islice(page.get_objects(), _MAX_OBJECTS):
        if is_bare:
            return True
        if shown.type == raw.FPDF_PAGEOBJ_IMAGE:
            matrix = shown.get_matrix()  # of the unit square that a picture fills
            covered += abs(matrix.a * matrix.d - matrix.b * matrix.c)
    width, height = page.get_size()
    return bool(covered > _SCAN_AREA * width * height)


def _listed(numbers: list[int], pages: int) -> str:
    if len(numbers) == pages:
        return "pages"
    shown = ", ".join(map(str, numbers[:10]))
    return f"page {shown} and {len(numbers) - 10} more" if len(numbers) > 10 else f"page {shown}"
