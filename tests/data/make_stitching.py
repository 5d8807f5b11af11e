"""Make tests/data/stitching.jsonl: what a model would say of each window of a text, and the spans that come of it.

    python tests/data/make_stitching.py

Each line is {"text", "windows": [{"shown", "spans"}], "spans"}, spans as [start, end, label]. A port is told the spans of each
window in place of a model, if it shows the characters "shown"; so windows, stitching and edges are tested whatever the weights.
The texts are random, and kept are those that catch a mistake: one for each of tests/data/broken_ports.py, or no file is written.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from minshi.bundle import load_bundle
from minshi.merge import stitch, trimmed
from minshi.types import Span
from minshi.window import Window, code_points, segment

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a script, it does not see the package of the tests

from data.broken_ports import BREAKS, Told, port

CASES = Path(__file__).with_name("stitching.jsonl")
_TRIES = 1000
_LETTERS = "申请人家住溪口村组父母双亡患尿毒症"
_BORDERS = ("\n", "。", "；", "，", "、 \u3000", "，。", "；，", "\n。；，")
_ODD = "\0\ud800😀𠮷"


def cases() -> Iterator[dict[str, Any]]:
    """Yield a case for each mistake; raises ValueError if a mistake goes unnoticed."""
    bundle, rng = load_bundle(), Random(0)
    contract = {"window": bundle.window, "context": bundle.context, "tags": list(bundle.schema.tags)}
    broken = {mistake: port(contract, mistake) for mistake in BREAKS}
    for _ in range(_TRIES):
        if not broken:
            return
        case = _case(rng, bundle.window, bundle.context, bundle.schema.labels)
        caught = [mistake for mistake, tag in broken.items() if tag(case["text"], Told(case, contract)) != case["spans"]]
        if caught:
            yield case
        for mistake in caught:
            del broken[mistake]
    raise ValueError(f"no file is written: of {_TRIES} texts none catches {'; '.join(broken)}")


def _case(rng: Random, size: int, context: int, labels: tuple[str, ...]) -> dict[str, Any]:
    borders, odd = rng.choice(_BORDERS), rng.choice(("", _ODD))
    kinds = (_LETTERS, borders, odd)
    text = "".join(
        rng.choice(rng.choices(kinds, (60, 1, len(odd) / 20))[0] or _LETTERS) for _ in range(rng.randint(size, 3 * size))
    )
    windows = [(window, tuple(_spans(rng, window, labels))) for window in segment(text, size=size, context=context)]
    found = trimmed(stitch(windows, len(text)), text)
    return {
        "text": text,
        "windows": [
            {"shown": "".join(map(chr, code_points(text[window.start : window.end]))), "spans": _rows(spans)}
            for window, spans in windows
        ],
        "spans": _rows(found),
    }


def _spans(rng: Random, window: Window, labels: tuple[str, ...]) -> Iterator[Span]:
    """Yield spans of a window, most of them near its ends and near the ends of what it owns."""
    near = (0, window.own_start - window.start, window.own_end - window.start, window.end - window.start)
    places = {min(max(0, rng.choice(near) + rng.randint(-20, 20)), window.end - window.start) for _ in range(8)}
    for start, end in pairwise(sorted(places)):
        if rng.random() < 0.6:
            yield Span(start, end, rng.choice(labels[:2]))


def _rows(spans: Any) -> list[list[Any]]:
    return [[span.start, span.end, span.label] for span in spans]


def main() -> None:
    """Write the file anew; lone surrogates stay as JSON escapes."""
    CASES.write_text("".join(json.dumps(case) + "\n" for case in cases()), encoding="utf-8")


if __name__ == "__main__":
    main()
