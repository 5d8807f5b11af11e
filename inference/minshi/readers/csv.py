"""Comma-, tab-, semicolon- and pipe-separated values, streamed."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import BinaryIO

from minshi.errors import InputError
from minshi.readers.encoding import text_lines
from minshi.readers.escapes import with_codes_told
from minshi.readers.fragments import with_markup_told
from minshi.readers.tables import Cell, Row, table_documents
from minshi.types import Document

SAMPLE_LINES = 200
_DELIMITERS = ",\t;|"
_MAX_FIELD = 1_000_000


def read_csv(file: BinaryIO, name: str) -> Iterator[Document | InputError]:
    """Yield the table in documents of a few thousand characters; a place is `row=17;field=住址`, or `col=3` without header.

    Rows are records, counted from 1, header included. An InputError tells fields with markup in them.

    Raises:
        InputError: the bytes are no text.
    """
    yield from with_markup_told(csv_documents(file, name), name)


def csv_documents(file: BinaryIO, name: str) -> Iterator[Document | InputError]:
    """Yield what `read_csv` does but for the error of markup, which can be written back as it stands."""
    errors: list[InputError] = []
    lines = text_lines(file, name, errors)
    sample = list(islice(lines, SAMPLE_LINES))
    rows = _rows(chain(sample, lines), find_delimiter(sample), name, errors)
    yield from with_codes_told(table_documents(rows, name, name_fields=True), name)
    yield from errors


def _rows(lines: Iterable[str], delimiter: str, name: str, errors: list[InputError]) -> Iterator[Row]:
    csv.field_size_limit(_MAX_FIELD)
    number, record = 0, list[str]()
    try:  # the empty line at the end is a record of its own, unless a quote is open there
        for number, record in enumerate(csv.reader(chain(lines, ("",)), delimiter=delimiter), start=1):
            yield [Cell(field, f"row={number};col={column}") for column, field in enumerate(record, start=1)]
        if record:
            errors.append(InputError(f"{name}: row {number}: a quote never closes; all behind it is read as one field"))
    except csv.Error as err:
        reason = f"a field of over {_MAX_FIELD:,} characters" if "limit" in str(err) else "broken"
        errors.append(InputError(f"{name}: row {number + 1}: {reason} (a quote that never closes?); the rest is not read"))


def find_delimiter(lines: list[str]) -> str:
    """Return the delimiter that most lines have equally often, and at all; a comma where none is.

    csv.Sniffer is not asked: it takes a character of the text for one when lines look alike.
    """

    def agreement(delimiter: str) -> int:
        counts = [count for line in lines if (count := line.count(delimiter))]
        return max(map(counts.count, set(counts)), default=0)

    return max(_DELIMITERS, key=agreement)
