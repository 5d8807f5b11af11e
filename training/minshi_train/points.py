"""Fit on dev what a model's scores mean, and its operating points: biases that leak less, thresholds that mark less."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from minshi.decode import Floats, decode
from minshi.labels import LabelSchema
from minshi.merge import stitch
from minshi.points import AS_IT_IS, BALANCED, HIGH_PRECISION, HIGH_RECALL, Calibration, OperatingPoint, logit
from minshi.scorer import Scorer
from minshi.types import Document, Span
from minshi.window import Window, code_points, segment
from minshi_train.evaluate import positions
from minshi_train.progress import progress

_BIASES = [step / 8 for step in range(33)]  # up to e**4 times the odds
_THRESHOLDS = [step / 20 for step in range(20)]
_FEW = 10  # spans of a kind that a fit needs
_NEWTON_STEPS = 20
_CONVERGED = 1e-9
_RIDGE = 1e-3  # keeps perfectly separable outcomes finite
_PRECISION_BETA = 0.5  # F-beta: recall is worth beta times precision (van Rijsbergen 1979)
_RECALL_BETAS = (2.0, 3.0, 4.0, 5.0, 6.0, 8.0)
_WANTED_RECALL = 0.975  # of the characters of gold spans: what holds on dev may be half a point less elsewhere, and is to be 97 %

_T = TypeVar("_T")


class _Counts(NamedTuple):
    """How many were found rightly, how many there are, how many were found."""

    right: int
    wanted: int
    got: int


_Scored: TypeAlias = list[tuple[Document, list[tuple[Window, Floats]]]]


def fit_points(
    scorer: Scorer, schema: LabelSchema, docs: Sequence[Document], *, window: int, context: int
) -> tuple[Calibration, dict[str, OperatingPoint]]:
    """Return the calibration of a model's scores, and its points "balanced", "high_recall" and "high_precision".

    On gold documents. "high_recall" gives each label the bias that maximises F-beta of its characters, with the least beta from 2
    to 8 that finds 97.5 % of the characters of all labels; "high_precision" the least score that maximises F0.5 of its strict
    spans. Of equals the value nearest to the model as trained is taken.
    """
    scored = [(doc, list(_windows(scorer, doc, window, context))) for doc in progress(docs, "documents of dev")]
    calibration = fit_calibration(_outcomes(scored, schema))
    counts, least = dict[str, dict[float, _Counts]](), dict[str, float]()
    for label in progress(schema.labels, "labels, operating points"):
        found = partial(_found, scored, schema, calibration, label)
        counts[label] = {value: _characters(found(OperatingPoint(bias={label: value}))) for value in _BIASES}
        sure = {value: _f_beta(_spans(found(OperatingPoint(min_score={label: value}))), _PRECISION_BETA) for value in _THRESHOLDS}
        least[label] = _best(sure)
    for beta in _RECALL_BETAS:
        bias = {label: _best({value: _f_beta(count, beta) for value, count in counts[label].items()}) for label in schema.labels}
        every = _characters(_found(scored, schema, calibration, None, OperatingPoint(bias=bias)))
        if every.right >= _WANTED_RECALL * every.wanted:
            break
    return calibration, {
        BALANCED: OperatingPoint(),
        HIGH_RECALL: OperatingPoint(bias=bias),
        HIGH_PRECISION: OperatingPoint(min_score=least),
    }


def fit_calibration(outcomes: Sequence[tuple[float, bool]]) -> Calibration:
    """Return the calibration under which (certainty, is right) of spans are most likely: logistic regression, damped Newton.

    Too few of either kind, or certainty that tells nothing, leave the scores as they are.
    """
    x = np.array([[logit(certainty), 1.0] for certainty, _ in outcomes]).reshape(-1, 2)
    y = np.array([right for _, right in outcomes], dtype=np.float64)
    if min(y.sum(), len(y) - y.sum()) < _FEW:
        return AS_IT_IS
    weights = np.zeros(2)
    for _ in range(_NEWTON_STEPS):
        expected = 0.5 + 0.5 * np.tanh(x @ weights / 2)
        curvature = x.T @ (x * (expected * (1 - expected))[:, None]) + np.eye(2) * _RIDGE
        step = np.linalg.solve(curvature, x.T @ (y - expected) - _RIDGE * weights)
        while _loss(x, y, weights + step) > _loss(x, y, weights) and np.abs(step).max() > _CONVERGED:
            step /= 2  # a full step from afar can overshoot, and end anywhere
        weights = weights + step
    slope, offset = (round(float(weight), 6) for weight in weights)
    return Calibration(slope, offset) if slope > 0 else AS_IT_IS


def _loss(x: NDArray[np.float64], y: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    logits = x @ weights
    return float((np.logaddexp(0, logits) - y * logits).sum() + _RIDGE * (weights @ weights) / 2)


def _outcomes(scored: _Scored, schema: LabelSchema) -> list[tuple[float, bool]]:
    """Return (certainty, is right) of every span that the model finds as trained."""
    found = (
        (doc, stitch([(window, decode(probs, schema)) for window, probs in windows], len(doc.text))) for doc, windows in scored
    )
    return [(span.score, span in doc.spans) for doc, spans in found for span in spans]


def _best(scores: Mapping[float, float]) -> float:
    return max(scores, key=lambda value: (scores[value], -value))


def _windows(scorer: Scorer, doc: Document, size: int, context: int) -> Iterable[tuple[Window, Floats]]:
    for window in segment(doc.text, size=size, context=context):
        yield window, scorer(code_points(doc.text[window.start : window.end])[None])[0]


def _found(
    scored: _Scored, schema: LabelSchema, calibration: Calibration, label: str | None, point: OperatingPoint
) -> Iterable[tuple[list[Span], list[Span]]]:
    """Yield gold and found spans of each document, of one label or of all."""
    for doc, windows in scored:
        decoded = [(window, decode(log_probs, schema, point, calibration)) for window, log_probs in windows]
        spans = filter(point.keeps, stitch(decoded, len(doc.text)))
        yield [span for span in doc.spans if label in (None, span.label)], [span for span in spans if label in (None, span.label)]


def _characters(pairs: Iterable[tuple[list[Span], list[Span]]]) -> _Counts:
    return _counts((positions(gold), positions(found)) for gold, found in pairs)


def _spans(pairs: Iterable[tuple[list[Span], list[Span]]]) -> _Counts:
    return _counts((set(gold), set(found)) for gold, found in pairs)


def _counts(pairs: Iterable[tuple[set[_T], set[_T]]]) -> _Counts:
    right = wanted = got = 0
    for gold, found in pairs:
        right, wanted, got = right + len(gold & found), wanted + len(gold), got + len(found)
    return _Counts(right, wanted, got)


def _f_beta(counts: _Counts, beta: float) -> float:
    total = beta**2 * counts.wanted + counts.got
    return (1 + beta**2) * counts.right / total if total else 0.0
