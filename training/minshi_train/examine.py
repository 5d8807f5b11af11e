"""Everything that a report tells of a tagger on annotated documents: relaxed figures, intervals, slices, calibration, errors.

The plain figures are `evaluate.py`'s. A "judged" document is a gold document with the spans that the tagger found in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from minshi.tagger import Tagger
from minshi.types import Document, Span
from minshi_train.evaluate import Counts, Floats, Judged, count_spans, cover, f_scores, judge, measure, prf, share

_RESAMPLES = 2000
_INTERVAL = (2.5, 97.5)  # percentiles
_BINS = 10
_LENGTHS = ((0, 100, "under 100 characters"), (100, 300, "100–299"), (300, 1000, "300–999"), (1000, 10**9, "1,000 and more"))
_CONTEXT = 18  # characters around an error
_MIN_SLICE = 5  # documents that make a genre a slice of its own


def examine(tagger: Tagger, docs: Iterable[Document]) -> dict[str, Any]:
    """Return the metrics of `evaluate` and, beside them, everything else that a report tells.

    "confidence" has the 95 % intervals of the metrics under their own keys; "intervals" those of F1 alone.
    """
    judged, labels = judge(tagger, docs), tagger.schema.labels
    covered = cover(judged)
    ranges = confidence(judged, labels, covered)
    return {
        **measure(judged, tagger.schema),
        "leaking_characters": round(float(share(covered["leaking_characters"].sum(0))), 4),
        "relaxed": relaxed(judged),
        "relaxed_labels": {label: relaxed(_only(judged, label))["overlap"] for label in labels},
        "intervals": {name: row["f1"] for name, row in {"micro": ranges["micro"], **ranges["labels"]}.items()},
        "confidence": ranges,
        "slices": slices(judged),
        "calibration": calibration(judged),
        "curves": {label: curve(judged, label) for label in labels},
        "errors": list(errors(judged)),
    }


def relaxed(judged: Sequence[Judged]) -> dict[str, dict[str, float]]:
    """Return the figures of `prf` where less must be right: "boundaries" whatever the label, "overlap" with the same label.

    A found span counts towards precision and a gold one towards recall when it has a partner of that kind (the "exact" and
    "type" schemes of SemEval-2013 task 9).
    """
    matches: dict[str, Callable[[Span, Span], bool]] = {
        "boundaries": lambda one, other: (one.start, one.end) == (other.start, other.end),
        "overlap": lambda one, other: one.label == other.label and _overlap(one, other),
    }
    return {name: _partnered(judged, match) for name, match in matches.items()}


def _partnered(judged: Sequence[Judged], match: Callable[[Span, Span], bool]) -> dict[str, float]:
    right = sum(any(match(span, gold) for gold in doc.spans) for doc, found in judged for span in found)
    caught = sum(any(match(span, gold) for span in found) for doc, found in judged for gold in doc.spans)
    precision = right / max(1, sum(len(found) for _, found in judged))
    recall = caught / max(1, sum(len(doc.spans) for doc, _ in judged))
    return f_scores(precision, recall)


def _only(judged: Iterable[Judged], label: str) -> list[Judged]:
    """Leave out the spans of all other labels."""

    def of_label(spans: Iterable[Span]) -> list[Span]:
        return [span for span in spans if span.label == label]

    return [(replace(doc, spans=tuple(of_label(doc.spans))), of_label(found)) for doc, found in judged]


def confidence(judged: Sequence[Judged], labels: Iterable[str], covered: Mapping[str, Counts]) -> dict[str, Any]:
    """Return 95 % intervals: of strict figures ("micro", by "labels", "macro_f1") and of the shares that `cover` counted."""
    draws = resample(len(judged))
    rows = {label: _strict(draws @ count_spans(judged, label)) for label in labels}
    return {
        "micro": _ranges(_strict(draws @ count_spans(judged, None))),
        "labels": {label: _ranges(row) for label, row in rows.items()},
        **_ranges({"macro_f1": np.mean([row["f1"] for row in rows.values()], axis=0)}),
        **_ranges({name: share(draws @ counts) for name, counts in covered.items()}),
    }


def resample(documents: int) -> Counts:
    """Return how often each resample draws each document, [resamples, documents]: bootstrap (Efron 1979)."""
    return np.random.default_rng(0).multinomial(documents, np.full(documents, 1 / documents), size=_RESAMPLES)


def interval(resampled: Floats) -> tuple[float, float]:
    """Return the 95 % percentile interval of a figure."""
    low, high = np.percentile(resampled, _INTERVAL)
    return float(low), float(high)


def _strict(counts: Counts) -> dict[str, Floats]:
    """Return the figures of `prf` for each row of (right, found, gold)."""
    right, found, gold = counts[:, 0], counts[:, 1], counts[:, 2]
    pairs = {"precision": (right, found), "recall": (right, gold)}
    pairs |= {"f1": (2 * right, found + gold), "f2": (5 * right, found + 4 * gold)}
    return {name: share(np.stack(pair, axis=-1)) for name, pair in pairs.items()}


def _ranges(resampled: Mapping[str, Floats]) -> dict[str, tuple[float, float]]:
    edges = {name: interval(values) for name, values in resampled.items()}
    return {name: (round(low, 4), round(high, 4)) for name, (low, high) in edges.items()}


def slices(judged: Sequence[Judged]) -> dict[str, dict[str, dict[str, float]]]:
    """Return strict figures by form, length and genre (those with a few documents), and the recall of names by kind."""
    out: dict[str, dict[str, dict[str, float]]] = {}
    for dimension, groups in group([doc for doc, _ in judged]).items():
        least = _MIN_SLICE if dimension == "genre" else 1
        members = {name: [judged[place] for place in places] for name, places in groups.items() if len(places) >= least}
        out[dimension] = {name: _slice(some) for name, some in members.items()}
    names = {kind: counts.sum(0) for kind, counts in count_names(judged).items()}
    out["name"] = {kind: {"gold": int(both[1]), "recall": round(float(share(both)), 4)} for kind, both in names.items()}
    return out


def group(docs: Iterable[Document]) -> dict[str, dict[str, list[int]]]:
    """Return the places of the documents of each form (prose, table …), length and genre."""
    dimensions: dict[str, Callable[[Document], str]] = {
        "form": lambda doc: str(doc.meta.get("form", "")),
        "length": lambda doc: next(name for low, high, name in _LENGTHS if low <= len(doc.text) < high),
        "genre": lambda doc: str(doc.meta.get("genre", "")),
    }
    groups: dict[str, dict[str, list[int]]] = {dimension: {} for dimension in dimensions}
    for place, doc in enumerate(docs):
        for dimension, value_of in dimensions.items():
            groups[dimension].setdefault(value_of(doc), []).append(place)
    return {dimension: dict(sorted(places.items())) for dimension, places in groups.items()}


def count_names(judged: Sequence[Judged]) -> dict[str, Counts]:
    """Return how many names of each kind are caught, and how many there are, in each document: [documents, 2]."""
    counts: dict[str, Counts] = {}
    for place, (doc, found) in enumerate(judged):
        for span in doc.spans:
            if span.label == "NAME":
                kind = _name_kind(doc.text[span.start : span.end])
                counts.setdefault(kind, np.zeros((len(judged), 2), dtype=np.int64))[place] += (span in found, 1)
    return dict(sorted(counts.items()))


def _slice(some: Sequence[Judged]) -> dict[str, float]:
    right, found, gold = count_spans(some, None).sum(0).tolist()
    return {"documents": len(some), "gold": gold, **prf(right, found, gold)}


def _name_kind(name: str) -> str:
    if any(char in "·•‧・" for char in name):
        return "with a dot"
    if name.isascii():
        return "Latin letters"
    if any(char.isspace() for char in name):
        return "with a space inside"
    return f"{len(name)} characters" if len(name) < 5 else "5 characters and more"


def calibration(judged: Sequence[Judged]) -> dict[str, Any]:
    """Return bins of the score of found spans, the share that is right in each, and the calibration error (Guo et al. 2017)."""
    scored = [(span.score, span in doc.spans) for doc, found in judged for span in found]
    bins, error = [], 0.0
    for at in range(_BINS):
        low, high = at / _BINS, (at + 1) / _BINS
        inside = [pair for pair in scored if low <= pair[0] < high or (at == _BINS - 1 and pair[0] == 1)]
        if inside:
            score, right = (sum(column) / len(inside) for column in zip(*inside, strict=True))
            error += abs(score - right) * len(inside) / len(scored)
            bins.append({"low": low, "high": high, "spans": len(inside), "score": round(score, 4), "right": round(right, 4)})
    return {"bins": bins, "expected_calibration_error": round(error, 4)}


def curve(judged: Sequence[Judged], label: str) -> list[tuple[float, float, float]]:
    """Return (score, precision, recall) of a label when only spans of at least that score are kept, from high to low."""
    gold = sum(span.label == label for doc, _ in judged for span in doc.spans)
    scored = sorted(
        ((span.score, span in doc.spans) for doc, found in judged for span in found if span.label == label), reverse=True
    )
    points, right = list[tuple[float, float, float]](), 0
    for count, (score, is_right) in enumerate(scored, start=1):
        right += is_right
        if count == len(scored) or scored[count][0] != score:
            points.append((score, round(right / count, 4), round(right / gold, 4) if gold else 0.0))
    return points


def errors(judged: Sequence[Judged]) -> Iterator[Mapping[str, Any]]:
    """Yield what was missed or wrong, the surest mistakes first: kind, label, document, offsets, score and the text around."""
    wrong = [(span.score, doc, span, "invented") for doc, found in judged for span in found if span not in doc.spans]
    missed = [
        (1.0, doc, span, "missed")
        for doc, found in judged
        for span in doc.spans
        if not any(_overlap(span, each) for each in found)
    ]
    for score, doc, span, kind in sorted(wrong + missed, key=lambda each: (-each[0], each[1].id, each[2].start)):
        gold = [each for each in doc.spans if _overlap(each, span)]
        if kind == "invented" and gold:
            kind = "other label" if any((each.start, each.end) == (span.start, span.end) for each in gold) else "other edges"
        before, after = context_of(doc, span)
        yield {
            "kind": kind,
            "label": span.label,
            "document": doc.id,
            "start": span.start,
            "end": span.end,
            "score": score,
            "before": before,
            "text": doc.text[span.start : span.end],
            "after": after,
        }


def context_of(doc: Document, span: Span) -> tuple[str, str]:
    """Return the text just before and just after a span."""
    return doc.text[max(0, span.start - _CONTEXT) : span.start], doc.text[span.end : span.end + _CONTEXT]


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
