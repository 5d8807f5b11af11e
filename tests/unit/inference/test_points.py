"""Operating points: a bias finds more, a threshold less, and what does not fit the model is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from minshi.decode import decode
from minshi.errors import ConfigError, ModelError
from minshi.labels import LabelSchema
from minshi.points import AS_IT_IS, BALANCED, Calibration, OperatingPoint, calibration_of, points_of, to_contract
from minshi.tagger import Tagger

_SCHEMA = LabelSchema.from_tags(("O", "B-NAME", "I-NAME", "B-HEALTH", "I-HEALTH"))


def _log_probs() -> np.ndarray:
    """Two characters: a NAME of one with probability 0.6, then O that is HEALTH with probability 0.4."""
    return np.log(np.array([[0.36, 0.6, 0.01, 0.02, 0.01], [0.56, 0.02, 0.01, 0.4, 0.01]], dtype=np.float32))


def _tagger(log_probs: np.ndarray, point: OperatingPoint, **window: int) -> Tagger:
    """A tagger whose model finds in any window what `log_probs` [T, K] say."""
    return Tagger(lambda points: log_probs[None, : points.shape[1]], _SCHEMA, point=point, **window)


def _labels(point: OperatingPoint) -> list[str]:
    return [span.label for span in _tagger(_log_probs(), point, window=8, context=2).tag("甲乙").spans]


def test_a_bias_finds_what_is_nearly_found_and_leaves_the_score():
    assert _labels(OperatingPoint()) == ["NAME"]
    spans = decode(_log_probs(), _SCHEMA, OperatingPoint(bias={"HEALTH": 1.0}))
    assert [(span.label, span.score) for span in spans] == [("NAME", 0.6), ("HEALTH", 0.4)]


def test_a_threshold_leaves_out_what_is_less_sure_of_its_label_only():
    assert _labels(OperatingPoint(min_score={"NAME": 0.7})) == []
    assert _labels(OperatingPoint(min_score={"NAME": 0.6, "HEALTH": 0.99})) == ["NAME"]


def test_a_threshold_asks_for_the_whole_of_a_span_that_a_window_cuts():
    """Each window ends inside a NAME: the first sees its sure half, the second its unsure one too."""
    text, sure, unsure = "甲乙丙丁戊己庚辛壬癸子丑", np.log(0.9), np.log(0.6)

    def scorer(points: np.ndarray) -> np.ndarray:
        log_probs = np.full((1, points.shape[1], len(_SCHEMA.tags)), -9.0, dtype=np.float32)
        for at, char in enumerate(map(chr, points[0])):
            place = text.index(char)
            log_probs[0, at, 0 if not 5 <= place < 10 else 1 if place == 5 else 2] = unsure if place == 9 else sure
        return log_probs

    def found(least: float) -> list[tuple[int, int, float]]:
        point = OperatingPoint(min_score={"NAME": least})
        spans = Tagger(scorer, _SCHEMA, window=8, context=2, point=point).tag(text).spans
        return [(span.start, span.end, span.score) for span in spans]

    assert found(0.5) == [(5, 10, 0.6)]
    assert found(0.8) == []


def test_metadata_round_trip_keeps_points():
    points = {BALANCED: OperatingPoint(), "high_recall": OperatingPoint(bias={"NAME": 0.5}, min_score={"HEALTH": 0.1})}
    contract = to_contract(points, Calibration(0.7, -0.3))
    assert points_of(contract, _SCHEMA) == points
    assert calibration_of(contract) == Calibration(0.7, -0.3)


def test_a_model_without_calibration_keeps_its_own_scores():
    assert calibration_of({}) == AS_IT_IS


@pytest.mark.parametrize("slope", [0.0, -1.0, float("nan"), float("inf")])
def test_a_calibration_that_makes_no_probability_is_refused(slope):
    with pytest.raises(ModelError, match="calibration"):
        calibration_of({"calibration": {"slope": slope, "offset": 0.0}})


def test_a_model_without_points_has_the_balanced_one():
    assert points_of({}, _SCHEMA) == {BALANCED: OperatingPoint()}


@pytest.mark.parametrize("bias", [{"PLACE": 1.0}, {"NAME": math.nan}])
def test_points_that_do_not_fit_the_model_are_refused(bias):
    with pytest.raises(ModelError, match="high_recall"):
        points_of({"points": {"high_recall": {"bias": bias, "min_score": {}}}}, _SCHEMA)


def test_an_unknown_point_is_refused_with_those_there_are():
    with pytest.raises(ConfigError, match="no operating point 'careful'; it has balanced"):
        Tagger.load(point="careful")
