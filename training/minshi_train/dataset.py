"""Documents as training windows. Windows and tags are minshi's own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from datasets import Dataset
from torch import Tensor

from minshi.decode import spans_to_tags
from minshi.labels import LabelSchema
from minshi.types import Document
from minshi.window import code_points, segment
from minshi_train.model import IGNORED


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
