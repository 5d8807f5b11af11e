"""A plain text file is one document; a very long one comes as several."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from minshi.readers.encoding import text_chunks
from minshi.types import Anchor, Document

PART_CHARS = 200_000
_BREAKS = ("\n", "\r", "。！？；", "，、")  # a part ends behind a line, else behind a sentence, else behind a clause
_LONGEST_RUN = 64  # of digits and letters that no part ends within
_RUN = re.compile(r"[0-9A-Za-z \-]+\Z")


def read_text(file: BinaryIO, name: str) -> Iterator[Document]:
    """Yield the file as one document, or in parts of up to PART_CHARS characters, which end behind a line or a sentence.

    The place of a part is `char=N`: it begins at code point N of the file's text. Raises InputError where the bytes are no text.
    """
    offset = 0
    buffer = ""
    for chunk in text_chunks(file, name):
        buffer += chunk
        while len(buffer) > PART_CHARS:
            end = _end(buffer)
            yield _part(name, offset, buffer[:end])
            offset, buffer = offset + end, buffer[end:]
    if not offset:
        yield Document(name, buffer)
    elif buffer:
        yield _part(name, offset, buffer)


def _end(text: str) -> int:
    """Return where the first part of a text ends: nothing that may be found should be cut in two."""
    for marks in _BREAKS:
        if end := max(text.rfind(mark, 0, PART_CHARS) for mark in marks) + 1:
            return end
    tail = text[PART_CHARS - _LONGEST_RUN : PART_CHARS]
    run = _RUN.search(tail)
    return PART_CHARS - (len(tail) - run.start() if run and run.start() else 0)


def _part(name: str, offset: int, text: str) -> Document:
    place = f"char={offset}"
    return Document(f"{name}#{place}", text, anchors=(Anchor(0, len(text), place),))
