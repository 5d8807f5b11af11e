"""Public corpora as `{"text", "ents": [[start, end, label]]}` a line, plain or .xz; offsets are code points, end exclusive."""

from __future__ import annotations

import json
import lzma
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from minshi.errors import InputError
from minshi.types import Document, Span


def read_ents(path: Path, name: str, labels: Collection[str] | None = None) -> Iterator[Document]:
    """Yield the documents of a file, `name`-<line> where they have no id, without entities that begin inside another.

    Args:
        labels: leave out entities with any other label, all are kept by default.

    Raises:
        InputError: naming file and line, where a line is not of the format.
    """
    for number, line in enumerate(text_lines(path), start=1):
        try:
            record = json.loads(line)
            text = str(record["text"])
            spans = [Span(start, end, str(label), by="gold") for start, end, label in record["ents"]]
            spans = [span for span in spans if labels is None or span.label in labels]
            if any(not 0 <= span.start < span.end <= len(text) for span in spans):
                raise ValueError("an entity is empty or leaves the text")
        except (ValueError, KeyError, TypeError) as err:
            raise InputError(f"{path}:{number}: not {{text, ents}} ({type(err).__name__}: {err})") from None
        identity = str(record.get("id", f"{name}-{number}"))
        yield Document(identity, text, tuple(_outermost(spans)), meta=dict(record.get("meta", {})))


def text_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a text file that may be packed with xz; raises InputError where it cannot be read."""
    try:
        with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8") as file:
            yield from file
    except (EOFError, OSError, lzma.LZMAError, UnicodeDecodeError) as err:
        raise InputError(f"{path}: cannot be read ({type(err).__name__})") from err


def _outermost(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield spans in order without those that begin inside an earlier one: ours never nest."""
    last_end = 0
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if span.start >= last_end:
            yield span
            last_end = span.end
