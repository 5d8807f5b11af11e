"""Formulas of a workbook: what a finding in one may change, and other names for what they refer to.

A formula must stay one, or the file does not open. So only what stands in quotes changes, and a long number, which becomes such
text. A reference to a sheet stays even in quotes, since the name of the sheet does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from minshi.redact.source import Edit, edited

_BLANK = "\n"  # no finding goes on over it
_PIECE = re.compile(
    r'"((?:[^"]|"")*)"'  # text
    r"|'(?:[^']|'')*'|\[(?:[^\[\]']|'.)*\]"  # a sheet, a column of a table
    r"|(?<![\w$.:!])(\d{5,})(?![\w.:(!])",
    re.DOTALL,
)
_FORMAT_PIECE = re.compile(r'\\.|_.|\*.|"([^"]*)"', re.DOTALL)
_NAME = re.compile(
    r'"(?:[^"]|"")*"|\'(?:[^\']|\'\')*\''
    r"|(?<![\w.\\?])(?P<name>(?:[^\W\d]|\\)[\w.\\?]*)"
    r"(?P<columns>\[(?:[^\[\]']|'.|\[(?:[^\[\]']|'.)*\])*\])?"
    r"(?![\w.\\?!]|:[\w.]+!)",  # a sheet is none
    re.DOTALL,
)
_COLUMN = re.compile(r"\[(@?)((?:[^\[\]']|'.)*)\]", re.DOTALL)
_ESCAPED, _TO_ESCAPE = re.compile(r"'(.)", re.DOTALL), re.compile(r"([\[\]#'@])")


def references(titles: Iterable[str]) -> re.Pattern[str]:
    """Return what finds references to these sheets."""
    names = "|".join(sorted((re.escape(title) for title in titles), key=len, reverse=True))
    return re.compile(rf"(?:'(?:{names})'|(?:{names}))!")


def shown_formula(text: str, sheets: re.Pattern[str]) -> str:
    r"""Return a formula of the same length in which only what may change is left.

    >>> shown_formula('张三!A1="张三"&B13900001234', references(["张三"])).split()
    ['张三']
    """
    shown = [_BLANK] * len(text)
    for piece in _PIECE.finditer(text):
        start, end = piece.span(1 if piece[2] is None else 2)
        if start >= 0:
            shown[start:end] = sheets.sub(_blank, text[start:end]).replace('""', _BLANK * 2)
    return "".join(shown)


def shown_format(text: str) -> str:
    r"""Return the format of a number in the same way: what stands in quotes is left.

    >>> shown_format('"户主张三"0').split()
    ['户主张三']
    """
    shown = [_BLANK] * len(text)
    for piece in _FORMAT_PIECE.finditer(text):
        if piece[1]:
            shown[piece.start(1) : piece.end(1)] = piece[1]
    return "".join(shown)


def shown_nothing(text: str) -> str:
    """Return blanks: a reference as a whole."""
    return _BLANK * len(text)


def _blank(found: re.Match[str]) -> str:
    return _BLANK * len(found[0])


def formula_edits(text: str, edits: Iterable[Edit]) -> Iterator[Edit]:
    """Yield edits that leave a formula one: no quotes in text, and quotes around what takes the place of a number.

    >>> list(formula_edits("A1=13900001234", [Edit(6, 10, "****")]))
    [Edit(start=3, end=14, text='"139****1234"')]
    """
    numbers = [piece.span(2) for piece in _PIECE.finditer(text) if piece[2]]
    inside: dict[tuple[int, int], list[Edit]] = {}
    for edit in edits:
        plain = edit.text.replace('"', "")
        number = next(((start, end) for start, end in numbers if start <= edit.start < end), None)
        if number is None:
            yield Edit(edit.start, edit.end, plain)
        else:
            inside.setdefault(number, []).append(Edit(edit.start - number[0], edit.end - number[0], plain))
    for (start, end), found in inside.items():
        yield Edit(start, end, f'"{edited(text[start:end], found)}"')


def renamed(formula: str, names: Mapping[str, str], columns: Mapping[str, Mapping[str, str]]) -> str:
    """Return a formula with other names in it.

    Args:
        names: of cells and of tables, the new by the old one, which is case-folded.
        columns: those of the columns of a table, by its old name; case-folded too.

    >>> renamed('SUM(T1[[#This Row],[张三]])+张三&"张三"&张三!A1', {"张三": "Name1"}, {"t1": {"张三": "[姓名]"}})
    'SUM(T1[[#This Row],[\\'[姓名\\']]])+Name1&"张三"&张三!A1'
    """

    def other(found: re.Match[str]) -> str:
        name, inside = found["name"], found["columns"]
        if name is None:
            return found[0]
        known = columns.get(name.casefold(), {})
        written = names.get(name.casefold(), name)
        return written + (_COLUMN.sub(lambda column: _other_column(column, known), inside) if inside else "")

    return _NAME.sub(other, formula)


def _other_column(found: re.Match[str], known: Mapping[str, str]) -> str:
    new = known.get(_ESCAPED.sub(r"\1", found[2]).casefold())
    if new is None:
        return found[0]
    escaped = _TO_ESCAPE.sub(r"'\1", new)
    return f"[{found[1]}{escaped}]"
