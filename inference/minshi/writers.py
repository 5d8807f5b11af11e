"""Tagged documents out: JSON Lines or CSV, to a stream or to a file that appears whole or not at all.

The text that a span covers is left out unless asked for: findings are personal data. Offsets count inside a span's place,
where its document has places: what else is in the document's text is not in the file.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from minshi.errors import InputError
from minshi.types import Document, Span

Writer = Callable[[Document], None]
_FORMULA = re.compile(r"'|[=+\-@＝＋－＠\t\r\n\0].", re.DOTALL)  # a sign alone, as the "-" of standard input, is none
_CSV_COLUMNS = ("id", "source", "place", "start", "end", "label", "score", "by", "model")
SOURCE = "source"  # key of Document.meta: the input that a document is from, where it is another than its id


def jsonl_writer(stream: BinaryIO, *, model: str, with_text: bool) -> Writer:
    """Return a function that writes one record a document, spans or not."""

    def write(doc: Document) -> None:
        spans = [_fields(doc, span, with_text) for span in doc.spans]
        record = {"id": doc.id, "source": source_of(doc), "spans": spans, "model": model}
        stream.write(encoded(json.dumps(record, ensure_ascii=False) + "\n"))

    return write


def csv_writer(stream: BinaryIO, *, model: str, with_text: bool) -> Writer:
    """Return a function that writes one row a span, after a header."""
    columns = (*_CSV_COLUMNS, "text") if with_text else _CSV_COLUMNS
    stream.write(csv_row(columns))

    def write(doc: Document) -> None:
        for span in doc.spans:
            about = {"id": doc.id, "source": source_of(doc), "place": "", "model": model}
            fields = {**about, **_fields(doc, span, with_text)}
            stream.write(csv_row([fields[column] for column in columns]))

    return write


WRITERS = {"jsonl": jsonl_writer, "csv": csv_writer}


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file beside `path` that takes its place when the block ends well, and vanishes otherwise.

    A device or pipe is written to as it is; a link stays a link.

    Raises:
        InputError: the file cannot be written, naming it and the reason.
    """
    target = Path(os.path.realpath(path))
    temporary = target.parent / f".{target.name}.{os.getpid()}.tmp"
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                yield file
            return
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except OSError as err:
        raise InputError(f"{path}: cannot be written ({err.strerror or type(err).__name__})") from err
    finally:
        with suppress(OSError):
            temporary.unlink()


def _fields(doc: Document, span: Span, with_text: bool) -> dict[str, Any]:
    place, start, end = doc.located(span)
    return {
        **({"place": place} if doc.anchors else {}),
        "start": start,
        "end": end,
        "label": span.label,
        "score": span.score,
        "by": span.by,
        **({"text": doc.text[span.start : span.end]} if with_text else {}),
    }


def source_of(doc: Document) -> str:
    """Return the name of the input that a document is from."""
    return str(doc.meta.get(SOURCE, doc.id))


def csv_row(values: Iterable[Any]) -> bytes:
    """Return a row of CSV in UTF-8 that a spreadsheet program takes for text and numbers, never for formulas.

    A string that could be one has an apostrophe before it, as OWASP advises, and so has one that begins with an apostrophe:
    whoever takes one off every string that has one gets back what was written.

    >>> csv_row(["=1+1.txt", -1, "'a", "-"]).decode()
    "'=1+1.txt,-1,''a,-\\n"
    """
    row = io.StringIO(newline="")
    csv.writer(row).writerow(map(_as_text, values))  # it quotes what it ends lines by: with "\n" alone, "\r" would begin a row
    return encoded(row.getvalue().removesuffix("\r\n") + "\n")


def _as_text(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def encoded(text: str) -> bytes:
    """Return UTF-8, with a lone surrogate as its JSON escape, since UTF-8 has no form for it."""
    return text.encode("utf-8", "backslashreplace")
