"""Make tests/data/vectors.jsonl: texts and the spans of the shipped model alone, for ports to check themselves against.

    python tests/data/make_vectors.py

Each line is {"text", "spans": [[start, end, label, score]]}. Taken are texts in which no character is a close call, so that the
rounding of another processor or runtime flips nothing (WebAssembly rounds int8 otherwise than x86: of 412 scores there
95 % differ by less than 0.006, the largest by 0.21). Ports must get the same spans.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from random import Random

import numpy as np

from minshi import Tagger
from minshi.bundle import load_bundle
from minshi.window import code_points, segment

ROOT = Path(__file__).parents[2]
VECTORS = Path(__file__).with_name("vectors.jsonl")
SHORT, LONG = 40, 6
_MARGIN, _LONG_MARGIN = 1.0, 0.3  # natural logarithm, between the best tag of a character and the next
_ODD = (
    "", " ", "\n\n\n", "公示", "\0张三\0患尿毒症", "\ud800家住溪口村3组", "😀👍🏽𠮷", "ＡＢＣ　１２３", "a" * 1000, "。" * 800,
    "abc def 123\t\t", "\u202e\u200b\ufeff", "１１０" * 200,
)  # fmt: skip


def model_alone() -> Tagger:
    """The shipped model without the rules, which are no part of the file."""
    bundle = load_bundle()
    return Tagger(
        bundle.scorer(),
        bundle.schema,
        window=bundle.window,
        context=bundle.context,
        rule_labels=(),
        calibration=bundle.calibration,
    )


def vectors() -> Iterator[dict[str, object]]:
    """Yield the odd texts, short documents and long ones of several windows, whichever are no close call."""
    tagger, bundle = model_alone(), load_bundle()

    def is_clear(text: str, margin: float = _MARGIN) -> bool:
        for window in segment(text, size=bundle.window, context=bundle.context):
            log_probs = np.sort(tagger.scorer(code_points(text[window.start : window.end])[None])[0], axis=1)
            if (log_probs[:, -1] - log_probs[:, -2]).min() < margin:
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
        spans = [[span.start, span.end, span.label, span.score] for span in tagger.tag(text).spans]
        yield {"text": text, "spans": spans}


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
