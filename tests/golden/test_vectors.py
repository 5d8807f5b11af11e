"""The test vectors for ports are what the shipped model gives; `make golden` makes them anew for a new model."""

from __future__ import annotations

import json
import os

from data.make_vectors import VECTORS, main, model_alone

from minshi.bundle import load_bundle


def test_the_vectors_are_the_shipped_models() -> None:
    if os.environ.get("MINSHI_GOLDEN") == "write":
        main()
    vectors = [json.loads(line) for line in VECTORS.read_text(encoding="utf-8").splitlines()]
    tagger = model_alone()
    for vector in vectors:
        spans = [[span.start, span.end, span.label] for span in tagger.tag(vector["text"]).spans]
        assert spans == [span[:3] for span in vector["spans"]]
    assert {span[2] for vector in vectors for span in vector["spans"]} == set(tagger.schema.labels)
    assert sum(len(vector["text"]) > 2 * load_bundle().window for vector in vectors) >= 5
