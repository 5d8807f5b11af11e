"""PDF text through pdfium, page by page. Pages that are pictures or cannot be read are said, never returned as empty text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from minshi.errors import InputError, NoTextError
from minshi.readers.layout import page_lines, paragraphs
from minshi.readers.prose import Paragraph, prose_documents
from minshi.types import Document

_SCAN_CHARS = 30  # fewer than these, page numbers and stamps of scanners, do not make a text of a scan
_SCAN_AREA = 0.5  # of the page that pictures cover
_MAX_OBJECTS = 10_000  # that are looked at for pictures; a hostile page has millions


@dataclass
class _Unread:
    """Numbers of the pages that have no text to read, or not all."""

    scans: list[int] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)

    def errors(self, name: str, pages: int) -> Iterator[InputError]:
        if self.scans:
            which = _listed(self.scans, pages)
            yield InputError(f"{name}: {which} without a text layer, as scans are; recognise the text (OCR) first")
        if self.damaged:
            yield InputError(f"{name}: {_listed(self.damaged, pages)} damaged, cannot be read")


def read_pdf(file: BinaryIO, name: str) -> Iterator[Document | InputError]:
    """Yield the text; the place of a paragraph is `page=3;p=2`, the second of the third page.

    Raises:
        InputError: the file is encrypted or damaged, or no page has text.
    """
    try:
        pdf = pdfium.PdfDocument(file)
    except pdfium.PdfiumError as err:
        reason = "encrypted; remove the password first" if "password" in str(err).lower() else "damaged PDF"
        raise InputError(f"{name}: {reason}") from None
    with pdf:
        unread = _Unread()
        is_empty = True
        for doc in prose_documents(_paragraphs(pdf, unread), name):
            is_empty = False
            yield doc
        errors = list(unread.errors(name, len(pdf)))
    if is_empty and not errors:
        raise NoTextError(f"{name}: a blank PDF, without text and pictures")
    yield from errors[:-1] if is_empty else errors
    if is_empty:
        raise errors[-1]


def _paragraphs(pdf: pdfium.PdfDocument, unread: _Unread) -> Iterator[Paragraph]:
    for index in range(len(pdf)):
        try:
            found, is_scan = _page(pdf, index)
        except pdfium.PdfiumError:
            unread.damaged.append(index + 1)
            continue
        if is_scan:
            unread.scans.append(index + 1)
        for number, paragraph in enumerate(found, start=1):
            yield Paragraph(paragraph, f"page={index + 1};p={number}")


def _page(pdf: pdfium.PdfDocument, index: int) -> tuple[list[str], bool]:
    """Return the paragraphs of a page and whether it is a scan; raises PdfiumError where pdfium cannot load it."""
    page = pdf[index]
    text_page = page.get_textpage()
    found = paragraphs(page_lines(page, text_page))
    is_scan = sum(map(len, found)) < _SCAN_CHARS and _is_picture(page, is_bare=not found)
    text_page.close()
    page.close()
    return found, is_scan


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
