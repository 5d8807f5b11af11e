"""The text of a PDF page, and where each character of it stands once the page is turned so that its lines run to the right."""

from __future__ import annotations

import ctypes
from functools import cache
from itertools import accumulate
from typing import TypeAlias

import pypdfium2 as pdfium
import pypdfium2.raw as raw

Box: TypeAlias = tuple[float, float, float, float]  # left, bottom, right, top


class PageText:
    """`text` is what pdfium reads, `box(at)` the place of its character `at`; what is outside of the page is not `is_seen`."""

    def __init__(self, page: pdfium.PdfPage, text_page: pdfium.PdfTextPage) -> None:
        self.text = text = _text(text_page)
        rotation = page.get_rotation()
        units = (
            range(len(text)) if max(text, default="") <= "\uffff" else [0, *accumulate(1 + (char > "\uffff") for char in text)]
        )
        handle, found = text_page.raw, raw.FS_RECTF()

        @cache  # where a line is cut and where its columns part is asked of the same characters
        def box(at: int) -> Box:
            index = raw.FPDFText_GetCharIndexFromTextIndex(handle, units[at])
            if not raw.FPDFText_GetLooseCharBox(handle, index, found):
                return 0.0, 0.0, 0.0, 0.0
            upright = found.left, found.bottom, found.right, found.top
            return turned(upright, rotation) if rotation else upright

        def drawing(at: int) -> int:
            index = raw.FPDFText_GetCharIndexFromTextIndex(handle, units[at])
            return ctypes.cast(raw.FPDFText_GetTextObject(handle, index), ctypes.c_void_p).value or 0

        self.box, self._drawing = box, drawing
        self._page = turned(page.get_bbox(), rotation)

    def is_drawn_with(self, at: int, other: int) -> bool:
        """Tell whether two characters are drawn at once, as text too wide for its cell is, and that of two cells is not."""
        return self._drawing(at) == self._drawing(other)

    def is_seen(self, place: Box) -> bool:
        """Tell whether a place is on what the page shows."""
        left, bottom, right, top = self._page
        return place[0] <= right and place[1] <= top and place[2] >= left and place[3] >= bottom


def turned(box: Box, rotation: int) -> Box:
    """Return a box as it stands once the page is turned, clockwise, so that its lines run to the right."""
    left, bottom, right, top = box
    if rotation == 90:
        return bottom, -right, top, -left
    if rotation == 270:
        return -top, left, -bottom, right
    return (-right, -top, -left, -bottom) if rotation == 180 else box


def _text(text_page: pdfium.PdfTextPage) -> str:
    """Return the text from the first character on that has one: pypdfium2 would recurse over those that have none."""
    count = text_page.count_chars()
    start, end = (
        next((at for at in order if raw.FPDFText_GetTextIndexFromCharIndex(text_page, at) >= 0), -1)
        for order in (range(count), range(count - 1, -1, -1))
    )
    return "" if start < 0 else text_page.get_text_range(start, end - start + 1)
