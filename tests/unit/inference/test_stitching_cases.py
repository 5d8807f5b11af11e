"""tests/data/stitching.jsonl tests every rule of windows, stitching and edges, and minshi keeps them all."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from data.broken_ports import BREAKS, Told, port
from data.make_stitching import CASES
from numpy.typing import NDArray

from minshi import Tagger
from minshi.bundle import load_bundle
from minshi.scorer import INPUT

_BUNDLE = load_bundle()
_CONTRACT = {"window": _BUNDLE.window, "context": _BUNDLE.context, "tags": list(_BUNDLE.schema.tags)}
_CASES: list[dict[str, Any]] = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("number", range(len(_CASES)))
def test_minshi_and_the_port_without_it_keep_the_rules(number: int) -> None:
    case = _CASES[number]
    told = Told(case, _CONTRACT)

    def scorer(code_points: NDArray[np.int32]) -> NDArray[np.float32]:
        return told.run([], {INPUT: code_points})[0]

    tagger = Tagger(scorer, _BUNDLE.schema, window=_BUNDLE.window, context=_BUNDLE.context, rule_labels=())
    assert [[span.start, span.end, span.label] for span in tagger.tag(case["text"]).spans] == case["spans"]
    assert port(_CONTRACT)(case["text"], Told(case, _CONTRACT)) == case["spans"]


@pytest.mark.parametrize("mistake", BREAKS)
def test_a_port_with_any_one_mistake_fails_a_case(mistake: str) -> None:
    broken = port(_CONTRACT, mistake)
    assert any(broken(case["text"], Told(case, _CONTRACT)) != case["spans"] for case in _CASES)
