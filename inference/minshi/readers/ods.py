"""Notes and text boxes of OpenDocument spreadsheets, which stand among the cells; calamine reads the cells alone."""

from __future__ import annotations

import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import IO

from lxml import etree

from minshi.readers.prose import Paragraph

CONTENT = "content.xml"
_OPEN_DOCUMENT = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_TABLE, _TEXT, _DRAW = (_OPEN_DOCUMENT % name for name in ("table", "text", "drawing"))
_KINDS = {f"{_OPEN_DOCUMENT % 'office'}annotation": "note", f"{_DRAW}text-box": "box", f"{_DRAW}custom-shape": "box"}
_MARKS = tuple(tag.rpartition("}")[2].encode() for tag in _KINDS)
_PARAGRAPH = f"{_TEXT}p"
_CHARACTERS = {f"{_TEXT}s": " ", f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n"}
_BLOCK = 1 << 20
_LONGEST_MARK = max(map(len, _MARKS))
_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError, etree.XMLSyntaxError)


def notes(archive: zipfile.ZipFile) -> Iterator[Paragraph]:
    """Yield them in order, places `sheet=名单;note=1`, `sheet=名单;box=1`; of a damaged file, as its cells say, not all."""
    try:
        with archive.open(CONTENT) as file:
            is_marked = _is_marked(file)
        if is_marked:  # few are, and to parse a million rows takes a while
            with archive.open(CONTENT) as file:
                yield from _found(file)
    except _ERRORS:
        return


def _is_marked(file: IO[bytes]) -> bool:
    held = b""
    while block := file.read(_BLOCK):
        held = held[-_LONGEST_MARK:] + block
        if any(mark in held for mark in _MARKS):
            return True
    return False


def _found(file: IO[bytes]) -> Iterator[Paragraph]:
    target = _Target()
    parser = etree.XMLParser(target=target, resolve_entities=False, no_network=True, load_dtd=False)
    while block := file.read(_BLOCK):
        parser.feed(block)
        yield from target.found
        target.found.clear()


class _Target:
    """What a parser tells of its events: it holds the note that is open alone, never the tree of a million rows.

    A box inside another, or inside a note, is a part of that.
    """

    def __init__(self) -> None:
        self.found = list[Paragraph]()
        self._counts, self._title = Counter[str](), ""
        self._open, self._texts = list[str](), list[str]()  # tags of notes and boxes; the text of the outermost
        self._paragraphs = 0  # that are open

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == f"{_TABLE}table":
            self._title = attributes.get(f"{_TABLE}name", self._title)
        elif tag in _KINDS:
            self._open.append(tag)
        elif self._open and tag == _PARAGRAPH:
            self._paragraphs += 1
            if self._texts:
                self._texts.append("\n")
        elif self._paragraphs and tag in _CHARACTERS:
            self._texts.append(_CHARACTERS[tag])

    def data(self, text: str) -> None:
        if self._paragraphs:
            self._texts.append(text)

    def end(self, tag: str) -> None:
        if self._open and tag == _PARAGRAPH:
            self._paragraphs -= 1
        elif tag in _KINDS:
            kind = f"sheet={self._title};{_KINDS[self._open.pop()]}"
            if not self._open:
                self._counts[kind] += 1
                self.found.append(Paragraph("".join(self._texts), f"{kind}={self._counts[kind]}"))
                self._texts.clear()

    def close(self) -> None:
        """Do nothing: what was found is taken as it comes."""
