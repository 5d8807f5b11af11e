"""A table row as text: `表头：值；表头：值`. The one place that says how, for readers and for training data."""

from __future__ import annotations

from collections.abc import Sequence


def row_text(headers: Sequence[str], cells: Sequence[str]) -> tuple[str, list[tuple[int, int, int]]]:
    """Join the cells of a row, each behind its header; empty cells are left out.

    Returns:
        The text, and (column, start, end) of every cell in it, in code points, end exclusive.

    >>> row_text(["姓名", "备注", "住址"], ["丁一", "", "溪口村3组"])
    ('姓名：丁一；住址：溪口村3组', [(0, 3, 5), (2, 9, 14)])
    """
    text = ""
    places = []
    for column, (header, cell) in enumerate(zip(headers, cells, strict=True)):
        if not cell:
            continue
        text += ("；" if text else "") + (f"{header}：" if header else "")
        places.append((column, len(text), len(text) + len(cell)))
        text += cell
    return text, places
