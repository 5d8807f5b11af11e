"""Fitting operating points: the bias that leaks less and the threshold that marks less are found on gold documents."""

from __future__ import annotations

import numpy as np

from minshi.labels import LabelSchema
from minshi.points import AS_IT_IS, Calibration
from minshi.types import Document, Span
from minshi_train.points import fit_calibration, fit_points

_SCHEMA = LabelSchema.from_tags(("O", "B-NAME", "I-NAME"))
_PROBABILITIES = {"甲": (0.05, 0.94, 0.01), "乙": (0.7, 0.29, 0.01), "丙": (0.4, 0.59, 0.01), "。": (0.99, 0.005, 0.005)}


def _scorer(code_points):
    rows = [[_PROBABILITIES[chr(point)] for point in row] for row in code_points]
    return np.log(np.array(rows, dtype=np.float32))


def _fit(text: str, *names: int):
    doc = Document("1", text, tuple(Span(at, at + 1, "NAME") for at in names))
    return fit_points(_scorer, _SCHEMA, [doc], window=32, context=4)[1]


def test_a_shy_label_is_given_more_readily_at_high_recall():
    points = _fit("甲。乙。", 0, 2)
    assert points["high_recall"].bias["NAME"] == 1.0  # e**1 * 0.29 > 0.7: the least bias that finds 乙
    assert points["balanced"].bias == {}


def test_high_recall_finds_97_percent_of_the_characters():
    # Two names 乙 are found only with 78 others that are none: F2 leaves them, 97.5 % of the characters asks for them
    text = "甲。" * 30 + "乙。" * 80
    assert _fit(text, *range(0, 60, 2), 60, 62)["high_recall"].bias["NAME"] == 1.0
    text = "甲。" * 80 + "乙。" * 80
    assert _fit(text, *range(0, 160, 2), 160)["high_recall"].bias["NAME"] == 0.0  # 80 of 81 is enough


def test_a_loud_label_needs_more_certainty_at_high_precision():
    points = _fit("甲。丙。", 0)
    assert points["high_precision"].min_score["NAME"] == 0.6  # the least that leaves 丙 out
    assert points["high_recall"].bias["NAME"] == 0.0


def test_calibrated_scores_are_the_share_that_is_right():
    rng = np.random.default_rng(0)
    certainty = rng.uniform(0.5, 1.0, 20_000)
    right = rng.random(20_000) < 2 * certainty - 1  # a model twice as sure of itself as it should be
    calibration = fit_calibration(list(zip(certainty.tolist(), right.tolist(), strict=True)))
    scores = np.array([calibration(value) for value in certainty])
    for low in (0.1, 0.3, 0.5, 0.7):
        inside = (scores >= low) & (scores < low + 0.2)
        assert abs(scores[inside].mean() - right[inside].mean()) < 0.05


def test_too_few_outcomes_leave_scores_alone():
    assert fit_calibration([]) == AS_IT_IS
    assert fit_calibration([(0.9, True)] * 50) == AS_IT_IS
    assert AS_IT_IS(0.37) == 0.37


def test_more_certainty_never_scores_less():
    calibration = Calibration(slope=0.6, offset=-1.2)
    scores = [calibration(step / 100) for step in range(101)]
    assert scores == sorted(scores)
    assert all(0 < score < 1 for score in scores)


def test_calibration_is_found_where_a_plain_newton_step_runs_away():
    outcomes = [(0.999999, True)] * 3000 + [(0.999999, False)] * 150 + [(0.6, True)] * 40 + [(0.6, False)] * 60
    calibration = fit_calibration(outcomes)
    assert abs(calibration(0.999999) - 3000 / 3150) < 0.01
    assert abs(calibration(0.6) - 0.4) < 0.02
