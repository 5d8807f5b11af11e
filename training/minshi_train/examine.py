"""Everything that a report tells of a tagger on annotated documents: relaxed figures, intervals, slices, calibration, errors.

The plain figures are `evaluate.py`'s. A "judged" document is a gold document with the spans that the tagger found in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import Any, TypeAlias

from minshi.tagger import Tagger
from minshi.types import Document, Span
from minshi_train.evaluate import measure, of_schema, prf

Judged: TypeAlias = tuple[Document, list[Span]]

_RESAMPLES = 1000
_BINS = 10
_LENGTHS = ((0, 100, "under 100 characters"), (100, 300, "100–299"), (300, 1000, "300–999"), (1000, 10**9, "1,000 and more"))
_CONTEXT = 18  # characters around an error
_MIN_SLICE = 5  # documents that make a genre a slice of its own


def judge(tagger: Tagger, docs: Iterable[Document]) -> list[Judged]:
    """Tag documents and put what was found, rules aside, beside their gold spans."""
    gold = list(docs)
    bare = (Document(doc.id, doc.text) for doc in gold)
    found = [of_schema(doc.spans, tagger.schema) for doc in tagger.tag_many(bare)]
    return list(zip(gold, found, strict=True))


def examine(tagger: Tagger, docs: Iterable[Document]) -> dict[str, Any]:
    """Return the metrics of `evaluate` with "relaxed", "intervals", "slices", "calibration", "curves", "errors" beside them."""
    judged = judge(tagger, docs)
    return {
        **measure(judged, tagger.schema),
        "relaxed": relaxed(judged),
        "intervals": intervals(judged, tagger.schema.labels),
        "slices": slices(judged),
        "calibration": calibration(judged),
        "curves": {label: curve(judged, label) for label in tagger.schema.labels},
        "errors": list(errors(judged)),
    }


def relaxed(judged: Sequence[Judged]) -> dict[str, dict[str, float]]:
    """Return precision, recall and F1 where less must be right: "boundaries" whatever the label, "overlap" with the same label.

    A found span counts towards precision and a gold one towards recall when it has a partner of that kind (the "exact" and
    "type" schemes of SemEval-2013 task 9).
    """
    matches: dict[str, Callable[[Span, Span], bool]] = {
        "boundaries": lambda one, other: (one.start, one.end) == (other.start, other.end),
        "overlap": lambda one, other: one.label == other.label and one.start < other.end and other.start < one.end,
    }
    return {name: _partnered(judged, match) for name, match in matches.items()}


def _partnered(judged: Sequence[Judged], match: Callable[[Span, Span], bool]) -> dict[str, float]:
    right = sum(any(match(span, gold) for gold in doc.spans) for doc, found in judged for span in found)
    caught = sum(any(match(span, gold) for span in found) for doc, found in judged for gold in doc.spans)
    precision = right / max(1, sum(len(found) for _, found in judged))
    recall = caught / max(1, sum(len(doc.spans) for doc, _ in judged))
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def intervals(judged: Sequence[Judged], labels: Iterable[str]) -> dict[str, tuple[float, float]]:
    """Return the 95 % interval of strict F1, "micro" and by label: percentile bootstrap over documents (Efron 1979)."""
    names = ("micro", *labels)
    counts = [[_counts(doc, found, None if name == "micro" else name) for name in names] for doc, found in judged]
    rng, scores = Random(0), dict[str, list[float]]()
    for _ in range(_RESAMPLES):
        drawn = rng.choices(counts, k=len(counts))
        for at, name in enumerate(names):
            scores.setdefault(name, []).append(_f1(doc[at] for doc in drawn))
    edges = (int(0.025 * _RESAMPLES), int(0.975 * _RESAMPLES) - 1)
    return {name: (sorted(values)[edges[0]], sorted(values)[edges[1]]) for name, values in scores.items()}


def _counts(doc: Document, found: Iterable[Span], label: str | None) -> tuple[int, int, int]:
    gold = {span for span in doc.spans if label is None or span.label == label}
    got = {span for span in found if label is None or span.label == label}
    return len(gold & got), len(got), len(gold)


def _f1(counts: Iterable[tuple[int, int, int]]) -> float:
    right, found, gold = (sum(column) for column in zip(*counts, strict=True))
    return round(2 * right / (found + gold), 4) if found + gold else 0.0


def slices(judged: Sequence[Judged]) -> dict[str, dict[str, dict[str, float]]]:
    """Return strict figures by form, length and genre (those with a few documents), and the recall of names by kind."""
    dimensions: dict[str, Callable[[Document], str]] = {
        "form": lambda doc: str(doc.meta.get("form", "")),
        "length": lambda doc: next(name for low, high, name in _LENGTHS if low <= len(doc.text) < high),
        "genre": lambda doc: str(doc.meta.get("genre", "")),
    }
    out: dict[str, dict[str, dict[str, float]]] = {}
    for dimension, value_of in dimensions.items():
        groups: dict[str, list[Judged]] = {}
        for doc, found in judged:
            groups.setdefault(value_of(doc), []).append((doc, found))
        least = _MIN_SLICE if dimension == "genre" else 1
        out[dimension] = {name: _slice(group) for name, group in sorted(groups.items()) if len(group) >= least}
    out["name"] = _names(judged)
    return out


def _slice(group: Sequence[Judged]) -> dict[str, float]:
    right, found, gold = (sum(column) for column in zip(*(_counts(doc, spans, None) for doc, spans in group), strict=True))
    return {"documents": len(group), "gold": gold, **prf(right, found, gold)}


def _names(judged: Sequence[Judged]) -> dict[str, dict[str, float]]:
    gold, caught = Counter[str](), Counter[str]()
    for doc, found in judged:
        for span in doc.spans:
            if span.label == "NAME":
                kind = _name_kind(doc.text[span.start : span.end])
                gold[kind] += 1
                caught[kind] += span in found
    return {kind: {"gold": gold[kind], "recall": round(caught[kind] / gold[kind], 4)} for kind in sorted(gold)}


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
    missed = [(1.0, doc, span, "missed") for doc, found in judged for span in doc.spans if not _touched(span, found)]
    for score, doc, span, kind in sorted(wrong + missed, key=lambda each: (-each[0], each[1].id, each[2].start)):
        gold = [each for each in doc.spans if each.start < span.end and span.start < each.end]
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


def _touched(gold: Span, found: Iterable[Span]) -> bool:
    return any(span.start < gold.end and gold.start < span.end for span in found)
