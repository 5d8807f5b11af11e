"""Tables of separated values: only the fields with findings are written anew; quotes, delimiter and line ends stay."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from minshi.columns import COLUMNS, NO_COLUMN
from minshi.errors import InputError
from minshi.readers.csv import SAMPLE_LINES, csv_documents, find_delimiter
from minshi.readers.encoding import decode_text, encoding_of
from minshi.redact.fragments import markup_overlooked
from minshi.redact.source import Edit, Patches, Source, edited, encoded
from minshi.types import Anchor, Document

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|$)")


@dataclass(frozen=True, slots=True)
class _Field:
    """A field: its value, where it stands in the text, quotes included, and where its quoted part ends, None if it has none."""

    start: int
    end: int
    value: str
    quoted_end: int | None


def open_csv(data: bytes, name: str) -> Source:
    """Open a table; raises InputError where the bytes are no text."""
    encoding, start = encoding_of(io.BytesIO(data), name)
    text = decode_text(data, name)
    delimiter = find_delimiter(
        [match[0] for match, _ in zip(_LINE.finditer(text), range(SAMPLE_LINES), strict=False) if match[0]]
    )

    def rewrite(patches: Patches) -> bytes:
        at = {_position(place): patch.edits for place, patch in patches.items()}
        edits: list[Edit] = []
        for row, record in enumerate(_records(text, delimiter, name), start=1):
            for column, field in enumerate(record, start=1):
                if found := at.get((row, column)):
                    edits += _splices(field, found, text, delimiter)
        return data[:start] + encoded(edited(text, edits), encoding, name)

    overlooked = markup_overlooked(csv_documents(io.BytesIO(data), name), name)
    return Source(_by_column(io.BytesIO(data), name), rewrite, overlooked, encoding=encoding)


def _by_column(file: io.BytesIO, name: str) -> Iterator[Document | InputError]:
    """Name places by the number of their column: a header says it to people."""
    for doc in csv_documents(file, name):
        if isinstance(doc, Document):
            columns = doc.meta[COLUMNS]
            doc = replace(
                doc,
                anchors=tuple(
                    anchor if column == NO_COLUMN else Anchor(anchor.start, anchor.end, f"{_row(anchor.place)};col={column + 1}")
                    for anchor, column in zip(doc.anchors, columns, strict=True)
                ),
            )
        yield doc


def _row(place: str) -> str:
    return place.split(";", 1)[0]


def _position(place: str) -> tuple[int, int]:
    row, column = place.removeprefix("row=").split(";col=")
    return int(row), int(column)


def _splices(field: _Field, edits: Sequence[Edit], text: str, delimiter: str) -> Iterator[Edit]:
    """Yield edits of the table's text. A field is quoted from now on if its new value needs it."""
    if field.quoted_end is None:
        value = edited(field.value, edits)
        needs_quotes = value.startswith('"') or any(char in value for char in (delimiter, "\r", "\n"))
        yield Edit(field.start, field.end, '"' + value.replace('"', '""') + '"' if needs_quotes else value)
        return
    places = list(_places(text, field.start + 1, field.quoted_end, field.end))
    for edit in edits:
        written = edit.text.replace('"', '""')
        inside = [place for place in places[edit.start : edit.end] if place[0] < field.quoted_end]
        after = [place for place in places[edit.start : edit.end] if place[0] >= field.quoted_end]
        if inside:
            yield Edit(inside[0][0], inside[-1][1], written)
        if after:
            yield Edit(after[0][0], after[-1][1], "" if inside else edit.text)


def _places(text: str, start: int, quoted_end: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where each character of a quoted field stands: doubled quotes are one, and more may follow the closing one."""
    at = start
    while at < quoted_end:
        width = 2 if text[at] == '"' else 1
        yield at, at + width
        at += width
    yield from ((at, at + 1) for at in range(quoted_end + 1, end))


def _records(text: str, delimiter: str, name: str) -> Iterator[list[_Field]]:
    """Yield the records of a table as csv.reader takes them apart, with the place of each field.

    Raises:
        InputError: csv.reader would see other fields.
    """
    expected = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for number, record in enumerate(_fields(text, delimiter), start=1):
        if [field.value for field in record] != next(expected, None):
            raise InputError(f"{name}: row {number}: its quotes are too irregular to be kept as they are")
        yield record
    if next(expected, None) is not None:
        raise InputError(f"{name}: its quotes are too irregular to be kept as they are")


def _fields(text: str, delimiter: str) -> Iterator[list[_Field]]:
    mark = re.escape(delimiter)
    # A quoted field may never close, and csv takes what follows its closing quote as it stands.
    field = re.compile(rf'(?:"(?P<quoted>[^"]*(?:""[^"]*)*)(?:"|\Z))?(?P<bare>[^{mark}\r\n]*)(?P<end>{mark}|\r\n|\n|\r|\Z)')
    record: list[_Field] = []
    at = 0
    while (at < len(text) or record) and (match := field.match(text, at)):
        quoted = match["quoted"]
        value = (quoted or "").replace('""', '"') + match["bare"]
        record.append(_Field(at, match.end("bare"), value, None if quoted is None else match.end("quoted")))
        at = match.end()
        if match["end"] != delimiter:
            yield [] if len(record) == 1 and record[0].start == record[0].end else record
            record = []
