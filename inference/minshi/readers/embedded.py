"""Documents that stand inside a Word document as files of their own (altChunk), whose text Word shows as if it were in the body.

Programs write them that put web pages into a letter. Word itself takes them into the body when it saves.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import BinaryIO

from minshi.errors import InputError, NoTextError
from minshi.readers import read_stream
from minshi.readers.ooxml import DAMAGED, related
from minshi.readers.sniff import sniff
from minshi.types import Anchor, Document

_CHUNK = "/aFChunk"  # ends the type of the relation
_MAX_BYTES = 64 << 20
_Read = Callable[[BinaryIO, str], Iterator[Document | InputError]]


def embedded_documents(
    archive: zipfile.ZipFile, entry: str, part: str, name: str, read_inner: _Read | None
) -> Iterator[Document | InputError]:
    """Yield the documents inside a part, places `embedded=1;p=3`, or an InputError for each that is no page, text or docx.

    Args:
        part: prefix of the part's own places.
        read_inner: reads a Word document that is inside; None in one that is inside another, of which nothing more is read, since
            a hostile one has no end.
    """
    try:
        targets = _targets(archive, entry, name)
    except InputError as err:  # the text of the part itself, and of those behind it, is none the worse for it
        yield err
        return
    for number, target in enumerate(targets, start=1):
        try:
            for item in _read(archive, target, f"{name}!{target}", read_inner):
                yield _placed(item, f"{part}embedded={number};") if isinstance(item, Document) else item
        except NoTextError:
            continue
        except (InputError, *DAMAGED):
            yield InputError(f"{name}: a document inside it (altChunk) is not read; open it in Word and save it anew")


def _targets(archive: zipfile.ZipFile, entry: str, name: str) -> list[str]:
    chunks = (target for kind, target in related(archive, entry, name) if kind.endswith(_CHUNK))
    return list(dict.fromkeys(chunks))  # a hostile document shows one of 64 MiB a million times


def _read(archive: zipfile.ZipFile, entry: str, name: str, read_inner: _Read | None) -> Iterator[Document | InputError]:
    with archive.open(entry) as packed:
        file = io.BytesIO(packed.read(_MAX_BYTES + 1))
    format = sniff(file, name)
    if read_inner is None or file.getbuffer().nbytes > _MAX_BYTES or format not in ("html", "text", "docx"):
        raise InputError(f"{name}: cannot be read")
    return read_inner(file, name) if format == "docx" else read_stream(file, name, format=format)


def _placed(doc: Document, prefix: str) -> Document:
    own = doc.anchors or (Anchor(0, len(doc.text), ""),)
    anchors = tuple(replace(anchor, place=(prefix + anchor.place).rstrip(";")) for anchor in own)
    return replace(doc, anchors=anchors)
