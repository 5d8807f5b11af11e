"""Plain text and Markdown: edits at offsets of the file's text; encoding, byte order mark and line ends stay.

Chinese in escapes, as a name in the address of a link, is no text to its reader, and looked at beside it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from itertools import chain

from minshi.readers.encoding import decode_text, encoding_of
from minshi.readers.escapes import has_coded_words
from minshi.readers.prose import Paragraph
from minshi.readers.text import plain_documents
from minshi.redact.escapes import HAN, escaped_edits, runs, unescaped
from minshi.redact.source import Edit, Patches, Source, beside_documents, edited, encoded

_HAN = re.compile(f"[{HAN}]")
_ESCAPES = "escapes="  # begins the place of such a run: its start and end in the file's text

_CODES = "what letters written as codes (\\uXXXX) say with the text around them; only each run of them by itself"


def open_text(data: bytes, name: str) -> Source:
    """Open a text file; raises InputError where the bytes are no text."""
    encoding, start = encoding_of(io.BytesIO(data), name)
    text = decode_text(data, name)

    def rewrite(patches: Patches) -> bytes:
        edits: list[Edit] = []
        for edit in sorted(_edits(text, patches), key=lambda edit: (edit.start, edit.end)):
            if not edits or edits[-1].end <= edit.start:  # what overlaps is found again in the next pass
                edits.append(edit)
        return data[:start] + encoded(edited(text, edits), encoding, name)

    beside = beside_documents(_escapes(text), name)
    docs = chain(plain_documents(io.BytesIO(data), name), beside)
    return Source(docs, rewrite, overlooked=(_CODES,) if has_coded_words(text) else (), encoding=encoding)


def _edits(text: str, patches: Patches) -> Iterator[Edit]:
    for place, patch in patches.items():
        if place.startswith(_ESCAPES):
            start, end = map(int, place.removeprefix(_ESCAPES).split("-"))
            yield from _moved(escaped_edits(text[start:end], patch.edits), start)
        else:
            yield from _moved(patch.edits, _offset(place))


def _escapes(text: str) -> Iterator[Paragraph]:
    for start, end in runs(text):
        read = unescaped(text[start:end])
        if _HAN.search(read):
            yield Paragraph(read, f"{_ESCAPES}{start}-{end}")


def _moved(edits: Iterable[Edit], by: int) -> Iterator[Edit]:
    return (Edit(edit.start + by, edit.end + by, edit.text) for edit in edits)


def _offset(place: str) -> int:
    """A part says at which character it begins; a file in one piece has no place."""
    return int(place.removeprefix("char=") or 0)
