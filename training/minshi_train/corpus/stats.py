"""What a set of documents holds, in numbers."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable
from typing import Any

from minshi.types import Document


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
