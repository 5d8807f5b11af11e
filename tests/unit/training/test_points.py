"""Fitting operating points: the bias that leaks less and the threshold that marks less are found on gold documents."""

from __future__ import annotations

import numpy as np

from minshi.labels import LabelSchema
from minshi.types import Document, Span
from minshi_train.points import fit_points

_SCHEMA = LabelSchema.from_tags(("O", "B-NAME", "I-NAME"))
_PROBABILITIES = {"甲": (0.05, 0.94, 0.01), "乙": (0.7, 0.29, 0.01), "丙": (0.4, 0.59, 0.01), "。": (0.99, 0.005, 0.005)}


def _scorer(code_points):
    rows = [[_PROBABILITIES[chr(point)] for point in row] for row in code_points]
    return np.log(np.array(rows, dtype=np.float32))


def _fit(text: str, *names: int):
    doc = Document("1", text, tuple(Span(at, at + 1, "NAME") for at in names))
    return fit_points(_scorer, _SCHEMA, [doc], window=32, context=4)


def test_a_shy_label_is_given_more_readily_at_high_recall():
    points = _fit("甲。乙。", 0, 2)
    assert points["high_recall"].bias["NAME"] == 1.0  # e**1 * 0.29 > 0.7: the least bias that finds 乙
    assert points["balanced"].bias == {}


def test_a_loud_label_needs_more_certainty_at_high_precision():
    points = _fit("甲。丙。", 0)
    assert points["high_precision"].min_score["NAME"] == 0.6  # the least that leaves 丙 out
    assert points["high_recall"].bias["NAME"] == 0.0
