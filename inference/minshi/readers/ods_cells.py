"""Cells of OpenDocument spreadsheets that show text and say no type, as some programs write them: calamine passes them over.

They are read from a copy that calls them strings. What LibreOffice hides, the text of a number without a value, stays unread.
"""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from typing import IO, BinaryIO
from xml.parsers import expat

from minshi.readers.ods import CONTENT
from minshi.readers.ooxml import DAMAGED

_CELL = "table:table-cell"  # calamine knows names by these prefixes alone
_TYPE = "office:value-type"
_AS_STRING = f' {_TYPE}="string"'.encode("ascii")
_MAY_LACK_TYPE = re.compile(rb"<table:table-cell(?=[\s>])(?![^<>]*office:value-type)[^<>]*(?<!/)>")
_BLOCK = 4 << 20
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\r")
_BLANKED = bytes.maketrans(_CONTROLS, b" " * len(_CONTROLS))  # calamine reads them, expat does not


def with_types(file: BinaryIO) -> BinaryIO:
    """Return a workbook in which all cells that show text have a type; the file itself if it is one, or no OpenDocument."""
    try:
        with zipfile.ZipFile(file) as archive:
            if CONTENT not in archive.NameToInfo:
                return file
            with archive.open(CONTENT) as content:
                may_lack_types = _may_lack_types(content)
            return _typed(archive) if may_lack_types else file  # few do, and to parse a million rows takes a while
    except DAMAGED:  # what reads it next says so
        return file


def _may_lack_types(content: IO[bytes]) -> bool:
    """Tell whether an empty cell with a note, or one with text, has no type."""
    held = b""
    while block := content.read(_BLOCK):
        seen = held + block
        end = max(seen.rfind(b"<"), 0)
        if _MAY_LACK_TYPE.search(seen, 0, end):
            return True
        held = seen[end:]
    return False


def _typed(archive: zipfile.ZipFile) -> BinaryIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
        for entry in archive.NameToInfo:
            if entry == "mimetype" or (entry.endswith(".xml") and entry != CONTENT):
                copy.writestr(entry, archive.read(entry))
        with archive.open(CONTENT) as parsed, archive.open(CONTENT) as source, copy.open(CONTENT, "w") as target:
            at = 0
            for place in _places(parsed):
                target.write(source.read(place - at) + _AS_STRING)
                at = place
            shutil.copyfileobj(source, target, _BLOCK)
    stream.seek(0)
    return stream


def _places(content: IO[bytes]) -> Iterator[int]:
    """Yield where a type may be put in: behind the name in the tag of each cell that lacks one. Ends where the XML is damaged."""
    cells = _Cells()
    try:
        while block := content.read(_BLOCK):
            cells.parser.Parse(block.translate(_BLANKED))
            yield from cells.found
            cells.found.clear()
    except expat.ExpatError:
        yield from cells.found


class _Cells:
    """What a parser tells of its events. The text of notes, `office:`, and shapes, `draw:`, is none that the cell shows."""

    def __init__(self) -> None:
        self.found = list[int]()
        self._place: int | None = None  # in the cell that is open, if it has no type and no text so far
        self._open = list[str]()  # tags inside it
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.CharacterDataHandler = self._text
        self.parser.EndElementHandler = self._end

    def _refuse(self, *_: object) -> None:
        raise ValueError("a DTD")

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == _CELL:
            behind_name = self.parser.CurrentByteIndex + len(f"<{_CELL}")
            self._place = None if _TYPE in attributes else behind_name
            self._open.clear()
        elif self._place is not None:
            self._open.append(tag)

    def _text(self, text: str) -> None:
        if self._place is not None and self._open and self._open[0].startswith("text:") and text.strip():
            self.found.append(self._place)
            self._place = None

    def _end(self, tag: str) -> None:
        if tag == _CELL:
            self._place = None
        elif self._place is not None:
            self._open.pop()
