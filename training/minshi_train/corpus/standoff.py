"""Annotation that stands apart from its text: `{"id", "sha256", "ents": [[start, end, label]]}` a line, with the text's hash.

So a project can ship what it says of texts that it may train on but not ship. Offsets are code points, end exclusive.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from minshi.errors import InputError
from minshi.types import Document, Span
from minshi_train.corpus.annotated import check_spans, numbered_lines
from minshi_train.corpus.plain import read_texts
from minshi_train.jsonfile import write_json_lines


def read_standoff(annotation: Path, texts: Path) -> Iterator[Document]:
    """Yield the annotated documents whose text is a line of `texts` (of .jsonl, the "text" of a line; .xz too), in its order.

    Raises:
        InputError: naming file and line, where a record is not of the format or does not fit its text.
    """
    records = dict(_records(annotation))
    for line in read_texts(texts):
        text = line.strip()
        if found := records.pop(text_hash(text), None):
            number, record = found
            try:
                spans = (Span(start, end, str(label), by="gold") for start, end, label in record["ents"])
                doc = Document(str(record["id"]), text, tuple(sorted(spans)))
                check_spans(doc)
            except (KeyError, TypeError, ValueError) as err:
                raise InputError(f"{annotation}:{number}: does not fit its text ({err})") from None
            yield doc


def write_standoff(path: Path, docs: Iterable[Document]) -> None:
    """Write the annotation of documents without their text."""
    write_json_lines(
        path,
        [
            {"id": doc.id, "sha256": text_hash(doc.text), "ents": [[span.start, span.end, span.label] for span in doc.spans]}
            for doc in docs
        ],
    )


def text_hash(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def _records(path: Path) -> Iterator[tuple[str, tuple[int, dict[str, Any]]]]:
    for number, line in numbered_lines(path):
        try:
            record = json.loads(line)
            yield record["sha256"], (number, record)
        except (ValueError, KeyError, TypeError) as err:
            raise InputError(f"{path}:{number}: not {{id, sha256, ents}} ({type(err).__name__})") from None
