"""Text boxes of workbooks, which stand in parts of their own: calamine reads cells alone."""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from minshi.errors import InputError
from minshi.readers.ooxml import RELATIONS, WORKBOOK, parse_part, relation_target, sheet_entries
from minshi.readers.prose import Paragraph, prose_documents
from minshi.types import Document

_DRAWING = re.compile(r"xl/drawings/[^/]+\.xml", re.IGNORECASE)
_LINE_BREAK = "\n"


def box_documents(file: BinaryIO, name: str) -> Iterator[Document | InputError]:
    """Yield the text boxes of a zipped workbook, place `sheet=名单;box=1`, or `drawing=1;box=1` where none tells the sheet."""
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError):
        raise InputError(f"{name}: damaged Office file") from None
    with archive:
        for entry, part in drawings(archive, name):
            try:
                root = parse_part(archive, entry, name, may_be_strict=True)
            except InputError as err:
                yield err
                continue
            texts = (Paragraph("".join(text for _, text in runs(box)), place) for box, place in boxes(root, part))
            yield from prose_documents(texts, f"{name}#{part}")


def drawings(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[str, str]]:
    """Yield (entry, beginning of its places) of each drawing."""
    found = sorted(entry for entry in archive.namelist() if _DRAWING.fullmatch(entry))
    titles = _titles(archive, name) if found else {}
    for number, entry in enumerate(found, start=1):
        title = titles.get(entry)
        yield entry, f"drawing={number}" if title is None else f"sheet={title}"


def boxes(root: Any, part: str) -> Iterator[tuple[Any, str]]:
    """Yield the shapes of a drawing that may hold text, with their places."""
    number = 0
    for shape in root.iter("{*}sp"):
        is_fallback = next(shape.iterancestors("{*}Fallback"), None) is not None
        if not is_fallback and next(shape.iter("{*}t"), None) is not None:
            number += 1
            yield shape, f"{part};box={number}"


def runs(shape: Any) -> Iterator[tuple[Any, str]]:
    """Yield (element, its text) of a shape in order; what ends a line has no element."""
    for number, paragraph in enumerate(shape.iter("{*}p")):
        if number:
            yield None, _LINE_BREAK
        for element in paragraph.iter("{*}t", "{*}br"):
            yield (element, element.text or "") if element.tag.endswith("}t") else (None, _LINE_BREAK)


def _titles(archive: zipfile.ZipFile, name: str) -> dict[str, str]:
    """Return the title of the sheet that shows each drawing; of none where the workbook does not tell, as in xlsb."""
    titles = dict[str, str]()
    try:
        sheets = sheet_entries(parse_part(archive, WORKBOOK, name), parse_part(archive, RELATIONS, name))
        for title, entry in sheets.items():
            folder, sheet = posixpath.split(entry)
            relations = f"{folder}/_rels/{sheet}.rels"
            if relations in archive.NameToInfo:
                for relation in parse_part(archive, relations, name):
                    titles.setdefault(relation_target(relation, folder), title)
    except InputError:
        return titles
    return titles
