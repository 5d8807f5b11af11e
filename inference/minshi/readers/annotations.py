"""What stands on a PDF page beside its text: values of form fields, and notes that a reader of the page wrote on it.

pdfium does not count them as text of the page. Links, popups and buttons say nothing of their own.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

MAX_NOTES = 10_000  # of a page that are looked at; a hostile page has millions
# fmt: off
_NOTES = frozenset(
    (raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_TEXT, raw.FPDF_ANNOT_STAMP, raw.FPDF_ANNOT_CARET, raw.FPDF_ANNOT_INK,
     raw.FPDF_ANNOT_LINE, raw.FPDF_ANNOT_SQUARE, raw.FPDF_ANNOT_CIRCLE, raw.FPDF_ANNOT_POLYGON, raw.FPDF_ANNOT_POLYLINE,
     raw.FPDF_ANNOT_HIGHLIGHT, raw.FPDF_ANNOT_UNDERLINE, raw.FPDF_ANNOT_SQUIGGLY, raw.FPDF_ANNOT_STRIKEOUT)
)
# fmt: on
_FIELDS = frozenset((raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX))


@contextmanager
def open_form(pdf: pdfium.PdfDocument) -> Iterator[Any]:
    """Yield pdfium's handle of the form of a document, through which a widget knows its field; None where there is no form."""
    if raw.FPDF_GetFormType(pdf) == raw.FORMTYPE_NONE:
        yield None
        return
    config = raw.FPDF_FORMFILLINFO(version=2)  # must live as long as the form
    form = raw.FPDFDOC_InitFormFillEnvironment(pdf, config)
    try:
        yield form
    finally:
        if form:
            raw.FPDFDOC_ExitFormFillEnvironment(form)


def note_texts(page: pdfium.PdfPage, form: Any, shown: Iterable[str]) -> Iterator[str]:
    """Yield values and notes of the first MAX_NOTES annotations of a page, none twice.

    Nor is one yielded that is the whole of a paragraph in `shown`, the page's text; but one that is a part of a paragraph is:
    张三 may be another than 张三丰, and nobody is missed by being read twice.
    """
    seen = {"".join(paragraph.split()) for paragraph in shown}
    for annotation in _annotations(page):
        text = _text(annotation, form).strip()
        bare = "".join(text.split())
        if bare and bare not in seen:
            seen.add(bare)
            yield text


def file_count(page: pdfium.PdfPage) -> int:
    """Return how many of the first MAX_NOTES annotations of a page are files that are attached there."""
    return sum(raw.FPDFAnnot_GetSubtype(each) == raw.FPDF_ANNOT_FILEATTACHMENT for each in _annotations(page))


def _annotations(page: pdfium.PdfPage) -> Iterator[Any]:
    for index in range(min(note_count(page), MAX_NOTES)):
        if annotation := raw.FPDFPage_GetAnnot(page, index):
            yield annotation
            raw.FPDFPage_CloseAnnot(annotation)


def note_count(page: pdfium.PdfPage) -> int:
    """Return how many annotations a page has, of whatever kind."""
    return int(raw.FPDFPage_GetAnnotCount(page))


def _text(annotation: Any, form: Any) -> str:
    kind = raw.FPDFAnnot_GetSubtype(annotation)
    if kind in _NOTES:
        return _string(lambda *out: raw.FPDFAnnot_GetStringValue(annotation, b"Contents", *out))
    if kind != raw.FPDF_ANNOT_WIDGET or not form or raw.FPDFAnnot_GetFormFieldType(form, annotation) not in _FIELDS:
        return ""
    return _string(lambda *out: raw.FPDFAnnot_GetFormFieldValue(form, annotation, *out))


def _string(fill: Callable[[Any, int], int]) -> str:
    """Return what a function of pdfium writes as UTF-16 into a buffer; it is asked first how long that must be."""
    size = fill(None, 0)
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    fill(buffer, size)
    return bytes(buffer)[: max(size - 2, 0)].decode("utf-16-le", "replace")
