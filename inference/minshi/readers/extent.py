"""How far a sheet of xlsx reaches, from its XML: calamine holds all cells between the corners, empty ones too.

So a single blank far off, which nobody sees, would take gigabytes. Blank cells are emptied first where that is what it is.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection, Iterable, Iterator
from typing import IO, Any, BinaryIO

from lxml import etree

from minshi.errors import InputError
from minshi.readers.long_sheets import workbook_of
from minshi.readers.ooxml import DAMAGED, RELATIONS, parse_part, shared_strings

MAX_CELLS = 20_000_000  # of a sheet; calamine takes some 600 MiB for so many
_MAX_PARSED = 16 << 20  # bytes of a sheet's XML whose blank cells are emptied: its tree takes many times as much
_REFERENCE = re.compile(rb' r="([A-Z]{1,3})(\d+)"')  # of a cell, as all programs write it
_BLOCK, _LONGEST = 1 << 20, 32
_ERRORS = (InputError, etree.XMLSyntaxError, *DAMAGED)


class FarError(InputError):
    """A sheet reaches over more than MAX_CELLS."""


def far_error(name: str, title: str) -> FarError:
    """Return the error of a sheet that reaches too far."""
    return FarError(f"{name}: sheet {title} reaches over more than {MAX_CELLS:,} cells; remove what stands far off")


def near(file: BinaryIO, entry: str, title: str, name: str) -> BinaryIO:
    """Return the workbook, or one of this sheet alone without its blank cells where with them it reaches too far.

    A damaged sheet is returned as it is: what reads it says so.

    Raises:
        FarError: it does without them too.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            if not _may_reach_far(archive, entry):
                return file
            if reaches_far(archive, entry):
                raise far_error(name, title)
            return _without_blanks(archive, entry) if _is_parsed(archive, entry) else file
    except FarError:
        raise
    except _ERRORS:
        return file


def reaches_far(archive: zipfile.ZipFile, entry: str) -> bool:
    """Tell whether a sheet reaches over more than MAX_CELLS between its cells that are not blank; not where it is damaged."""
    try:
        if not _may_reach_far(archive, entry):
            return False
        blank = _blank_strings(archive, entry)
        rows, columns = set[int](), set[int]()
        with archive.open(entry) as sheet:
            for row, column, cell in placed(_elements(sheet, "row")):
                if not _is_blank(cell, blank):
                    rows.add(row)
                    columns.add(column)
    except _ERRORS:
        return False
    return _area(rows, columns) > MAX_CELLS


def placed(rows: Iterable[Any]) -> Iterator[tuple[int, int, Any]]:
    """Yield (row, column, cell), counted from 1; a cell that does not say where it stands comes after the one before it."""
    row_number = 0
    for row in rows:
        row_number = int(row.get("r", row_number + 1))
        column = 0
        for cell in row:
            letters = cell.get("r", "").rstrip("0123456789")
            column = column_number(letters) if letters else column + 1
            yield row_number, column, cell


def column_number(letters: str) -> int:
    """Return the number of a column, counted from 1.

    >>> column_number("A"), column_number("AA")
    (1, 27)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _may_reach_far(archive: zipfile.ZipFile, entry: str) -> bool:
    """Tell whether a sheet reaches too far with its empty cells: to look into each of a million takes a while."""
    columns, rows, held = set[bytes](), set[int](), b""
    with archive.open(entry) as sheet:
        while block := sheet.read(_BLOCK):
            found = _REFERENCE.findall(held + block)
            columns.update(letters for letters, _ in found)
            rows.update(int(row) for _, row in (*found[:1], *found[-1:]))
            held = block[-_LONGEST:]
    return _area(rows, {column_number(letters.decode("ascii")) for letters in columns}) > MAX_CELLS


def _area(rows: Collection[int], columns: Collection[int]) -> int:
    return (max(rows) - min(rows) + 1) * (max(columns) - min(columns) + 1) if rows else 0


def _elements(file: IO[bytes], local: str) -> Iterator[Any]:
    """Yield elements one after the other; each is gone when the next one comes, so that not all are held."""
    for _, element in etree.iterparse(file, tag=f"{{*}}{local}", resolve_entities=False, no_network=True, load_dtd=False):
        yield element
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def _is_parsed(archive: zipfile.ZipFile, entry: str) -> bool:
    return archive.getinfo(entry).file_size <= _MAX_PARSED


def _blank_strings(archive: zipfile.ZipFile, entry: str) -> Collection[str] | None:
    """Return the numbers of shared strings that show nothing; None for a sheet whose blank cells cannot be emptied."""
    if not _is_parsed(archive, entry):
        return None
    shared = shared_strings(parse_part(archive, RELATIONS, ""))
    if shared not in archive.NameToInfo:
        return ()
    with archive.open(shared) as strings:
        texts = map(_text, _elements(strings, "si"))
        return frozenset(str(number) for number, text in enumerate(texts) if not text)


def _is_blank(cell: Any, blank: Collection[str] | None) -> bool:
    if blank is None:
        return not len(cell)
    text = _text(cell)
    return not text or (cell.get("t") == "s" and text in blank)


def _text(element: Any) -> str:
    return "".join(text.text or "" for text in element.iter("{*}v", "{*}t")).strip()


def _without_blanks(archive: zipfile.ZipFile, entry: str) -> BinaryIO:
    root, blank = parse_part(archive, entry, ""), _blank_strings(archive, entry)
    for _, _, cell in placed(root.iter("{*}row")):
        if _is_blank(cell, blank):
            cell[:] = ()
            cell.attrib.pop("t", None)
    return workbook_of(archive, entry, etree.tostring(root))
