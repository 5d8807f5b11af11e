"""Workbooks (xlsx, xlsm) with a sheet too long to be held, through openpyxl: its rows stream, slower than calamine reads."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

import openpyxl
from lxml.etree import XMLSyntaxError
from openpyxl.utils.exceptions import InvalidFileException

from minshi.errors import InputError

_ERRORS = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ParseError, XMLSyntaxError, InvalidFileException),
    *(ValueError, TypeError, LookupError, AttributeError),  # of XML that is no workbook's
)


def long_sheets(file: BinaryIO, name: str) -> Iterator[tuple[str, Iterator[Sequence[Any]]]]:
    """Yield the title of each sheet and its rows, each the values of its columns from A on; None is an empty cell.

    Raises:
        InputError: the workbook is damaged; from the rows, that a sheet is.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of extensions that openpyxl does not know
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except _ERRORS:
        raise InputError(f"{name}: damaged workbook") from None
    for sheet in book.worksheets:
        yield sheet.title, _rows(sheet, name)


def _rows(sheet: Any, name: str) -> Iterator[Sequence[Any]]:
    try:
        sheet.reset_dimensions()  # what a sheet says of its size need not be true
        for row in sheet.iter_rows():
            yield [None if cell.data_type == "e" else cell.value for cell in row]
    except _ERRORS:
        raise InputError(f"{name}: sheet {sheet.title} is damaged and cannot be read") from None
