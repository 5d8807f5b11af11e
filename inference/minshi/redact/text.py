"""Plain text and Markdown: edits at offsets of the file's text; encoding, byte order mark and line ends stay.

Chinese in escapes, as a name in the address of a link, is no text to its reader, and looked at beside it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from itertools import chain

from minshi.readers.encoding import decode_text, encoding_of
from minshi.readers.prose import Paragraph
from minshi.readers.text import read_text
from minshi.redact.escapes import Placed, escaped_like, placed, runs
from minshi.redact.source import Edit, Patch, Patches, Source, beside_documents, edited, encoded

_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
_ESCAPES = "escapes="  # begins the place of such a run: its start and end in the file's text


def open_text(data: bytes, name: str) -> Source:
    """Open a text file; raises InputError where the bytes are no text."""
    encoding, start = encoding_of(io.BytesIO(data), name)

    def rewrite(patches: Patches) -> bytes:
        text = decode_text(data, name)
        edits: list[Edit] = []
        for edit in sorted(_edits(text, patches), key=lambda edit: (edit.start, edit.end)):
            if not edits or edits[-1].end <= edit.start:  # what overlaps is found again in the next pass
                edits.append(edit)
        return data[:start] + encoded(edited(text, edits), encoding, name)

    beside = beside_documents(_escapes(decode_text(data, name)), name)
    return Source(chain(read_text(io.BytesIO(data), name), beside), rewrite)


def _edits(text: str, patches: Patches) -> Iterator[Edit]:
    for place, patch in patches.items():
        if place.startswith(_ESCAPES):
            start, end = map(int, place.removeprefix(_ESCAPES).split("-"))
            yield from _escaped_edits(text, start, end, patch)
        else:
            offset = _offset(place)
            yield from (Edit(offset + edit.start, offset + edit.end, edit.text) for edit in patch.edits)


def _escapes(text: str) -> Iterator[Paragraph]:
    for start, end in runs(text):
        read = "".join(char for char, *_ in placed(text[start:end]))
        if _HAN.search(read):
            yield Paragraph(read, f"{_ESCAPES}{start}-{end}")


def _escaped_edits(text: str, start: int, end: int, patch: Patch) -> Iterator[Edit]:
    chars: list[Placed] = list(placed(text[start:end]))
    for edit in patch.edits:
        first, last = start + chars[edit.start][1], start + chars[edit.end - 1][2]
        yield Edit(first, last, escaped_like(text[first:last], edit.text))


def _offset(place: str) -> int:
    """A part says at which character it begins; a file in one piece has no place."""
    return int(place.removeprefix("char=") or 0)
