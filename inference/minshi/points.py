"""How readily a model gives its labels, chosen at run time without another model, and what its scores mean."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minshi.errors import ModelError
from minshi.labels import LabelSchema
from minshi.types import Span

BALANCED = "balanced"  # every model has it: the labels as they were trained
HIGH_RECALL = "high_recall"
HIGH_PRECISION = "high_precision"


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What is changed about a model's answers; a label that is not named stays as trained.

    Attributes:
        bias: added to the log-probabilities of a label's tags before decoding, so that its odds grow e**bias times.
        min_score: spans of the label that are less sure than this are left out.
    """

    bias: Mapping[str, float] = field(default_factory=dict)
    min_score: Mapping[str, float] = field(default_factory=dict)

    def tag_bias(self, schema: LabelSchema) -> NDArray[np.float32]:
        """Return what is added to each tag's log-probability, float32 [K]."""
        bias = np.zeros(len(schema.tags), dtype=np.float32)
        for label, value in self.bias.items():
            begin = schema.begin_id(label)
            bias[begin : begin + 2] = value
        return bias

    def keeps(self, span: Span) -> bool:
        """Tell whether a span is sure enough; of one that was cut by a window, only the whole can be asked for."""
        return span.score >= self.min_score.get(span.label, 0.0)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What turns the model's own certainty of a span into the probability that the span is right.

    sigmoid(slope * logit(certainty) + offset), fitted on dev. Source: Platt 1999, "Probabilistic outputs for support vector
    machines"; with offset 0 it is temperature scaling (Guo et al. 2017).
    """

    slope: float = 1.0
    offset: float = 0.0

    def __call__(self, certainty: float) -> float:
        """Return the score for a certainty of 0 to 1."""
        if self == AS_IT_IS:
            return certainty
        return 0.5 + 0.5 * math.tanh((self.slope * logit(certainty) + self.offset) / 2)  # a sigmoid that cannot overflow


AS_IT_IS = Calibration()
_NEARLY = 1e-6  # a probability nearer to 0 or 1 is not told apart


def logit(probability: float) -> float:
    """Return the log-odds of a probability, bounded."""
    bounded = min(max(probability, _NEARLY), 1 - _NEARLY)
    return math.log(bounded / (1 - bounded))


def calibration_of(contract: Mapping[str, Any]) -> Calibration:
    """Return the calibration that a model's metadata holds; one that changes nothing where it holds none.

    Raises:
        ModelError: its numbers are not finite, or more certainty would score less.
    """
    found = Calibration(*(float(contract.get("calibration", asdict(AS_IT_IS))[key]) for key in ("slope", "offset")))
    if not (math.isfinite(found.slope) and math.isfinite(found.offset) and found.slope > 0):
        raise ModelError(f"calibration: slope {found.slope} and offset {found.offset} make no probability")
    return found


def points_of(contract: Mapping[str, Any], schema: LabelSchema) -> dict[str, OperatingPoint]:
    """Return the operating points that a model's metadata holds, "balanced" among them.

    Raises:
        ModelError: a point names a label that the model lacks, or a value is not a finite number.
    """
    points = {BALANCED: OperatingPoint()}
    for name, entry in contract.get("points", {}).items():
        point = OperatingPoint(*({str(label): float(value) for label, value in entry[key].items()} for key in _KEYS))
        for label, value in (*point.bias.items(), *point.min_score.items()):
            if label not in schema.labels or not math.isfinite(value):
                raise ModelError(f"operating point {name!r}: {label!r} = {value} does not fit the model")
        points[name] = point
    return points


def to_contract(points: Mapping[str, OperatingPoint], calibration: Calibration) -> dict[str, Any]:
    """Return points and calibration as they stand in a model's metadata."""
    chosen = {name: asdict(point) for name, point in points.items() if name != BALANCED}
    return {"points": chosen, "calibration": asdict(calibration)}


_KEYS = ("bias", "min_score")
