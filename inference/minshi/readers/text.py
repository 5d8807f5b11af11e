"""A plain text file is one document; a very long one, and one with tables, comes as several."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from minshi.errors import InputError
from minshi.readers.encoding import text_chunks
from minshi.readers.escapes import has_coded_words, with_codes_told
from minshi.readers.fragments import has_numbered_letters
from minshi.readers.text_tables import Part, text_documents
from minshi.types import Document

PART_CHARS = 200_000
_BREAKS = ("\n", "\r", "。！？；", "，、")  # a part ends behind a line, else behind a sentence, else behind a clause
_LONGEST_RUN = 64  # of digits and letters that no part ends within
_XML = "<?xml"
_RUN = re.compile(r"[0-9A-Za-z \-]+\Z")


def read_text(file: BinaryIO, name: str) -> Iterator[Document | InputError]:
    """Yield the file as one document, or in parts of up to PART_CHARS characters, which end behind a line or a sentence.

    The place of a part is `char=N`: it begins at code point N of the file's text. So is that of a cell of a table. Of XML,
    whose tags are read with it, an InputError says at last if letters or digits in it are written as numbers, since nothing is
    found in those; another, of any text, if its last character is cut, or if it has Chinese written as codes, as scripts have.

    Raises:
        InputError: the bytes are no text.
    """
    yield from with_codes_told(plain_documents(file, name), name, is_coded=has_coded_words)


def plain_documents(file: BinaryIO, name: str) -> Iterator[Document | InputError]:
    """Yield what `read_text` does but for the error of codes, for whoever looks at those beside it."""
    is_xml, has_numbers = name.lower().endswith(".xml"), False
    errors: list[InputError] = []
    for doc in text_documents(_parts(file, name, errors), name):
        is_xml = is_xml or doc.text.startswith(_XML)
        has_numbers = has_numbers or (is_xml and has_numbered_letters(doc.text))
        yield doc
    if has_numbers:
        yield InputError(
            f"{name}: letters that its XML writes as numbers (&#...;) are not read; save it as text, xlsx or docx first"
        )
    yield from errors


def _parts(file: BinaryIO, name: str, errors: list[InputError]) -> Iterator[Part]:
    offset = 0
    buffer = ""
    for chunk in text_chunks(file, name, errors):
        buffer += chunk
        while len(buffer) > PART_CHARS:
            end = _end(buffer)
            yield Part(buffer[:end], offset, is_last=False)
            offset, buffer = offset + end, buffer[end:]
    if buffer:
        yield Part(buffer, offset, is_last=True)


def _end(text: str) -> int:
    """Return where the first part of a text ends: nothing that may be found should be cut in two."""
    for marks in _BREAKS:
        if end := max(text.rfind(mark, 0, PART_CHARS) for mark in marks) + 1:
            return end
    tail = text[PART_CHARS - _LONGEST_RUN : PART_CHARS]
    run = _RUN.search(tail)
    return PART_CHARS - (len(tail) - run.start() if run and run.start() else 0)
