"""Annotated JSON Lines, the format of all our data: {"id", "text", "spans": [{"start", "end", "label"}], "meta"} a line.

Offsets are Unicode code points, end exclusive.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from minshi.errors import InputError, did_you_mean
from minshi.types import Document, Span
from minshi_train.jsonfile import write_json_lines


def read_annotated(path: Path) -> Iterator[Document]:
    """Yield the documents of one file.

    Raises:
        InputError: naming file and line, where a line is no JSON, lacks a field, or has spans that overlap, are
            empty or lie outside the text.
    """
    for number, line in numbered_lines(path):
        try:
            yield parse_annotated(line)
        except ValueError as err:
            raise InputError(f"{path}:{number}: {err}") from None


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield every line that is not blank with its number, from 1; raises InputError where the file is no UTF-8 text."""
    try:
        content = path.read_bytes()
        lines = content.decode("utf-8-sig").split("\n")
    except OSError as err:
        raise InputError(f"{path}: cannot be read ({err.strerror})") from err
    except UnicodeDecodeError as err:
        number = content.count(b"\n", 0, err.start) + 1
        raise InputError(f"{path}:{number}: not UTF-8 (byte 0x{content[err.start]:02x}); save the file as UTF-8") from None
    yield from ((number, line) for number, line in enumerate(lines, start=1) if line.strip())


def parse_annotated(line: str) -> Document:
    """Return the document of one line; raises ValueError with the reason."""
    try:
        record = json.loads(line)
        spans = tuple(sorted(_span(span) for span in record["spans"]))
        if not isinstance(record["text"], str):
            raise TypeError("text is not a string")
        doc = Document(str(record["id"]), record["text"], spans, meta=dict(record.get("meta", {})))
    except (AttributeError, ValueError, KeyError, TypeError) as err:
        raise ValueError(f"not an annotated document ({type(err).__name__}: {err})") from None
    check_spans(doc)
    return doc


def _span(fields: Mapping[str, Any]) -> Span:
    start, end, label = fields["start"], fields["end"], fields["label"]
    if type(start) is not int or type(end) is not int:  # isinstance would let true pass as 1
        raise TypeError("start and end of a span must be whole numbers")
    if not isinstance(label, str):
        raise TypeError("the label of a span is not a string")
    return Span(start, end, label, by="gold")


def check_spans(doc: Document) -> None:
    """Raise ValueError where a span is empty, overlaps the one before or leaves the text."""
    last_end = 0
    for span in doc.spans:
        if not last_end <= span.start < span.end <= len(doc.text):
            raise ValueError(f"span [{span.start}, {span.end}) is empty, overlaps or leaves the text")
        last_end = span.end


def check_known_labels(path: Path, doc: Document, known: Collection[str]) -> None:
    """Raise InputError where a document of the file `path` has a label that is not in the schema."""
    if unknown := {span.label for span in doc.spans}.difference(known):
        label = min(unknown)
        schema = f"not in the schema that `labels` names ({', '.join(known)}){did_you_mean(label, known)}"
        raise InputError(f"{path}: document {doc.id}: label {label!r} is {schema}")


def write_annotated(path: Path, docs: Iterable[Document]) -> None:
    """Write documents, one after the other, in the format that `read_annotated` reads; the file appears when whole."""
    write_json_lines(path, map(record_of, docs))


def record_of(doc: Document) -> dict[str, Any]:
    """Return the document as it stands on a line."""
    spans = [{"start": span.start, "end": span.end, "label": span.label} for span in doc.spans]
    return {"id": doc.id, "text": doc.text, "spans": spans, "meta": dict(doc.meta)}
