"""Measure a tagger on annotated documents: strict spans, characters leaked and over-redacted, negative documents.

The scorer is minshi's own Tagger, rules included, so the figures are those of the product. Strict means that start,
end and label are all right; seqeval computes the same figure from tags as a cross-check.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2

from minshi.decode import spans_to_tags
from minshi.labels import LabelSchema
from minshi.tagger import Tagger
from minshi.types import Document, Span

Judged: TypeAlias = tuple[Document, list[Span]]
Counts: TypeAlias = NDArray[np.int64]  # [documents, columns]; of a share, numerator and denominator
Floats: TypeAlias = NDArray[np.float64]

FIGURES = ("precision", "recall", "f1", "f2")
_COVER = (
    "character_recall",
    "character_precision",
    "leaking_characters",
    "leaking_spans",
    "leaking_documents",
    "over_redaction",
    "negative_documents_flagged",
)


def prf(correct: int, found: int, gold: int) -> dict[str, float]:
    """Return precision, recall, F1 and F2; 0 where a denominator is 0."""
    return f_scores(correct / found if found else 0.0, correct / gold if gold else 0.0)


def f_scores(precision: float, recall: float) -> dict[str, float]:
    """Return both with F1 and F2, which weighs recall twice (van Rijsbergen 1979)."""
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    f2 = 5 * precision * recall / (4 * precision + recall) if precision + recall else 0.0
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4), "f2": round(f2, 4)}


def evaluate(tagger: Tagger, docs: Iterable[Document]) -> dict[str, Any]:
    """Return the metrics of `tagger` on gold documents, for the labels of its schema; shares are 0 to 1."""
    return measure(judge(tagger, docs), tagger.schema)


def judge(tagger: Tagger, docs: Iterable[Document]) -> list[Judged]:
    """Tag documents and put what was found, rules aside, beside their gold spans."""
    gold: list[Document] = []

    def bare() -> Iterator[Document]:
        for doc in docs:  # as they are asked for, so that a bar around them tells how far the tagging is
            gold.append(doc)
            yield Document(doc.id, doc.text)

    found = [of_schema(doc.spans, tagger.schema) for doc in tagger.tag_many(bare())]
    return list(zip(gold, found, strict=True))


def measure(judged: Sequence[Judged], schema: LabelSchema) -> dict[str, Any]:
    """Return the metrics of what was found, rules aside, in each gold document."""
    gold, found = [doc for doc, _ in judged], [spans for _, spans in judged]
    counts = {label: count_spans(judged, label).sum(0).tolist() for label in (None, *schema.labels)}
    labels = {label: {**prf(*counts[label]), "gold": counts[label][2]} for label in schema.labels}
    covered = {name: round(float(share(both.sum(0))), 4) for name, both in cover(judged).items()}
    return {
        "documents": len(gold),
        "micro": prf(*counts[None]),
        "macro": {key: round(sum(row[key] for row in labels.values()) / len(labels), 4) for key in FIGURES},
        "labels": labels,
        "seqeval_micro_f1": round(_seqeval_f1(gold, found, schema), 4),
        **{name: covered[name] for name in ("character_recall", "character_precision", "over_redaction")},
        **{name: covered[name] for name in ("leaking_characters", "leaking_spans", "leaking_documents")},
        "negative_documents": sum(not doc.spans for doc in gold),
        "negative_documents_flagged": covered["negative_documents_flagged"],
    }


def of_schema(spans: Iterable[Span], schema: LabelSchema) -> list[Span]:
    """Leave out what the rules found: gold holds the model's labels only."""
    return [span for span in spans if span.label in schema.labels]


def count_spans(judged: Sequence[Judged], label: str | None) -> Counts:
    """Return how many spans of a label, of any for None, are right, found and gold in each document: [documents, 3]."""
    return np.array([_counts(doc, found, label) for doc, found in judged], dtype=np.int64).reshape(-1, 3)


def _counts(doc: Document, found: Iterable[Span], label: str | None) -> tuple[int, int, int]:
    gold = {span for span in doc.spans if label in (None, span.label)}
    got = {span for span in found if label in (None, span.label)}
    return len(gold & got), len(got), len(gold)


def positions(spans: Iterable[Span]) -> set[int]:
    """Return the places of all characters of the spans."""
    return {position for span in spans for position in range(span.start, span.end)}


def cover(judged: Sequence[Judged]) -> dict[str, Counts]:
    """Return the counts, [documents, 2], of the shares that tell what is covered, whatever the label."""
    rows = [_cover_of(doc, found) for doc, found in judged]
    return {name: np.array([row[at] for row in rows], dtype=np.int64).reshape(-1, 2) for at, name in enumerate(_COVER)}


def _cover_of(doc: Document, found: Sequence[Span]) -> tuple[tuple[int, int], ...]:
    """Return numerator and denominator of each share of _COVER."""
    gold, got = positions(doc.spans), positions(found)
    has_gold = bool(doc.spans)
    return (
        (len(gold & got), len(gold)),
        (len(gold & got), len(got)),
        (len(gold - got), len(gold)),
        (sum(not positions([span]) <= got for span in doc.spans), len(doc.spans)),
        (bool(gold - got), has_gold),
        (len(got - gold), len(doc.text) - len(gold)),
        (not has_gold and bool(found), not has_gold),
    )


def share(counts: Counts | Floats) -> Floats:
    """Return numerator / denominator along the last axis; 0 where the denominator is 0."""
    above, below = counts[..., 0].astype(np.float64), counts[..., 1].astype(np.float64)
    shares: Floats = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
    return shares


def _seqeval_f1(gold: Sequence[Document], found: Sequence[list[Span]], schema: LabelSchema) -> float:
    def names(doc: Document, spans: Iterable[Span]) -> list[str]:
        return [schema.tags[tag] for tag in spans_to_tags(spans, len(doc.text), schema)]

    expected = [names(doc, doc.spans) for doc in gold]
    predicted = [names(doc, spans) for doc, spans in zip(gold, found, strict=True)]
    return float(f1_score(expected, predicted, mode="strict", scheme=IOB2, zero_division=0))
