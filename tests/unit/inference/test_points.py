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


def _labels(point: OperatingPoint) -> list[str]:
    return [span.label for span in decode(_log_probs(), _SCHEMA, point)]


def test_a_bias_finds_what_is_nearly_found_and_leaves_the_score():
    assert _labels(OperatingPoint()) == ["NAME"]
    spans = decode(_log_probs(), _SCHEMA, OperatingPoint(bias={"HEALTH": 1.0}))
    assert [(span.label, span.score) for span in spans] == [("NAME", 0.6), ("HEALTH", 0.4)]


def test_a_threshold_leaves_out_what_is_less_sure_of_its_label_only():
    assert _labels(OperatingPoint(min_score={"NAME": 0.7})) == []
    assert _labels(OperatingPoint(min_score={"NAME": 0.6, "HEALTH": 0.99})) == ["NAME"]


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
