"""Web pages: edits in text, attribute values and comments; every other byte of the markup stays.

The reader's parser tells no places, so the page is read a second time with a mark before every piece of text, which says
where that piece stands. Both readings must agree, or the page is refused.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeAlias

from minshi.errors import InputError, NoTextError
from minshi.readers.charset import page_markup
from minshi.readers.encoding import BYTE_ORDER_MARKS
from minshi.readers.html import Page, read_html, read_page, table_rows
from minshi.readers.page_line import MARKS
from minshi.readers.prose import Paragraph, prose_documents
from minshi.readers.tables import Cell, Row, table_documents
from minshi.redact.escapes import HAN, escaped_like, placed, unescaped
from minshi.redact.markup import Piece, characters, pieces
from minshi.redact.source import Edit, Patches, Source, beside_documents, edited
from minshi.types import Document

_Chars: TypeAlias = list[tuple[str, int, int, int]]  # character, its piece, start and end in the markup; piece -1 is a space
_SPACES = frozenset(" \t\r\n\f")
_MARKS, _EACH = 0xF0000, 65_000  # two private code points, n // 65,000 and n % 65,000, are the mark of piece n
_LOW_MARKS = 0x100000
_PRIVATE = re.compile(f"[{MARKS}]")
_VALUE = r"\d{5}|\d{3}[ -]\d{4}|(?:19|20)\d\d[-/.]\d\d?[-/.]\d|@"
_TELLING = re.compile(rf"[^\x00-\x7f]|{_VALUE}")
_TELLING_ESCAPES = re.compile(rf"[{HAN}]|{_VALUE}")  # scripts have escapes of much else
_MAX_CHARS = 5_000_000  # of a page's text: the place of each is held, which takes about 200 bytes


def open_html(data: bytes, name: str) -> Source:
    """Open a page; raises InputError where it is none, or too broken to tell the places of its text."""
    markup, encoding = page_markup(data, name)
    start = next((len(mark) for mark in BYTE_ORDER_MARKS if data.startswith(mark)), 0)
    if encoding.startswith(("utf-16", "utf-32")):
        markup = markup.removeprefix("\ufeff")
    if _PRIVATE.search(markup):
        raise InputError(f"{name}: holds private characters that redacting needs for itself")
    parts = list(pieces(markup))
    if sum(piece.end - piece.start for piece in parts if piece.is_text) > _MAX_CHARS:
        raise InputError(f"{name}: a page of over {_MAX_CHARS:,} characters; cut it into smaller ones")
    known = [characters(markup, piece) if piece.is_text else [] for piece in parts]
    places: dict[str, _Chars] = {}
    reading = _Reading(parts, known, name)
    docs: list[Document | InputError] = list(reading.documents(_marked(markup, parts, known), places))
    as_read = _as_read(data, name)
    if [_content(item) for item in docs] != [_content(item) for item in as_read if isinstance(item, Document)]:
        raise InputError(f"{name}: its markup is too broken for findings to be replaced in it")
    docs += [item for item in as_read if isinstance(item, InputError)]
    docs += beside_documents(_beside(known, reading.seen, places), name)

    def rewrite(patches: Patches) -> bytes:
        changed = [(places[place], edit) for place, patch in patches.items() for edit in patch.edits]
        readings = _readings(parts, markup, reading.seen, _pieces_of(changed))
        edits = [Edit(parts[number].start, parts[number].end, "") for number in readings]
        edits += [splice for chars, edit in changed for splice in _splices(chars, edit, parts, markup, readings)]
        return data[:start] + edited(markup, sorted(edits, key=lambda edit: edit.start)).encode(encoding, "xmlcharrefreplace")

    return Source(docs, rewrite, tuple(_overlooked(markup, parts)), encoding=encoding)


def _overlooked(markup: str, parts: Sequence[Piece]) -> Iterator[str]:
    if scripts := sum(piece.kind == "code" and _is_telling(markup, piece) for piece in parts):
        yield f"scripts and style sheets ({scripts})"
    if data := sum(piece.kind == "data" for piece in parts):
        yield f"pictures and other data inside the page ({data})"


def _as_read(data: bytes, name: str) -> list[Document | InputError]:
    try:
        return list(read_html(io.BytesIO(data), name))
    except NoTextError as err:
        return [err]


def _content(item: Document | InputError) -> object:
    return (item.text, item.anchors) if isinstance(item, Document) else item


def _is_space(char: str) -> bool:
    return char in _SPACES


def _marked(markup: str, parts: Sequence[Piece], known: Sequence[list[tuple[str, int, int]]]) -> str:
    """Put its mark before the first letter of each piece of text; white space goes unmarked, as parsers drop it in tables."""
    edits = []
    for number, (piece, chars) in enumerate(zip(parts, known, strict=True)):
        first = next((start for char, start, _ in chars if not _is_space(char)), None)
        if piece.kind in ("text", "value") and first is not None:
            edits.append(Edit(first, first, chr(_MARKS + number // _EACH) + chr(_LOW_MARKS + number % _EACH)))
    return edited(markup, edits)


class _Reading:
    """Reads marked text; `seen` are the pieces that a reader of the page sees."""

    def __init__(self, parts: Sequence[Piece], known: Sequence[list[tuple[str, int, int]]], name: str) -> None:
        self._parts, self._known, self._name = parts, known, name
        self.seen: set[int] = set()

    def documents(self, marked: str, places: dict[str, _Chars]) -> Iterator[Document]:
        """Yield what read_html would of the page without marks; `places` gets the characters at every place."""
        page = read_page(marked)
        yield from prose_documents(self._paragraphs(page, places), self._name)
        for number, table in enumerate(page.tables, start=1):
            rows = (self._row(row, places) for row in table_rows(table, number, page.known))
            yield from table_documents(rows, f"{self._name}#table={number}")

    def _paragraphs(self, page: Page, places: dict[str, _Chars]) -> Iterator[Paragraph]:
        number = 0
        for text in page.paragraphs:
            if chars := self._unmarked(text):
                number += 1
                places[f"p={number}"] = chars
                yield Paragraph(_text(chars), f"p={number}")

    def _row(self, row: Row, places: dict[str, _Chars]) -> Row:
        cells = []
        for cell in row:
            chars: _Chars = []
            for line in filter(None, map(self._unmarked, cell.text.split("\n"))):
                chars += [("\n", -1, -1, -1), *line] if chars else line
            if chars:  # a hostile page has a thousand million cells without
                places[cell.place] = chars
            cells.append(Cell(_text(chars), cell.place, cell.columns))
        return cells

    def _unmarked(self, text: str) -> _Chars:
        """Return a line without marks and with white space closed up, each character with its place in the markup."""
        found: _Chars = []
        number, at, high = -1, 0, 0
        for char in text:
            code = ord(char)
            if code >= _LOW_MARKS:
                number, at = high + code - _LOW_MARKS, 0
                self.seen.add(number)
            elif code >= _MARKS:
                high = (code - _MARKS) * _EACH
            elif _is_space(char):
                if found and found[-1][0] != " ":
                    found.append((" ", -1, -1, -1))
            else:
                at = self._find(char, number, at)
                _, start, end = self._known[number][at - 1]
                found.append((char, number, start, end))
        return _trimmed(found)

    def _find(self, char: str, number: int, at: int) -> int:
        """Return the index after the next character of a piece, which must be `char`."""
        chars = self._known[number] if 0 <= number < len(self._known) else []
        while at < len(chars) and _is_space(chars[at][0]):
            at += 1
        if at == len(chars) or chars[at][0] != char:
            raise InputError(f"{self._name}: its markup is too broken for findings to be replaced in it")
        return at + 1


def _trimmed(chars: _Chars) -> _Chars:
    """Return a line without the blanks at its ends, U+3000 that indents a paragraph among them, as the reader strips it."""
    text = _text(chars)
    return chars[len(text) - len(text.lstrip()) : len(text.rstrip())]


def _text(chars: _Chars) -> str:
    return "".join(char for char, *_ in chars)


def _beside(known: Sequence[list[tuple[str, int, int]]], seen: set[int], places: dict[str, _Chars]) -> Iterator[Paragraph]:
    """Yield the text that a reader of the page does not see: hidden text, attribute values, comments; escapes in it are read."""
    for number, chars in enumerate(known):
        if number in seen:
            continue
        text = "".join(char for char, *_ in chars)
        if "%" in text or "\\" in text:
            chars = [(char, chars[start][1], chars[end - 1][2]) for char, start, end in placed(text)]
            text = "".join(char for char, *_ in chars)
        if _TELLING.search(text):
            places[f"piece={number}"] = [(char, number, start, end) for char, start, end in chars]
            yield Paragraph(text, f"piece={number}")


def _is_telling(markup: str, piece: Piece) -> bool:
    """Tell code that may hold a finding, also one written in escapes of any kind."""
    code = markup[piece.start : piece.end]
    return _TELLING.search(code) is not None or _TELLING_ESCAPES.search(unescaped(html.unescape(code))) is not None


def _is_escape(markup: str, start: int, end: int) -> bool:
    return end - start > 1 and markup[start] in "%\\"


def _pieces_of(changed: Iterable[tuple[_Chars, Edit]]) -> set[int]:
    return {number for chars, edit in changed for _, number, *_ in chars[edit.start : edit.end] if number >= 0}


def _readings(parts: Sequence[Piece], markup: str, seen: Collection[int], changed: Collection[int]) -> set[int]:
    """Return the pieces that say how characters are read which change: in Latin letters nobody would find the name."""
    rubies = {parts[number].ruby for number in changed if number in seen} - {0}
    beside = (number for number, piece in enumerate(parts) if piece.ruby in rubies and number not in seen)
    return {number for number in beside if not markup[parts[number].start : parts[number].end].isspace()}


def _splices(chars: _Chars, edit: Edit, parts: Sequence[Piece], markup: str, gone: Collection[int]) -> Iterator[Edit]:
    """Yield edits of the markup: the replacement goes into the first piece, the others lose their share.

    Pieces that are `gone` have none.
    """
    text = edit.text
    inside = (each for each in chars[edit.start : edit.end] if each[1] >= 0 and each[1] not in gone)
    for number, group in groupby(inside, key=lambda each: each[1]):
        ranges = list(group)
        written = escaped_like("".join(markup[at:end] for _, _, at, end in ranges if _is_escape(markup, at, end)), text)
        if parts[number].is_escaped:
            written = html.escape(written, quote=parts[number].kind in ("attribute", "value"))
        yield Edit(ranges[0][2], ranges[-1][3], written)
        text = ""
