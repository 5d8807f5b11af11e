"""What the shipped model surely finds in the sample notices. A new model may change this file; the diff is reviewed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from minshi import Tagger

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).with_name("model.jsonl")
SURE = 0.9  # float rounding differs between processors, and may flip what the model doubts


@pytest.mark.parametrize("sample", sorted(path.name for path in (ROOT / "data" / "samples").iterdir()))
def test_the_shipped_model_finds_what_it_surely_found_at_its_release(sample: str) -> None:
    doc = Tagger.load(threads=1).tag((ROOT / "data" / "samples" / sample).read_text(encoding="utf-8"))
    found = [[span.start, span.end, span.label] for span in doc.spans]
    known = dict(json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()) if GOLDEN.exists() else {}
    if os.environ.get("MINSHI_GOLDEN") == "write":
        known[sample] = [[span.start, span.end, span.label] for span in doc.spans if span.score >= SURE]
        lines = [json.dumps([name, spans], ensure_ascii=False) for name, spans in sorted(known.items())]
        GOLDEN.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert [span for span in known[sample] if span not in found] == []
    assert bool(found) == bool(known[sample])
