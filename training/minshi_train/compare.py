"""Two models on the same documents: differences with paired bootstrap intervals, and the findings that changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from minshi.types import Span
from minshi_train.evaluate import Counts, Judged, count_spans, cover, share
from minshi_train.examine import count_names, group, interval, resample

_MIN_SLICE = 10  # documents that make a slice a row of its own
_SENTENCE_END = re.compile(r"[。！？!?]+[”’」』）)]*|[\r\n]+")
_REACH = 100  # characters of a sentence that are shown on either side of a finding


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of two models, and the 95 % interval of new - old."""

    name: str
    old: float
    new: float
    low: float
    high: float

    @property
    def is_beyond_chance(self) -> bool:
        """Zero lies outside the interval."""
        return self.low > 0 or self.high < 0


def differences(old: Sequence[Judged], new: Sequence[Judged], labels: Iterable[str]) -> list[Difference]:
    """Compare two taggers' findings in the same gold documents, in the same order.

    Rows: strict F1 "micro", by label, and by form, length and genre of the document; the recall of names by kind, all as
    `examine.slices` has them; "leaked characters", the share of sensitive characters that no span covers; "marked
    characters", the share of the others that one does. Intervals are percentile bootstrap
    (Efron 1979) over documents, the same ones drawn for both models (Berg-Kirkpatrick et al. 2012).
    """
    draws = resample(len(old))
    pairs = {"micro": (_strict(old), _strict(new))}
    pairs |= {label: (_strict(old, label), _strict(new, label)) for label in labels}
    pairs |= _slices(old, new)
    before, after = cover(old), cover(new)
    for name, key in {"leaked characters": "leaking_characters", "marked characters": "over_redaction"}.items():
        pairs[name] = (before[key], after[key])
    return [_difference(name, *pair, draws) for name, pair in pairs.items()]


def _slices(old: Sequence[Judged], new: Sequence[Judged]) -> dict[str, tuple[Counts, Counts]]:
    """Return the counts of every slice with enough documents."""
    before, after, pairs = _strict(old), _strict(new), dict[str, tuple[Counts, Counts]]()
    for dimension, groups in group([doc for doc, _ in old]).items():
        for name, places in groups.items():
            if name and len(places) >= _MIN_SLICE:
                inside = np.isin(np.arange(len(old)), places)[:, None]
                pairs[f"{dimension} {name}"] = (before * inside, after * inside)
    others = count_names(new)
    for kind, counts in count_names(old).items():
        if np.count_nonzero(counts[:, 1]) >= _MIN_SLICE:
            pairs[f"name {kind}, recall"] = (counts, others[kind])
    return pairs


def changes(old: Sequence[Judged], new: Sequence[Judged]) -> Iterator[str]:
    """Yield a line for each finding that only one of the models makes: better or worse, label, and its sentence."""
    for (doc, before), (_, after) in zip(old, new, strict=True):
        changed = [(span, "-") for span in set(before) - set(after)] + [(span, "+") for span in set(after) - set(before)]
        for span, sign in sorted(changed, key=lambda each: (each[0].start, each[0].end, each[1])):
            verdict = "better" if (span in doc.spans) == (sign == "+") else "worse"
            yield f"{verdict}\t{sign}{span.label}\t{doc.id}\t{_marked(doc.text, span)}"


def _marked(text: str, span: Span) -> str:
    """Return the sentence of a finding, or its line, with the finding in brackets; … stands where it is cut."""
    low, high = max(0, span.start - _REACH), min(len(text), span.end + _REACH)
    left, right = text[low : span.start], text[span.end : high]
    if ends := [end.end() for end in _SENTENCE_END.finditer(left)]:
        left = left[ends[-1] :]
    elif low > 0:
        left = f"…{left}"
    # from the last character of the finding, which may end the sentence itself
    if end := _SENTENCE_END.search(text, span.end - 1, high):
        right = text[span.end : end.end()]
    elif high < len(text):
        right = f"{right}…"
    return "⏎".join(f"{left}【{text[span.start : span.end]}】{right}".strip().splitlines())


def _difference(name: str, old: Counts, new: Counts, draws: Counts) -> Difference:
    low, high = interval(share(draws @ new) - share(draws @ old))
    return Difference(name, float(share(old.sum(0))), float(share(new.sum(0))), low, high)


def _strict(judged: Sequence[Judged], label: str | None = None) -> Counts:
    """Return for each document twice the spans that are right, and those of gold and found together; their ratio is F1."""
    right, found, gold = count_spans(judged, label).T
    return np.stack([2 * right, gold + found], axis=-1)
