"""Make tests/data/vectors.jsonl: texts and the spans of the shipped model alone, for ports to check themselves against.

    python tests/data/make_vectors.py

Each line is {"text", "spans": [[start, end, label, score]], "points": {name: spans}}, the first spans being those of the point
"balanced". Taken are texts in which no tag is a close call and no score near a bound at any point, so that the rounding of
another processor or runtime flips nothing (WebAssembly rounds int8 otherwise than x86: with an earlier model, 95 %
of 412 scores differed by less than 0.006, one by 0.21). Ports must get the same spans.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minshi import Tagger
from minshi.bundle import Bundle, load_bundle
from minshi.decode import decode
from minshi.labels import LabelSchema
from minshi.points import BALANCED, OperatingPoint
from minshi.window import code_points, segment

ROOT = Path(__file__).parents[2]
VECTORS = Path(__file__).with_name("vectors.jsonl")
SHORT, LONG = 40, 6
_MARGIN, _LONG_MARGIN = 1.0, 0.3  # natural logarithm, between the best legal sequence of tags and any other
_SCORE_MARGIN = 0.03  # between a score and the least that a point asks for
_ODD = (
    "", " ", "\n\n\n", "公示", "\0张三\0患尿毒症", "\ud800家住溪口村3组", "😀👍🏽𠮷", "ＡＢＣ　１２３", "a" * 1000, "。" * 800,
    "abc def 123\t\t", "\u202e\u200b\ufeff", "１１０" * 200,
)  # fmt: skip


def model_alone(point: str = BALANCED) -> Tagger:
    """The shipped model without the rules, which are no part of the file."""
    bundle = load_bundle()
    return Tagger(
        bundle.scorer(),
        bundle.schema,
        window=bundle.window,
        context=bundle.context,
        rule_labels=(),
        point=bundle.points[point],
        calibration=bundle.calibration,
    )


def spans_at(vector: Mapping[str, Any], point: str) -> list[list[Any]]:
    """Return the spans of a line of the file at an operating point."""
    spans: list[list[Any]] = {BALANCED: vector["spans"], **vector["points"]}[point]
    return spans


def lead(log_probs: NDArray[np.floating], schema: LabelSchema) -> float:
    """Return by how much the best legal tag sequence of log-probabilities [T, K] beats the second best.

    The best sequence through each tag of each character is the best one up to it and the best one from it on (max-marginals).
    """
    barred = np.where(schema.transition_allowed, 0.0, -np.inf)
    before = np.where(schema.start_allowed, 0.0, -np.inf) + np.zeros_like(log_probs)
    after = np.zeros_like(log_probs)
    for step in range(1, len(log_probs)):
        before[step] = (before[step - 1, :, None] + log_probs[step - 1, :, None] + barred).max(axis=0)
    for step in range(len(log_probs) - 2, -1, -1):
        after[step] = (barred + log_probs[step + 1] + after[step + 1]).max(axis=1)
    through = np.sort(before + log_probs + after, axis=1)
    return float((through[:, -1] - through[:, -2]).min(initial=np.inf))


def vectors() -> Iterator[dict[str, object]]:
    """Yield the odd texts, short documents and long ones of several windows, whichever are no close call."""
    bundle = load_bundle()
    taggers = {name: model_alone(name) for name in bundle.points}
    scorer = taggers[BALANCED].scorer

    def is_clear(text: str, margin: float = _MARGIN) -> bool:
        for window in segment(text, size=bundle.window, context=bundle.context):
            log_probs = scorer(code_points(text[window.start : window.end])[None])[0]
            if any(_is_close(log_probs, bundle, point, margin) for point in bundle.points.values()):
                return False
        return True

    clear = (text for text in _texts() if 20 < len(text) <= bundle.window and is_clear(text))
    pieces = list(islice(clear, 3 * SHORT))
    short = pieces[:SHORT]
    rng = Random(0)
    long = [
        _grown(rng.sample(pieces, len(pieces)), 2 * bundle.window, lambda text: is_clear(text, _LONG_MARGIN)) for _ in range(LONG)
    ]
    for text in (*(odd for odd in _ODD if is_clear(odd)), *short, *long):
        spans = {
            name: [[span.start, span.end, span.label, span.score] for span in tagger.tag(text).spans]
            for name, tagger in taggers.items()
        }
        yield {"text": text, "spans": spans.pop(BALANCED), "points": spans}


def _is_close(log_probs: NDArray[np.floating], bundle: Bundle, point: OperatingPoint, margin: float) -> bool:
    """Tell whether a window is a close call at a point: another sequence of tags, or a span left out or in."""
    if lead(log_probs + point.tag_bias(bundle.schema), bundle.schema) < margin:
        return True
    spans = decode(log_probs, bundle.schema, point, bundle.calibration)
    return any(abs(span.score - point.min_score.get(span.label, 0.0)) < _SCORE_MARGIN for span in spans)


def _grown(pieces: Iterable[str], length: int, is_clear: Callable[[str], bool]) -> str:
    """Join pieces, leaving out each that would make a close call, until the text has more than `length` characters."""
    text = ""
    for piece in pieces:
        longer = f"{text}\n{piece}" if text else piece
        if is_clear(longer):
            text = longer
        if len(text) > length:
            break
    return text


def _texts() -> Iterator[str]:
    for path in sorted((ROOT / "data" / "annotated").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines()[:60]:
            yield json.loads(line)["text"]


def main() -> None:
    """Write the file anew; lone surrogates stay as JSON escapes."""
    VECTORS.write_text("".join(json.dumps(vector) + "\n" for vector in vectors()), encoding="utf-8")


if __name__ == "__main__":
    main()
