"""Text boxes of a drawing of a workbook, and the text of shapes."""

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


def runs(shape: Any) -> Iterator[tuple[Any, str]]:
    """Yield (element, its text) of a shape in order; what ends a line has no element."""
    for number, paragraph in enumerate(shape.iter("{*}p")):
        if number:
            yield None, _LINE_BREAK
        for element in paragraph.iter("{*}t", "{*}br"):
            yield (element, element.text or "") if element.tag.endswith("}t") else (None, _LINE_BREAK)
