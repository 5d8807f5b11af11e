"""Text boxes of a drawing of a workbook, points of a diagram (SmartArt), and the text of both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_LINE_BREAK = "\n"


def boxes(root: Any) -> Iterator[Any]:
    """Yield the shapes of a drawing that may hold text."""
    for shape in root.iter("{*}sp"):
        is_fallback = next(shape.iterancestors("{*}Fallback"), None) is not None
        if not is_fallback and next(shape.iter("{*}t"), None) is not None:
            yield shape


def points(diagram: Any) -> Iterator[Any]:
    """Yield the points of the data of a diagram that have text."""
    for point in diagram.iter("{*}pt"):
        if any(text.strip() for _, text in runs(point)):
            yield point


def runs(shape: Any) -> Iterator[tuple[Any, str]]:
    """Yield (element, its text) of a shape or a point in order; what ends a line has no element."""
    for number, paragraph in enumerate(shape.iter("{*}p")):
        if number:
            yield None, _LINE_BREAK
        for element in paragraph.iter("{*}t", "{*}br"):
            yield (element, element.text or "") if element.tag.endswith("}t") else (None, _LINE_BREAK)
