"""Workbooks (xlsx, xlsm, xlsb, xls, ods) through calamine: every sheet, hidden ones too, is a table. Long ones stream."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import Any, BinaryIO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from minshi.errors import InputError, NoTextError
from minshi.readers.asides import aside_documents
from minshi.readers.extent import FarError, near
from minshi.readers.long_sheets import long_sheets, parts
from minshi.readers.ods_cells import with_types
from minshi.readers.ooxml import check_book, sheets_by_title
from minshi.readers.stored import unstored_formulas
from minshi.readers.tables import Cell, Row, table_documents
from minshi.types import Document


def read_sheets(file: BinaryIO, name: str, *, tells_unread: bool = True) -> Iterator[Document | InputError]:
    """Yield each sheet in documents of a few thousand characters, then what stands beside the cells.

    The place of a cell is `sheet=名单;cell=C5`.
    A number is read as Excel shows it without format: 13900001234, not 13900001234.0; a date as 1985-03-02.

    Args:
        tells_unread: yield errors, too, for what is in it and not read: embedded files, formulas without a stored result.

    Raises:
        InputError: the workbook is damaged, far too large, or has no text at all.
    """
    entries: dict[str, str] = {}
    long: dict[str, str] = {}
    book = file
    if is_zip := file.read(2) == b"PK":
        check_book(file, name)  # calamine sets no bound
        entries, long = _entries(file, name), long_sheets(file, name)
        book = with_types(file)
    book.seek(0)
    try:
        workbook = CalamineWorkbook.from_filelike(book)
        titles = workbook.sheet_names
    except (CalamineError, OSError, ValueError):
        raise InputError(f"{name}: damaged workbook") from None
    is_empty = True
    for number, title in enumerate(titles):
        entry = entries.get(title, "")
        sheets = _parts(file, long[title], title, name) if title in long else _sheet(workbook, number, file, entry, name)
        source = _Source(sheets, title)
        for doc in table_documents(source, f"{name}#{title}"):
            is_empty = False
            yield doc
        if (error := source.error(name)) is not None:
            is_empty = False
            yield error
    formulas = unstored_formulas(file, name) if tells_unread else ()
    asides = aside_documents(file, name, with_embedded=tells_unread)
    for item in chain(asides, formulas) if is_zip else ():
        is_empty = False
        yield item
    if is_empty:
        raise NoTextError(f"{name}: no cell has anything in it")


def _entries(file: BinaryIO, name: str) -> dict[str, str]:
    with zipfile.ZipFile(file) as archive:
        return sheets_by_title(archive, name)


def _sheet(workbook: CalamineWorkbook, number: int, file: BinaryIO, entry: str, name: str) -> Iterator[CalamineSheet]:
    title = workbook.sheet_names[number]
    book = near(file, entry, title, name) if entry else file
    yield workbook.get_sheet_by_index(number) if book is file else _sheet_of(book, title)


def _parts(file: BinaryIO, entry: str, title: str, name: str) -> Iterator[CalamineSheet]:
    for part in parts(file, entry):
        yield _sheet_of(near(part, entry, title, name), title)


def _sheet_of(book: BinaryIO, title: str) -> CalamineSheet:
    book.seek(0)
    return CalamineWorkbook.from_filelike(book).get_sheet_by_name(title)


class _Source:
    """The rows of a sheet that comes whole or in parts; `last` is the number of the last one that was read."""

    def __init__(self, parts: Iterator[CalamineSheet], title: str) -> None:
        self._parts = parts
        self._title = title
        self.last = 0
        self._is_damaged = False
        self._far: FarError | None = None

    def __iter__(self) -> Iterator[Row]:
        columns: dict[int, None] = {}  # in the order in which cells of a row are given: a later part may begin further left
        try:
            for sheet in self._parts:
                yield from self._rows(sheet, columns)
        except FarError as err:
            self._far = err
        except (CalamineError, InputError, OSError, ValueError):
            self._is_damaged = True

    def error(self, name: str) -> InputError | None:
        """Return what kept some of its rows from being read, None where nothing did."""
        if not self._is_damaged:
            return self._far
        where = f" from row {self.last + 1} on" if self.last else ""
        return InputError(f"{name}: sheet {self._title} is damaged and cannot be read{where}")

    def _rows(self, sheet: CalamineSheet, columns: dict[int, None]) -> Iterator[Row]:
        if sheet.start is None:
            return
        top, left = sheet.start  # rows come from the first of the sheet on, columns from the first that is used
        columns.update(dict.fromkeys(range(left, left + sheet.width)))
        names = [(column, column_name(column)) for column in columns]
        merged = getattr(sheet, "merged_cell_ranges", None) or ()  # known of xlsx and xls, by newer versions of calamine
        spans = {start: last - start[1] + 1 for start, (_, last) in merged}
        for number, values in enumerate(sheet.iter_rows()):
            self.last = number + 1
            if number < top:
                continue
            present = dict(enumerate(values, start=left))
            yield [
                Cell(
                    _text(present.get(column, "")),
                    f"sheet={self._title};cell={letters}{number + 1}",
                    spans.get((number, column), 0),
                )
                for column, letters in names
            ]


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
