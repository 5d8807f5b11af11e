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

    `code_points` and gold `tags` are int [T]; `answers`, bool [K, K], says for each gold tag which tags are as good an
    answer, because the document does not annotate their labels or does not cut their spans as we do.
    """
    rows: list[dict[str, Any]] = []
    for doc in docs:
        answers = good_answers(schema, doc.meta.get("complete", schema.labels), doc.meta.get("loose", ()))
        for window in segment(doc.text, size=size, context=context):
            points = code_points(doc.text[window.start : window.end])
            tags = spans_to_tags(doc.spans, len(points), schema, offset=window.start)
            row = {"code_points": points.tolist(), "tags": tags.tolist(), "answers": answers, "length": len(points)}
            rows.append(row)
    return Dataset.from_list(rows)


def good_answers(schema: LabelSchema, complete: Iterable[str], loose: Iterable[str]) -> list[list[bool]]:
    """Return bool [K, K]: row g holds the tags that are right where the gold tag is g.

    Where gold is O, any tag of a label that is not annotated everywhere (`complete`) may hide; the tags of a `loose` label
    stand for each other. Otherwise gold alone is right.
    """
    sure, vague = set(complete), set(loose)

    def good(gold: str, tag: str) -> bool:
        if gold == "O":
            return tag == "O" or tag[2:] not in sure
        return tag == gold or (tag[2:] == gold[2:] and gold[2:] in vague)

    return [[good(gold, tag) for tag in schema.tags] for gold in schema.tags]


def collate(rows: list[dict[str, Any]]) -> dict[str, Tensor]:
    """Pad a batch of windows to its longest: code points with 0, tags with IGNORED."""
    longest = max(len(row["code_points"]) for row in rows)
    points = torch.zeros(len(rows), longest, dtype=torch.int32)
    tags = torch.full((len(rows), longest), IGNORED, dtype=torch.long)
    for index, row in enumerate(rows):
        points[index, : len(row["code_points"])] = torch.tensor(row["code_points"], dtype=torch.int32)
        tags[index, : len(row["tags"])] = torch.tensor(row["tags"])
    return {"code_points": points, "tags": tags, "answers": torch.tensor([row["answers"] for row in rows])}
