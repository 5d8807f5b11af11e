"""Everything that a report tells of a tagger on annotated documents: relaxed figures, intervals, slices, calibration, errors.

The plain figures are `evaluate.py`'s. A "judged" document is a gold document with the spans that the tagger found in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from minshi.labels import LabelSchema
from minshi.tagger import Tagger
from minshi.types import Document, Span
from minshi_train.evaluate import FIGURES, Counts, Floats, Judged, count_spans, cover, judge, measure, prf, share

_RESAMPLES = 2000
_INTERVAL = (2.5, 97.5)  # percentiles
_BINS = 10
_LENGTHS = ((0, 100, "under 100 characters"), (100, 300, "100–299"), (300, 1000, "300–999"), (1000, 10**9, "1,000 and more"))
_CONTEXT = 18  # characters around an error
_MIN_SLICE = 5  # documents that make a genre a slice of its own


def examine(tagger: Tagger, docs: Iterable[Document]) -> dict[str, Any]:
    """Return `figures` and, beside them, everything else that a report tells; "intervals" are those of strict F1 alone."""
    judged = judge(tagger, docs)
    told = figures(judged, tagger.schema)
    ranges = told["confidence"]
    return {
        **told,
        "intervals": {name: row["f1"] for name, row in {"micro": ranges["micro"], **ranges["labels"]}.items()},
        "slices": slices(judged),
        "calibration": calibration(judged),
        "curves": {label: curve(judged, label) for label in tagger.schema.labels},
        "errors": list(errors(judged)),
    }


def figures(judged: Sequence[Judged], schema: LabelSchema) -> dict[str, Any]:
    """Return the metrics of `measure`, those of `relaxed` and, as "confidence", the 95 % intervals of both by the same keys."""
    return {
        **measure(judged, schema),
        "relaxed": relaxed(judged, schema.labels),
        "confidence": confidence(judged, schema.labels),
    }


def relaxed(judged: Sequence[Judged], labels: Sequence[str]) -> dict[str, Any]:
    """Return precision, recall, F1 and F2, "micro", "macro" and by "labels", where less than everything must be right.

    "boundaries": those, whatever the label; "overlap": some of it, whatever the label; "type": some of it and the label. A found
    span counts towards precision and a gold one towards recall when it has a partner of that kind ("exact", "partial" with
    full credit, and "type" in SemEval-2013 task 9).
    """
    once = np.ones((1, len(judged)), dtype=np.int64)
    return {name: _told(counts, once, _rounded) for name, counts in _count_relaxed(judged, labels).items()}


def confidence(judged: Sequence[Judged], labels: Sequence[str]) -> dict[str, Any]:
    """Return 95 % intervals of strict figures ("micro", "macro", by "labels"), of `relaxed` ones and of the shares of `cover`."""
    draws = resample(len(judged))
    # a span that is right is so for precision and for recall
    strict = {label: count_spans(judged, label)[:, [0, 1, 0, 2]] for label in (None, *labels)}
    return {
        **_told(strict, draws, _ranges),
        "relaxed": {name: _told(counts, draws, _ranges) for name, counts in _count_relaxed(judged, labels).items()},
        **_ranges({name: share(draws @ counts) for name, counts in cover(judged).items()}),
    }


def _count_relaxed(judged: Sequence[Judged], labels: Sequence[str]) -> dict[str, dict[str | None, Counts]]:
    """Return the counts of `_partnered` in each document, [documents, 4]: by kind of partner and by label, of any for None."""
    matches: dict[str, Callable[[Span, Span], bool]] = {
        "boundaries": lambda one, other: (one.start, one.end) == (other.start, other.end),
        "overlap": _overlap,
        "type": lambda one, other: one.label == other.label and _overlap(one, other),
    }

    def count(match: Callable[[Span, Span], bool], label: str | None) -> Counts:
        rows = [_partnered(doc.spans, found, match, label) for doc, found in judged]
        return np.array(rows, dtype=np.int64).reshape(-1, 4)

    return {name: {label: count(match, label) for label in (None, *labels)} for name, match in matches.items()}


def _partnered(
    gold: Sequence[Span], found: Sequence[Span], match: Callable[[Span, Span], bool], label: str | None
) -> tuple[int, int, int, int]:
    """Return how many found spans of a label have a gold partner, how many are found; gold ones with a found one, and all."""
    got = [span for span in found if label in (None, span.label)]
    wanted = [span for span in gold if label in (None, span.label)]
    right = sum(any(match(span, each) for each in gold) for span in got)
    caught = sum(any(match(span, each) for each in found) for span in wanted)
    return right, len(got), caught, len(wanted)


def _told(
    counts: Mapping[str | None, Counts], draws: Counts, tell: Callable[[Mapping[str, Floats]], dict[str, Any]]
) -> dict[str, Any]:
    """Return what `tell` makes of the figures of each draw of the documents: "micro", "macro" and by "labels"."""
    labels = {label: _figures(draws @ each) for label, each in counts.items() if label is not None}
    macro = {name: np.mean([row[name] for row in labels.values()], axis=0) for name in FIGURES}
    return {
        "micro": tell(_figures(draws @ counts[None])),
        "macro": tell(macro),
        "labels": {label: tell(row) for label, row in labels.items()},
    }


def _figures(counts: Counts) -> dict[str, Floats]:
    """Return the figures of each row of (right, found, caught, gold)."""
    precision, recall = share(counts[:, :2]), share(counts[:, 2:])
    pairs = {
        "f1": (2 * precision * recall, precision + recall),
        "f2": (5 * precision * recall, 4 * precision + recall),
    }
    return {"precision": precision, "recall": recall} | {name: share(np.stack(pair, axis=-1)) for name, pair in pairs.items()}


def _rounded(one_draw: Mapping[str, Floats]) -> dict[str, float]:
    return {name: round(float(values[0]), 4) for name, values in one_draw.items()}


def resample(documents: int) -> Counts:
    """Return how often each resample draws each document, [resamples, documents]: bootstrap (Efron 1979)."""
    return np.random.default_rng(0).multinomial(documents, np.full(documents, 1 / documents), size=_RESAMPLES)


def interval(resampled: Floats) -> tuple[float, float]:
    """Return the 95 % percentile interval of a figure."""
    low, high = np.percentile(resampled, _INTERVAL)
    return float(low), float(high)


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
        before, after = _context_of(doc, span)
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


def _context_of(doc: Document, span: Span) -> tuple[str, str]:
    """Return the text just before and just after a span."""
    return doc.text[max(0, span.start - _CONTEXT) : span.start], doc.text[span.end : span.end + _CONTEXT]


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
