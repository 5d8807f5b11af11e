"""The test vectors for ports are what the shipped model gives; `make golden` makes them anew for a new model."""

from __future__ import annotations

import json
import os

import pytest
from data.make_vectors import VECTORS, main, model_alone, spans_at

from minshi.bundle import load_bundle
from minshi.points import HIGH_PRECISION, HIGH_RECALL


def test_the_vectors_are_the_shipped_models() -> None:
    if os.environ.get("MINSHI_GOLDEN") == "write":
        main()
    vectors = [json.loads(line) for line in VECTORS.read_text(encoding="utf-8").splitlines()]
    bundle = load_bundle()
    for point in bundle.points:
        tagger = model_alone(point)
        for vector in vectors:
            spans = [[span.start, span.end, span.label] for span in tagger.tag(vector["text"]).spans]
            assert spans == [span[:3] for span in spans_at(vector, point)]
    assert {span[2] for vector in vectors for span in vector["spans"]} == set(bundle.schema.labels)
    assert sum(len(vector["text"]) > 2 * bundle.window for vector in vectors) >= 5


@pytest.mark.parametrize("point", [HIGH_RECALL, HIGH_PRECISION])
def test_a_port_that_forgets_the_point_is_caught(point: str) -> None:
    vectors = [json.loads(line) for line in VECTORS.read_text(encoding="utf-8").splitlines()]
    assert any(vector["points"][point] != vector["spans"] for vector in vectors)
