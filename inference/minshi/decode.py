"""Log-probabilities to spans: constrained Viterbi under the schema's legal transitions, and tags <-> spans."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from minshi.labels import OUTSIDE, LabelSchema
from minshi.points import AS_IT_IS, Calibration, OperatingPoint
from minshi.types import Span

Floats = NDArray[np.floating]
Tags = NDArray[np.int64]
AS_TRAINED = OperatingPoint()


def viterbi(log_probs: Floats, schema: LabelSchema) -> Tags:
    """Return the most probable legal tag sequence, int64 [T], of log-probabilities [T, K].

    With no transition scores a legal argmax path is the optimum, so the dynamic program runs only where the
    argmax breaks a rule. Source: Viterbi (1967), doi:10.1109/TIT.1967.1054010.
    """
    greedy: Tags = log_probs.argmax(axis=1).astype(np.int64)
    if len(greedy) == 0 or _is_legal(greedy, schema):
        return greedy
    # Rows of a dozen floats: plain lists take half of NumPy's time here.
    first, *later = log_probs.astype(np.float64).tolist()
    best = [score if is_allowed else -np.inf for score, is_allowed in zip(first, schema.start_allowed, strict=True)]
    history, insides = [best], range(2, len(best), 2)
    for scores in later:
        top = max(best)
        longer = [top + score for score in scores]  # O and B-x follow any tag,
        for inside in insides:  # I-x its own B-x or I-x
            begun, gone_on = best[inside - 1], best[inside]
            longer[inside] = (begun if begun >= gone_on else gone_on) + scores[inside]
        best = longer
        history.append(best)
    tag = best.index(max(best))
    tags = [tag]
    for best in reversed(history[:-1]):
        if tag % 2 or tag == OUTSIDE:
            tag = best.index(max(best))
        elif best[tag - 1] >= best[tag]:
            tag -= 1
        tags.append(tag)
    return np.array(tags[::-1], dtype=np.int64)


def _is_legal(tags: Tags, schema: LabelSchema) -> bool:
    return bool(schema.start_allowed[tags[0]] and schema.transition_allowed[tags[:-1], tags[1:]].all())


def decode(
    log_probs: Floats, schema: LabelSchema, point: OperatingPoint = AS_TRAINED, calibration: Calibration = AS_IT_IS
) -> list[Span]:
    """Return sorted spans of one window; a span's score is the calibrated probability of its least certain tag, bias aside.

    The point's `min_score` is for whole spans, behind `stitch`.
    """
    tags = viterbi(log_probs + point.tag_bias(schema) if point.bias else log_probs, schema)
    chosen = np.minimum(log_probs[np.arange(len(tags)), tags], 0.0)  # a score is at most 1, whatever the model answers
    return [
        Span(span.start, span.end, span.label, round(calibration(float(np.exp(chosen[span.start : span.end].min()))), 4))
        for span in tags_to_spans(tags, schema)
    ]


def tags_to_spans(tags: Sequence[int] | Tags, schema: LabelSchema) -> list[Span]:
    """Return the spans of a legal tag sequence."""
    tags = np.asarray(tags, dtype=np.int64)
    begins = np.flatnonzero(tags % 2 == 1)  # B- tags have odd ids, I- even, O is 0
    inside = (tags != OUTSIDE) & (tags % 2 == 0)
    stops = np.flatnonzero(~np.append(inside, False))  # first position at or after which an entity has ended
    ends = stops[np.searchsorted(stops, begins + 1)]
    return [Span(int(start), int(end), schema.labels[(tags[start] - 1) // 2]) for start, end in zip(begins, ends, strict=True)]


def spans_to_tags(spans: Iterable[Span], length: int, schema: LabelSchema, *, offset: int = 0) -> Tags:
    """Return the tags, int64 [length], of text[offset : offset + length]; a span cut by an edge begins or ends there."""
    tags = np.full(length, OUTSIDE, dtype=np.int64)
    for span in spans:
        start, end = max(span.start - offset, 0), min(span.end - offset, length)
        if start < end:
            tags[start] = schema.begin_id(span.label)
            tags[start + 1 : end] = tags[start] + 1
    return tags
