"""Measure a tagger on annotated documents: strict spans, characters leaked and over-redacted, negative documents.

The scorer is minshi's own Tagger, rules included, so the figures are those of the product. Strict means that start,
end and label are all right; seqeval computes the same figure from tags as a cross-check.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from seqeval.metrics import f1_score
from seqeval.scheme import IOB2

from minshi.decode import spans_to_tags
from minshi.labels import LabelSchema
from minshi.tagger import Tagger
from minshi.types import Document, Span


def prf(correct: int, found: int, gold: int) -> dict[str, float]:
    """Return precision, recall, F1 and F2, which weighs recall twice (van Rijsbergen 1979); 0 where a denominator is 0."""
    precision = correct / found if found else 0.0
    recall = correct / gold if gold else 0.0
    f1 = 2 * precision * recall / (precision + recall) if correct else 0.0
    f2 = 5 * precision * recall / (4 * precision + recall) if correct else 0.0
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4), "f2": round(f2, 4)}


def evaluate(tagger: Tagger, docs: Iterable[Document]) -> dict[str, Any]:
    """Return the metrics of `tagger` on gold documents, for the labels of its schema; shares are 0 to 1."""
    gold = list(docs)
    bare = (Document(doc.id, doc.text) for doc in gold)
    found = [of_schema(doc.spans, tagger.schema) for doc in tagger.tag_many(bare)]
    return measure(list(zip(gold, found, strict=True)), tagger.schema)


def measure(judged: Sequence[tuple[Document, list[Span]]], schema: LabelSchema) -> dict[str, Any]:
    """Return the metrics of what was found, rules aside, in each gold document."""
    gold, found = [doc for doc, _ in judged], [spans for _, spans in judged]
    pairs = [(set(doc.spans), set(spans)) for doc, spans in judged]
    counts = {"correct": _by_label(g & f for g, f in pairs), "found": _by_label(f for _, f in pairs)}
    counts["gold"] = _by_label(g for g, _ in pairs)
    labels = {
        label: {**prf(*(counts[kind][label] for kind in ("correct", "found", "gold"))), "gold": counts["gold"][label]}
        for label in schema.labels
    }
    totals = [sum(counts[kind].values()) for kind in ("correct", "found", "gold")]
    return {
        "documents": len(gold),
        "micro": prf(*totals),
        "macro_f1": round(sum(row["f1"] for row in labels.values()) / len(labels), 4),
        "labels": labels,
        "seqeval_micro_f1": round(_seqeval_f1(gold, found, schema), 4),
        **_characters(gold, found),
        **_documents(gold, found),
    }


def of_schema(spans: Iterable[Span], schema: LabelSchema) -> list[Span]:
    """Leave out what the rules found: gold holds the model's labels only."""
    return [span for span in spans if span.label in schema.labels]


def _by_label(sets: Iterable[set[Span]]) -> Counter[str]:
    return Counter(span.label for spans in sets for span in spans)


def positions(spans: Iterable[Span]) -> set[int]:
    """Return the places of all characters of the spans."""
    return {position for span in spans for position in range(span.start, span.end)}


def _characters(gold: Sequence[Document], found: Sequence[list[Span]]) -> dict[str, float]:
    """Any-label cover: what share of sensitive characters is found, and of the others is covered all the same."""
    sensitive = hit = covered = total = 0
    for doc, spans in zip(gold, found, strict=True):
        wanted, got = positions(doc.spans), positions(spans)
        sensitive += len(wanted)
        covered += len(got)
        hit += len(wanted & got)
        total += len(doc.text)
    return {
        "character_recall": round(hit / sensitive, 4) if sensitive else 0.0,
        "character_precision": round(hit / covered, 4) if covered else 0.0,
        "over_redaction": round((covered - hit) / (total - sensitive), 4) if total > sensitive else 0.0,
    }


def _documents(gold: Sequence[Document], found: Sequence[list[Span]]) -> dict[str, float]:
    positives = [(doc, spans) for doc, spans in zip(gold, found, strict=True) if doc.spans]
    negatives = [spans for doc, spans in zip(gold, found, strict=True) if not doc.spans]
    leaking = sum(1 for doc, spans in positives if positions(doc.spans) - positions(spans))
    leaks = [bool(positions([span]) - positions(spans)) for doc, spans in positives for span in doc.spans]
    flagged = sum(1 for spans in negatives if spans)
    return {
        "leaking_spans": round(sum(leaks) / len(leaks), 4) if leaks else 0.0,
        "leaking_documents": round(leaking / len(positives), 4) if positives else 0.0,
        "negative_documents": len(negatives),
        "negative_documents_flagged": round(flagged / len(negatives), 4) if negatives else 0.0,
    }


def _seqeval_f1(gold: Sequence[Document], found: Sequence[list[Span]], schema: LabelSchema) -> float:
    def names(doc: Document, spans: Iterable[Span]) -> list[str]:
        return [schema.tags[tag] for tag in spans_to_tags(spans, len(doc.text), schema)]

    expected = [names(doc, doc.spans) for doc in gold]
    predicted = [names(doc, spans) for doc, spans in zip(gold, found, strict=True)]
    return float(f1_score(expected, predicted, mode="strict", scheme=IOB2, zero_division=0))
