"""Sheets of xlsx and xlsm that are too long to be held, cut into workbooks of some of their rows each.

calamine reads those as it reads any workbook, so that numbers, dates and strings come out the same; only the strings that cells
share are held whole. A sheet is cut behind the end of a row, as bytes.
"""

from __future__ import annotations

import io
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, BinaryIO

from minshi.errors import InputError
from minshi.readers.ooxml import RELATIONS, WORKBOOK, parse_part, sheet_entries

LONG_BYTES = 64 << 20  # of a sheet's XML: calamine takes some four times that
PART_BYTES = 16 << 20
_BLOCK = 1 << 20
_LONGEST_TAG = 64
_MAX_TAIL = 16 << 20  # of what follows the rows: merged cells, above all
_DATA = re.compile(rb"<(?:[\w.-]{1,40}:)?sheetData\s*>")
_DATA_END = re.compile(rb"</(?:[\w.-]{1,40}:)?sheetData\s*>")
_ROW_END = re.compile(rb"</(?:[\w.-]{1,40}:)?row\s*>|<(?:[\w.-]{1,40}:)?row(?:\s[^<>]{0,1000})?/>")
_NUMBERED = re.compile(rb"\s*<(?:[\w.-]{1,40}:)?row\s[^<>]{0,1000}?\br\s*=")
_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)


def long_sheets(file: BinaryIO, name: str) -> dict[str, str]:
    """Return the entry of each sheet of over LONG_BYTES that can be cut, by the sheet's title.

    A workbook that is not as Excel writes them has none: what reads it whole says what is wrong with it.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            long = {info.filename.casefold(): info.filename for info in archive.infolist() if info.file_size > LONG_BYTES}
            if not long:
                return {}
            entries = sheet_entries(parse_part(archive, WORKBOOK, name), parse_part(archive, RELATIONS, name))
            found = {title: long[entry.casefold()] for title, entry in entries.items() if entry.casefold() in long}
            return {title: entry for title, entry in found.items() if _can_be_cut(archive, entry)}
    except (InputError, *_ERRORS):
        return {}


def parts(file: BinaryIO, entry: str) -> Iterator[BinaryIO]:
    """Yield workbooks that hold some rows each of the sheet `entry`, under their numbers, and no other sheet.

    Raises:
        InputError: the file is damaged or cut off, or a row has no number to be known by; its rows before that are yielded first.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            rest = _without_sheets(archive)
            end, tail = _tail(archive, entry)
            with archive.open(entry) as sheet:
                head, rows = _head(sheet)
                tail = tail or _closing(head)
                left = (archive.getinfo(entry).file_size if end is None else end) - len(head) - len(rows)  # not read yet
                rows, left = (rows, left) if left >= 0 else (rows[:left], 0)
                while left or rows.strip():
                    cut = 0
                    while left and not (len(rows) >= PART_BYTES and (cut := _last_row_end(rows))):
                        block = sheet.read(min(_BLOCK, left))
                        rows, left = rows + block, left - len(block) if block else 0
                    cut = cut or (len(rows) if end is not None else _last_row_end(rows))
                    if not _NUMBERED.match(rows) or not cut:
                        raise InputError("a row without a number, or cut off")
                    yield _workbook(rest, entry, head + rows[:cut] + tail)
                    rows = rows[cut:]
                if end is None:
                    raise InputError("cut off")
    except _ERRORS as err:
        raise InputError(f"damaged ({type(err).__name__})") from None


def workbook_of(archive: zipfile.ZipFile, entry: str, sheet: bytes) -> BinaryIO:
    """Return a workbook of one sheet, whose XML takes the place of its own."""
    return _workbook(_without_sheets(archive), entry, sheet)


def _can_be_cut(archive: zipfile.ZipFile, entry: str) -> bool:
    """Tell whether rows begin near the beginning and have numbers."""
    with archive.open(entry) as sheet:
        head, rows = _head(sheet)
    return bool(head) and _NUMBERED.match(rows) is not None


def _head(sheet: IO[bytes]) -> tuple[bytes, bytes]:
    """Return what stands before the rows, and the bytes of rows that were read with it."""
    block = sheet.read(_BLOCK)
    data = _DATA.search(block)
    return (block[: data.end()], block[data.end() :]) if data else (b"", block)


def _tail(archive: zipfile.ZipFile, entry: str) -> tuple[int | None, bytes]:
    """Return where the rows end, None if the sheet was cut off, and what stands behind them, nothing if that is far too much."""
    at, end, tail, last = 0, None, b"", b""
    with archive.open(entry) as sheet:
        while block := sheet.read(_BLOCK):
            seen = last + block
            if ends := list(_DATA_END.finditer(seen)):
                end, tail = at - len(last) + ends[-1].start(), seen[ends[-1].start() :]
            elif end is not None and len(tail) <= _MAX_TAIL:
                tail += block
            at, last = at + len(block), seen[-_LONGEST_TAG:]
    return end, tail if len(tail) <= _MAX_TAIL else b""


def _closing(head: bytes) -> bytes:
    """Return the end of a sheet that has nothing behind its rows."""
    prefix = re.sub(rb"<|sheetData.*", b"", head[head.rindex(b"<") :])
    return b"</" + prefix + b"sheetData></" + prefix + b"worksheet>"


def _last_row_end(rows: bytes) -> int:
    """Return where the last whole row ends, 0 where there is none."""
    for start in (max(0, len(rows) - _BLOCK), 0):
        if ends := list(_ROW_END.finditer(rows, start)):
            return ends[-1].end()
    return 0


def _without_sheets(archive: zipfile.ZipFile) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
        for info in archive.infolist():
            if info.filename.endswith((".xml", ".rels")) and "/worksheets/" not in info.filename:
                with archive.open(info) as source, copy.open(info.filename, "w") as target:
                    shutil.copyfileobj(source, target, _BLOCK)
    return stream.getvalue()


def _workbook(rest: bytes, entry: str, sheet: bytes) -> BinaryIO:
    stream = io.BytesIO()
    stream.write(rest)
    with zipfile.ZipFile(stream, "a") as whole:
        whole.writestr(entry, sheet)
    stream.seek(0)
    return stream
