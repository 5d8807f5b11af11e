"""Fit a model's operating points on dev: biases that leak less, thresholds that mark less."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TypeAlias, TypeVar

from minshi.decode import Floats, decode
from minshi.labels import LabelSchema
from minshi.merge import stitch
from minshi.points import BALANCED, HIGH_PRECISION, HIGH_RECALL, OperatingPoint
from minshi.scorer import Scorer
from minshi.types import Document, Span
from minshi.window import Window, code_points, segment

_BIASES = [step / 2 for step in range(9)]  # up to e**4 times the odds
_THRESHOLDS = [step / 20 for step in range(20)]
_RECALL_BETA, _PRECISION_BETA = 2.0, 0.5  # F-beta: recall is worth beta times precision (van Rijsbergen 1979)

_T = TypeVar("_T")
_Scored: TypeAlias = list[tuple[Document, list[tuple[Window, Floats]]]]


def fit_points(
    scorer: Scorer, schema: LabelSchema, docs: Iterable[Document], *, window: int, context: int
) -> dict[str, OperatingPoint]:
    """Return "balanced", "high_recall" and "high_precision" of a model, each label fitted alone on gold documents.

    "high_recall" maximises F2 of a label's characters over its bias, "high_precision" F0.5 of its strict spans over the
    least score. Of equals the value nearest to the model as trained is taken.
    """
    scored = [(doc, list(_windows(scorer, doc, window, context))) for doc in docs]
    bias, least = dict[str, float](), dict[str, float]()
    for label in schema.labels:
        found = partial(_found, scored, schema, label)
        biased = {value: _character_f(found(OperatingPoint(bias={label: value}))) for value in _BIASES}
        sure = {value: _span_f(found(OperatingPoint(min_score={label: value}))) for value in _THRESHOLDS}
        bias[label], least[label] = _best(biased), _best(sure)
    return {
        BALANCED: OperatingPoint(),
        HIGH_RECALL: OperatingPoint(bias=bias),
        HIGH_PRECISION: OperatingPoint(min_score=least),
    }


def _best(scores: Mapping[float, float]) -> float:
    return max(scores, key=lambda value: (scores[value], -value))


def _windows(scorer: Scorer, doc: Document, size: int, context: int) -> Iterable[tuple[Window, Floats]]:
    for window in segment(doc.text, size=size, context=context):
        yield window, scorer(code_points(doc.text[window.start : window.end])[None])[0]


def _found(scored: _Scored, schema: LabelSchema, label: str, point: OperatingPoint) -> Iterable[tuple[list[Span], list[Span]]]:
    for doc, windows in scored:
        spans = stitch([(window, decode(log_probs, schema, point)) for window, log_probs in windows], len(doc.text))
        yield [span for span in doc.spans if span.label == label], [span for span in spans if span.label == label]


def _character_f(pairs: Iterable[tuple[list[Span], list[Span]]]) -> float:
    return _f_beta([(_positions(gold), _positions(found)) for gold, found in pairs], _RECALL_BETA)


def _span_f(pairs: Iterable[tuple[list[Span], list[Span]]]) -> float:
    return _f_beta([(set(gold), set(found)) for gold, found in pairs], _PRECISION_BETA)


def _positions(spans: Iterable[Span]) -> set[int]:
    return {position for span in spans for position in range(span.start, span.end)}


def _f_beta(pairs: Sequence[tuple[set[_T], set[_T]]], beta: float) -> float:
    right = sum(len(gold & found) for gold, found in pairs)
    wanted, got = sum(len(gold) for gold, _ in pairs), sum(len(found) for _, found in pairs)
    return (1 + beta**2) * right / (beta**2 * wanted + got) if wanted + got else 0.0
