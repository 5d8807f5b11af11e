"""Annotated JSON Lines in and out, and Documents as training windows. Windows and tags are minshi's own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from torch import Tensor

from minshi.decode import spans_to_tags
from minshi.errors import InputError
from minshi.labels import LabelSchema
from minshi.types import Document, Span
from minshi.window import code_points, segment
from minshi.writers import atomic_file
from minshi_train.model import IGNORED


def read_annotated(path: Path) -> Iterator[Document]:
    """Yield the documents of one annotated JSON Lines file.

    Raises:
        InputError: naming file and line, where a line is no JSON, lacks a field, or has spans that overlap, are
            empty or lie outside the text.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as err:
        raise InputError(f"{path}: cannot be read ({err})") from err
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            spans = tuple(sorted(Span(s["start"], s["end"], s["label"], by="gold") for s in record["spans"]))
            if not isinstance(record["text"], str):
                raise TypeError("text is not a string")
            doc = Document(str(record["id"]), record["text"], spans, meta=dict(record.get("meta", {})))
        except (AttributeError, ValueError, KeyError, TypeError) as err:
            raise InputError(f"{path}:{number}: not an annotated document ({type(err).__name__}: {err})") from None
        last_end = 0
        for span in spans:
            if not last_end <= span.start < span.end <= len(doc.text):
                raise InputError(f"{path}:{number}: span [{span.start}, {span.end}) is empty, overlaps or leaves the text")
            last_end = span.end
        yield doc


def write_annotated(path: Path, docs: Iterable[Document]) -> None:
    """Write documents, one after the other, in the format that `read_annotated` reads; the file appears when whole."""
    with atomic_file(path) as file:
        for doc in docs:
            spans = [{"start": span.start, "end": span.end, "label": span.label} for span in doc.spans]
            record = {"id": doc.id, "text": doc.text, "spans": spans, "meta": dict(doc.meta)}
            file.write((json.dumps(record, ensure_ascii=False) + "\n").encode())


def windows(docs: Iterable[Document], schema: LabelSchema, *, size: int, context: int) -> Dataset:
    """Return one row a window, cut exactly as the runtime cuts.

    `code_points` and gold `tags` are int [T]; `open_tags`, bool [K], are those that may hide where the gold tag is O,
    because the document (meta key "complete") does not annotate their label.
    """
    rows: list[dict[str, Any]] = []
    for doc in docs:
        complete = doc.meta.get("complete", schema.labels)
        open_tags = [tag != "O" and tag[2:] not in complete for tag in schema.tags]
        for window in segment(doc.text, size=size, context=context):
            points = code_points(doc.text[window.start : window.end])
            tags = spans_to_tags(doc.spans, len(points), schema, offset=window.start)
            row = {"code_points": points.tolist(), "tags": tags.tolist(), "open_tags": open_tags, "length": len(points)}
            rows.append(row)
    return Dataset.from_list(rows)


def collate(rows: list[dict[str, Any]]) -> dict[str, Tensor]:
    """Pad a batch of windows to its longest: code points with 0, tags with IGNORED."""
    longest = max(len(row["code_points"]) for row in rows)
    points = torch.zeros(len(rows), longest, dtype=torch.int32)
    tags = torch.full((len(rows), longest), IGNORED, dtype=torch.long)
    for index, row in enumerate(rows):
        points[index, : len(row["code_points"])] = torch.tensor(row["code_points"], dtype=torch.int32)
        tags[index, : len(row["tags"])] = torch.tensor(row["tags"])
    return {"code_points": points, "tags": tags, "open_tags": torch.tensor([row["open_tags"] for row in rows])}
