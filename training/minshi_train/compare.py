"""Two models on the same documents: differences with paired bootstrap intervals, and the findings that changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from minshi.types import Document, Span
from minshi_train.evaluate import positions
from minshi_train.examine import Judged, context_of

_RESAMPLES = 2000
_INTERVAL = (2.5, 97.5)  # percentiles
_MIN_SLICE = 5  # documents that make a form a row of its own

Counts: TypeAlias = NDArray[np.int64]  # [documents, 2]: numerator and denominator of a share


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


def differences(old: Sequence[Judged], new: Sequence[Judged], labels: Iterable[str], *, seed: int = 0) -> list[Difference]:
    """Compare two taggers' findings in the same gold documents, in the same order.

    Rows: strict F1 "micro", by label and by form of the document; "leaked characters", the share of sensitive characters
    that no span covers; "marked characters", the share of the others that one does. Intervals are percentile bootstrap
    (Efron 1979) over documents, the same ones drawn for both models (Berg-Kirkpatrick et al. 2012).
    """
    draws = np.random.default_rng(seed).multinomial(len(old), np.full(len(old), 1 / len(old)), size=_RESAMPLES)
    rows = [_difference("micro", _strict(old), _strict(new), draws)]
    rows += [_difference(label, _strict(old, label), _strict(new, label), draws) for label in labels]
    forms = np.array([str(doc.meta.get("form", "")) for doc, _ in old])
    for form in sorted(set(forms.tolist()) - {""}):
        inside = forms == form
        if inside.sum() >= _MIN_SLICE:
            rows.append(_difference(f"form {form}", _strict(old) * inside[:, None], _strict(new) * inside[:, None], draws))
    for name, count in {"leaked characters": _leaked, "marked characters": _marked}.items():
        rows.append(_difference(name, count(old), count(new), draws))
    return rows


def changes(old: Sequence[Judged], new: Sequence[Judged]) -> Iterator[str]:
    """Yield a line for each finding that only one of the models makes: better or worse, label, and the text around."""
    for (doc, before), (_, after) in zip(old, new, strict=True):
        changed = [(span, "-") for span in set(before) - set(after)] + [(span, "+") for span in set(after) - set(before)]
        for span, sign in sorted(changed, key=lambda each: (each[0].start, each[0].end, each[1])):
            verdict = "better" if (span in doc.spans) == (sign == "+") else "worse"
            left, right = context_of(doc, span)
            shown = f"{left}【{doc.text[span.start : span.end]}】{right}".replace("\n", "⏎")
            yield f"{verdict}\t{sign}{span.label}\t{doc.id}\t{shown}"


def _difference(name: str, old: Counts, new: Counts, draws: NDArray[np.int64]) -> Difference:
    resampled = _share(draws @ new) - _share(draws @ old)
    low, high = np.percentile(resampled, _INTERVAL)
    return Difference(name, float(_share(old.sum(0))), float(_share(new.sum(0))), float(low), float(high))


def _share(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    above, below = counts[..., 0].astype(np.float64), counts[..., 1].astype(np.float64)
    share: NDArray[np.float64] = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
    return share


def _strict(judged: Sequence[Judged], label: str | None = None) -> Counts:
    """F1 = 2 right / (found + gold)."""

    def of_label(spans: Iterable[Span]) -> set[Span]:
        return {span for span in spans if label is None or span.label == label}

    pairs = [(of_label(doc.spans), of_label(found)) for doc, found in judged]
    return np.array([(2 * len(gold & found), len(gold) + len(found)) for gold, found in pairs])


def _leaked(judged: Sequence[Judged]) -> Counts:
    return _by_character(judged, lambda doc, gold, found: (len(gold - found), len(gold)))


def _marked(judged: Sequence[Judged]) -> Counts:
    return _by_character(judged, lambda doc, gold, found: (len(found - gold), len(doc.text) - len(gold)))


def _by_character(judged: Sequence[Judged], count: Callable[[Document, set[int], set[int]], tuple[int, int]]) -> Counts:
    return np.array([count(doc, positions(doc.spans), positions(found)) for doc, found in judged])
