"""The port of examples/python/without_minshi.py, whole and broken on purpose: each break forgets one rule of docs/embedding.md.

Cases that a broken port passes do not test that rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

PORT = Path(__file__).parents[2] / "examples" / "python" / "without_minshi.py"
_POINTS = "points = np.array([ord(char) for char in text], dtype=np.int32)"
_OWNS = 'if span["end"] <= own_start or span["start"] >= own_end:'
_IS_KNOWN = 'if span["label"] == last["label"] or span["end"] <= last["end"]:'
_CUTS = 'span = {**span, "start": last["end"]}'

BREAKS: Mapping[str, tuple[str, str]] = {  # what is wrong: what stands in the port, and what stands there instead
    "NUL is not replaced": ("(points == 0) | ", ""),
    "lone surrogates are not replaced": (" | ((points >= 0xD800) & (points <= 0xDFFF))", ""),
    "offsets count UTF-16": (
        _POINTS,
        f'text = "".join(map(chr, np.frombuffer(text.encode("utf-16-le", "surrogatepass"), "<u2"))); {_POINTS}',
    ),
    "line breaks are no borders": (r'"\n", "。', '"。'),
    "sentences are no borders": ('"。！？!?", ', ""),
    "semicolons are no borders": ('"；;", ', ""),
    "commas are no borders": (r', "，,、 \t\u3000")', ")"),
    "a border is one too far": ("text.rfind(char, low, high)", "text.rfind(char, low, high + 1)"),
    "a border is looked for too early": ("(own_start + end) // 2", "own_start"),
    "nothing is owned": (_OWNS, "if False:"),
    "what begins before is not owned": (_OWNS, 'if span["start"] < own_start:'),
    "a label is given again": (_IS_KNOWN, 'if span["end"] <= last["end"]:'),
    "an overlap is dropped": (_IS_KNOWN, "if True:"),
    "an overlap is not cut": (_CUTS, "pass"),
    "nothing is continued": ("last = continued(last, spans)", "pass"),
    "edges stay": ("trimmed(sure, text)", "sure"),
}


class Told:
    """A session that knows the spans of each window, one after the other, and gives none for other characters than these."""

    def __init__(self, case: Mapping[str, Any], contract: Mapping[str, Any]) -> None:
        self._windows = iter(case["windows"])
        self._tags: list[str] = contract["tags"]

    def run(self, _outputs: list[str], inputs: Mapping[str, NDArray[np.int32]]) -> list[NDArray[np.float32]]:
        """Return log-probabilities [1, T, K] as onnxruntime does, near 0 for the tag that is told."""
        (points,) = inputs["code_points"]
        window = next(self._windows, {"shown": "", "spans": []})
        log_probs = np.full((1, len(points), len(self._tags)), -20.0, np.float32)
        log_probs[0, :, 0] = -0.1
        for start, end, label in window["spans"] if points.tolist() == [*map(ord, window["shown"])] else ():
            log_probs[0, start:end, self._tags.index(f"I-{label}")] = 0.0
            log_probs[0, start, self._tags.index(f"B-{label}")] = 1.0
        return [log_probs]


def port(contract: Mapping[str, Any], mistake: str | None = None) -> Callable[[str, Told], list[list[Any]]]:
    """Return what gives the spans of a text as [start, end, label] in a session, with one mistake or with none.

    Raises:
        ValueError: the port has changed, and the mistake no longer fits it.
    """
    source = PORT.read_text(encoding="utf-8")
    if mistake is not None:
        right, wrong = BREAKS[mistake]
        if source.count(right) != 1:
            raise ValueError(f"{PORT.name} holds {right!r} {source.count(right)} times; {mistake!r} expects it once")
        source = source.replace(right, wrong)
    module: dict[str, Any] = {"__name__": "port"}
    exec(compile(source, str(PORT), "exec"), module)

    def tag(text: str, session: Told) -> list[list[Any]]:
        model = object.__new__(module["Model"])  # not by its path: what is told stands in for the file
        model.session, model.contract, model.point = session, contract, {"bias": {}, "min_score": {}}
        return [[span["start"], span["end"], span["label"]] for span in model.tag(text)]

    return tag
