"""Plain text and Markdown: edits at offsets of the file's text; encoding, byte order mark and line ends stay."""

from __future__ import annotations

import io

from minshi.readers.encoding import decode_text, encoding_of
from minshi.readers.text import read_text
from minshi.redact.source import Edit, Patches, Source, edited, encoded


def open_text(data: bytes, name: str) -> Source:
    """Open a text file; raises InputError where the bytes are no text."""
    encoding, start = encoding_of(io.BytesIO(data), name)

    def rewrite(patches: Patches) -> bytes:
        edits = [
            Edit(offset + edit.start, offset + edit.end, edit.text)
            for offset, patch in sorted((_offset(place), patch) for place, patch in patches.items())
            for edit in patch.edits
        ]
        return data[:start] + encoded(edited(decode_text(data, name), edits), encoding, name)

    return Source(read_text(io.BytesIO(data), name), rewrite)


def _offset(place: str) -> int:
    """A part says at which character it begins; a file in one piece has no place."""
    return int(place.removeprefix("char=") or 0)
