"""A plain text file is one document; a very long one comes as several."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from minshi.readers.encoding import text_chunks
from minshi.types import Anchor, Document

PART_CHARS = 200_000


def read_text(file: BinaryIO, name: str) -> Iterator[Document]:
    """Yield the file as one document, or in parts of up to PART_CHARS characters that end with a line where lines end.

    The place of a part is `char=N`: it begins at code point N of the file's text. Raises InputError where the bytes are no text.
    """
    offset = 0
    buffer = ""
    for chunk in text_chunks(file, name):
        buffer += chunk
        while len(buffer) > PART_CHARS:
            end = buffer.rfind("\n", 0, PART_CHARS) + 1 or PART_CHARS
            yield _part(name, offset, buffer[:end])
            offset, buffer = offset + end, buffer[end:]
    if not offset:
        yield Document(name, buffer)
    elif buffer:
        yield _part(name, offset, buffer)


def _part(name: str, offset: int, text: str) -> Document:
    place = f"char={offset}"
    return Document(f"{name}#{place}", text, anchors=(Anchor(0, len(text), place),))
