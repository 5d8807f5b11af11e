"""A plain text file is one document."""

from __future__ import annotations

from collections.abc import Iterator

from minshi.readers.encoding import decode_text
from minshi.types import Document


def read_text(data: bytes, name: str) -> Iterator[Document]:
    """Yield the file as one document; raises InputError where the bytes are no text."""
    yield Document(name, decode_text(data, name))
