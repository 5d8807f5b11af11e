"""Formulas of xlsx without a stored result, as openpyxl, POI and EasyExcel write them: Excel shows one, a reader finds none."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import IO, BinaryIO

from minshi.errors import InputError
from minshi.readers.ooxml import DAMAGED, sheets_by_title

# A cell that says it has text is of a program that computed it, and found none.
_UNSTORED = re.compile(
    rb'<@c(?:\s(?![^<>]*\bt="str")[^<>]*)?>\s*<@f(?:\s[^<>]*)?(?:/>|>[^<]*</@f>)\s*(?:<@v\s*/>|<@v>\s*</@v>)?\s*</@c>'.replace(
        b"@", rb"(?:[\w.-]{1,40}:)?"
    )
)
_BLOCK, _LONGEST = 1 << 20, 64 << 10  # bytes; a formula has 8,192 characters at most


def unstored_formulas(file: BinaryIO, name: str) -> Iterator[InputError]:
    """Yield an error that says how many formulas of a workbook nobody has computed yet; none where there are none."""
    try:
        with zipfile.ZipFile(file) as archive:
            count = sum(_count(archive, entry) for entry in sheets_by_title(archive, name).values())
    except DAMAGED:  # what reads its cells says so
        return
    if count:
        reason = f"formulas without a stored result ({count:,}), whose value is not read; open it in Excel or WPS and save it"
        yield InputError(f"{name}: {reason}")


def _count(archive: zipfile.ZipFile, entry: str) -> int:
    with archive.open(entry) as sheet:
        return sum(1 for _ in _found(sheet))


def _found(sheet: IO[bytes]) -> Iterator[re.Match[bytes]]:
    held = b""
    while block := sheet.read(_BLOCK):
        seen, end = held + block, 0
        if b"f>" in seen or b"<f " in seen:  # most sheets have no formula
            for match in _UNSTORED.finditer(seen):
                end = match.end()
                yield match
        held = seen[max(end, len(seen) - _LONGEST) :]
