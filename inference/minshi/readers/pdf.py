"""PDF text through pdfium, page by page. Pages that are pictures only are said, never returned as empty text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

import pypdfium2 as pdfium

from minshi.errors import InputError
from minshi.readers.prose import Paragraph, prose_documents
from minshi.types import Document

_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_FULL_LINE = 0.8  # of the page's longest line: a line that long goes on in the next
_COLUMNS = re.compile(r"\t|\S {2,}\S+ {2,}\S")  # a row of a table keeps its line
_ENDS = "。！？；：!?;:"
_HAN_AT_EDGE = re.compile(rf"[{_WIDE}]")


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
        bare: list[int] = []
        is_empty = True
        for doc in prose_documents(_paragraphs(pdf, bare), name):
            is_empty = False
            yield doc
        if is_empty:
            raise InputError(f"{name}: pages without a text layer, as scans are; recognise their text (OCR) first")
        if bare:
            yield InputError(f"{name}: no text layer on page {_listed(bare)}; recognise their text (OCR) first")


def _paragraphs(pdf: pdfium.PdfDocument, bare: list[int]) -> Iterator[Paragraph]:
    for index in range(len(pdf)):
        text, has_pictures = _page(pdf, index)
        if not text.strip() and has_pictures:
            bare.append(index + 1)
        for number, paragraph in enumerate(joined(text), start=1):
            yield Paragraph(paragraph, f"page={index + 1};p={number}")


def _page(pdf: pdfium.PdfDocument, index: int) -> tuple[str, bool]:
    try:
        page = pdf[index]
        text_page = page.get_textpage()
        text = text_page.get_text_bounded().replace("\r\n", "\n").replace("\ufffe", "").replace("\0", "")
        has_pictures = not text.strip() and next(iter(page.get_objects()), None) is not None
        text_page.close()
        page.close()
    except pdfium.PdfiumError:
        return "", True
    return text, has_pictures


def joined(text: str) -> list[str]:
    """Return paragraphs: a line that fills the page's width and ends within a sentence goes on in the next.

    >>> joined("王小蕙患尿毒症，现居石桥镇溪口村三\\n组，靠透析维持。\\n姓名  住址  电话")
    ['王小蕙患尿毒症，现居石桥镇溪口村三组，靠透析维持。', '姓名  住址  电话']
    """
    lines = [line.rstrip() for line in text.split("\n")]
    longest = max(map(len, lines), default=0)
    paragraphs: list[str] = []
    goes_on = False
    for line in lines:
        if goes_on and line.strip() and not _COLUMNS.search(line):
            inner = line.lstrip()
            is_wide = _HAN_AT_EDGE.match(paragraphs[-1][-1:]) or _HAN_AT_EDGE.match(inner[:1])
            paragraphs[-1] += inner if is_wide else f" {inner}"
        elif line.strip():
            paragraphs.append(line)
        is_full = len(line) >= _FULL_LINE * longest and not _COLUMNS.search(line)
        goes_on = bool(line.strip()) and is_full and line[-1] not in _ENDS
    return paragraphs


def _listed(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:10]))
    return f"{shown} and {len(numbers) - 10} more" if len(numbers) > 10 else shown
