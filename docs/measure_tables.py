"""Measure what headers and column agreement are worth on the annotated tables that no model trains on.

    python docs/measure_tables.py [MODEL]        # prints the table of docs/tables.md

Every table is cut into cells, written as CSV and read by minshi's own reader; what is found is carried back to the text.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from minshi import Document, Span, Tagger
from minshi.columns import COLUMNS, NO_COLUMN
from minshi.errors import InputError
from minshi.readers import read_stream
from minshi_train.corpus.annotated import read_annotated
from minshi_train.corpus.build import split_of
from minshi_train.evaluate import measure, of_schema
from minshi_train.loading import load_config

_CONFIG = Path("configs/train/base.yaml")
_DELIMITERS = (r"\t", r"[|｜│]", r" [/·] ", r" {2,}|\u3000+", r" ")
_MIN_ROWS, _MIN_SHARE = 3, 0.6  # of the lines, with equally many cells
_PLACE = re.compile(r"row=(\d+);(?:col=(\d+))?")

Cell = tuple[int, int]  # start and end in the text of the document


@dataclass(frozen=True)
class Table:
    """An annotated document and its cells, row by row; gold that lies in no cell is left out."""

    doc: Document
    rows: list[list[Cell]]


def main() -> None:
    tagger = Tagger.load(sys.argv[1] if len(sys.argv) > 1 else None)
    config = load_config(_CONFIG).data
    docs = [doc for path in sorted(Path("data/annotated").glob("*.jsonl")) for doc in read_annotated(path)]
    docs = [doc for doc in docs if doc.meta.get("form") == "table" and split_of(doc, config) != "train"]
    tables = [table for doc in docs if (table := as_table(doc))]
    cells = sum(len(row) for table in tables for row in table.rows)
    print(f"{len(tables)} tables of {len(docs)}, {cells:,} cells, {sum(len(table.doc.spans) for table in tables)} gold spans")
    print("| read as | precision | recall | strict F1 | characters leaked |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, found_in in WAYS.items():
        figures = measure([(table.doc, of_schema(found_in(tagger, table), tagger.schema)) for table in tables], tagger.schema)
        micro, leaked = figures["micro"], 1 - figures["character_recall"]
        print(f"| {name} | {micro['precision']:.3f} | {micro['recall']:.3f} | {micro['f1']:.3f} | {leaked:.1%} |")


def as_table(doc: Document) -> Table | None:
    """Return a document as a table, or None where its lines do not fall into columns."""
    lines = [match.span() for match in re.finditer(r"[^\r\n]+", doc.text)]
    for delimiter in _DELIMITERS:
        rows = [_cells(doc.text, start, end, delimiter) for start, end in lines]
        widths = Counter(len(row) for row in rows if len(row) > 1)
        width, count = max(widths.items(), key=lambda item: item[1], default=(0, 0))
        if count >= _MIN_ROWS and count >= _MIN_SHARE * len(lines):
            rows = [row if len(row) > width // 2 else [_stripped(doc.text, *line)] for row, line in zip(rows, lines, strict=True)]
            inside = [span for span in doc.spans if any(a <= span.start and span.end <= b for row in rows for a, b in row)]
            return Table(replace(doc, spans=tuple(inside)), rows)
    return None


def _cells(text: str, start: int, end: int, delimiter: str) -> list[Cell]:
    start, end = _stripped(text, start, end)
    cells, at = [], start
    for match in re.compile(delimiter).finditer(text, start, end):
        cells.append(_stripped(text, at, match.start()))
        at = match.end()
    return [*cells, _stripped(text, at, end)]


def _stripped(text: str, start: int, end: int) -> Cell:
    cell = text[start:end]
    return start + len(cell) - len(cell.lstrip(" \u3000│┃|｜")), max(start, end - len(cell) + len(cell.rstrip(" \u3000│┃|｜")))


def text_as_it_is(tagger: Tagger, table: Table) -> list[Span]:
    return list(tagger.tag(table.doc.text).spans)


def cells_alone(tagger: Tagger, table: Table) -> list[Span]:
    return [
        replace(span, start=start + span.start, end=start + span.end)
        for row in table.rows
        for start, end in row
        for span in tagger.tag(table.doc.text[start:end]).spans
    ]


def rows_with_headers(tagger: Tagger, table: Table) -> list[Span]:
    docs = (replace(doc, meta={}) for doc in _read(table))
    return [span for doc, plain in zip(_read(table), docs, strict=True) for span in _carried(table, doc, tagger.tag(plain).spans)]


def rows_with_headers_and_agreement(tagger: Tagger, table: Table) -> list[Span]:
    return [span for doc in _read(table) for span in _carried(table, doc, tagger.tag(doc).spans)]


def _read(table: Table) -> Iterator[Document]:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([table.doc.text[start:end] for start, end in row] for row in table.rows)
    for item in read_stream(io.BytesIO(stream.getvalue().encode()), f"{table.doc.id}.csv"):
        if isinstance(item, InputError):
            raise item
        yield item


def _carried(table: Table, doc: Document, spans: tuple[Span, ...]) -> Iterator[Span]:
    """Carry spans of a reader's document back to the annotated text."""
    for span in spans:
        at, anchor = next((at, each) for at, each in enumerate(doc.anchors) if each.start <= span.start < each.end)
        place, column = _PLACE.match(anchor.place), doc.meta[COLUMNS][at]
        if place is None:
            raise ValueError(anchor.place)
        column = int(place[2]) - 1 if column == NO_COLUMN else column
        start = table.rows[int(place[1]) - 1][column][0] - anchor.start
        yield replace(span, start=start + span.start, end=start + span.end)


WAYS: dict[str, Callable[[Tagger, Table], list[Span]]] = {
    "text as it stands": text_as_it_is,
    "cells alone": cells_alone,
    "rows with headers": rows_with_headers,
    "rows with headers, columns agreeing": rows_with_headers_and_agreement,
}

if __name__ == "__main__":
    main()
