"""What a set of documents holds, in numbers."""

from __future__ import annotations

import statistics
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from minshi.types import Document

_LENGTHS = (0, 50, 100, 200, 300, 500, 1000, 2000)  # characters of a document, where a class begins
_SPAN_LENGTHS = (1, 2, 3, 4, 6, 9, 13, 19, 30)


def describe(docs: Iterable[Document]) -> dict[str, Any]:
    """Return counts of documents, characters, labels and their distinct values, genres, forms, and the spread of lengths."""
    docs = list(docs)
    lengths = sorted(len(doc.text) for doc in docs)
    values: dict[str, set[str]] = {}
    for doc in docs:
        for span in doc.spans:
            values.setdefault(span.label, set()).add(doc.text[span.start : span.end])
    return {
        "documents": len(docs),
        "characters": sum(lengths),
        "without_spans": sum(not doc.spans for doc in docs),
        "length_median": int(statistics.median(lengths)) if lengths else 0,
        "length_max": max(lengths, default=0),
        "genres": len({doc.meta.get("genre", "") for doc in docs}),
        "forms": dict(sorted(Counter(str(doc.meta.get("form", "")) for doc in docs).items())),
        "spans": dict(sorted(Counter(span.label for doc in docs for span in doc.spans).items())),
        "distinct_values": {label: len(found) for label, found in sorted(values.items())},
    }


def length_classes(docs: Iterable[Document]) -> dict[str, int]:
    """Count documents by length in characters."""
    return _classes(_LENGTHS, (len(doc.text) for doc in docs))


def span_length_classes(docs: Iterable[Document], label: str) -> dict[str, int]:
    """Count spans of a label by length in characters."""
    return _classes(_SPAN_LENGTHS, (span.end - span.start for doc in docs for span in doc.spans if span.label == label))


def genres(docs: Iterable[Document], most: int) -> dict[str, int]:
    """Return the commonest genres with their counts."""
    return dict(Counter(str(doc.meta.get("genre", "")) for doc in docs).most_common(most))


def _classes(edges: tuple[int, ...], sizes: Iterable[int]) -> dict[str, int]:
    counts = Counter(bisect_right(edges, size) - 1 for size in sizes)
    names = [f"{low}–{high - 1}" for low, high in pairwise(edges)] + [f"{edges[-1]}+"]
    return {name: counts[at] for at, name in enumerate(names)}
