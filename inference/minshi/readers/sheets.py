"""Workbooks (xlsx, xlsm, xlsb, xls, ods) through calamine: every sheet, hidden ones too, is a table. Long ones stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, BinaryIO

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from minshi.errors import InputError, NoTextError
from minshi.readers.ooxml import check_book, has_long_sheet
from minshi.readers.tables import Cell, Row, table_documents
from minshi.types import Document


def read_sheets(file: BinaryIO, name: str) -> Iterator[Document | InputError]:
    """Yield each sheet in documents of a few thousand characters; the place of a cell is `sheet=名单;cell=C5`.

    A number is read as Excel shows it without format: 13900001234, not 13900001234.0; a date as 1985-03-02.

    Raises:
        InputError: the workbook is encrypted, damaged, far too large, or has no cell.
    """
    is_long = False
    if file.read(2) == b"PK":
        check_book(file, name)  # calamine sets no bound
        is_long = has_long_sheet(file)
    file.seek(0)
    sheets = _long_sheets(file, name) if is_long else _sheets(file, name)
    is_empty = True
    for title, rows in sheets:
        try:
            for doc in table_documents(rows, f"{name}#{title}"):
                is_empty = False
                yield doc
        except InputError as err:
            is_empty = False
            yield err
    if is_empty:
        raise NoTextError(f"{name}: no cell has anything in it")


def _sheets(file: BinaryIO, name: str) -> Iterator[tuple[str, Iterator[Row]]]:
    try:
        workbook = CalamineWorkbook.from_filelike(file)
        titles = workbook.sheet_names
    except PasswordError:
        raise InputError(f"{name}: encrypted; remove the password first") from None
    except (CalamineError, OSError, ValueError):
        raise InputError(f"{name}: damaged workbook") from None
    for number, title in enumerate(titles):
        yield title, _rows(workbook, number, name)


def _rows(workbook: CalamineWorkbook, number: int, name: str) -> Iterator[Row]:
    title = workbook.sheet_names[number]
    try:
        sheet = workbook.get_sheet_by_index(number)
    except (CalamineError, OSError, ValueError):
        raise InputError(f"{name}: sheet {title} is damaged and cannot be read") from None
    if sheet.start is None:
        return
    _, left = sheet.start  # rows come from the first of the sheet on, columns from the first that is used
    columns = [column_name(left + column) for column in range(sheet.width)]
    merged = getattr(sheet, "merged_cell_ranges", None) or ()  # known of xlsx and xls, by newer versions of calamine
    spans = {(row, column - left): last - column + 1 for (row, column), (_, last) in merged}
    for at, values in enumerate(sheet.iter_rows()):
        yield [
            Cell(_text(value), f"sheet={title};cell={letters}{at + 1}", spans.get((at, column), 0))
            for column, (letters, value) in enumerate(zip(columns, values, strict=False))
        ]


def _long_sheets(file: BinaryIO, name: str) -> Iterator[tuple[str, Iterator[Row]]]:
    from minshi.readers.long_sheets import long_sheets  # imports openpyxl, which few files need

    for title, rows in long_sheets(file, name):
        yield title, _placed(rows, title)


def _placed(rows: Iterator[Sequence[Any]], title: str) -> Iterator[Row]:
    for number, values in enumerate(rows, start=1):
        places = (f"sheet={title};cell={column_name(column)}{number}" for column in range(len(values)))
        yield [Cell("" if value is None else _text(value), place) for value, place in zip(values, places, strict=True)]


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, datetime | date | time):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, bool | timedelta):
        return ""  # says nothing about anybody
    return str(value)


@cache
def column_name(index: int) -> str:
    """Return the letters of a column counted from 0.

    >>> [column_name(index) for index in (0, 25, 26, 701, 702)]
    ['A', 'Z', 'AA', 'ZZ', 'AAA']
    """
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
