"""Two models on the same documents: the difference of their strict micro F1 with a paired bootstrap interval."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from minshi.tagger import Tagger
from minshi.types import Document
from minshi_train.evaluate import of_schema

_RESAMPLES = 2000
_INTERVAL = (0.025, 0.975)

Counts = tuple[int, int, int]  # spans that agree, spans found, spans in gold


def count_spans(tagger: Tagger, docs: Sequence[Document]) -> list[Counts]:
    """Tag documents and count, for each, the spans that agree with gold, the spans found and the gold spans."""
    found = [of_schema(doc.spans, tagger.schema) for doc in tagger.tag_many(docs)]
    return [(len(set(spans) & set(doc.spans)), len(spans), len(doc.spans)) for doc, spans in zip(docs, found, strict=True)]


def micro_f1(counts: Sequence[Counts]) -> float:
    """Return strict micro F1 over documents; 0 where there is nothing to find and nothing found."""
    agreed, found, gold = (sum(column) for column in zip(*counts, strict=True))
    return 2 * agreed / (found + gold) if found + gold else 0.0


def bootstrap_difference(old: Sequence[Counts], new: Sequence[Counts], *, seed: int) -> tuple[float, float]:
    """Return the 95 % interval of new F1 - old F1 when the documents are drawn again, the same for both.

    Percentile bootstrap (Efron 1979) over documents; Berg-Kirkpatrick et al. 2012 discuss it for paired systems.
    """
    rng = Random(seed)
    differences = []
    for _ in range(_RESAMPLES):
        drawn = rng.choices(range(len(old)), k=len(old))
        differences.append(micro_f1([new[at] for at in drawn]) - micro_f1([old[at] for at in drawn]))
    differences.sort()
    low, high = (differences[int(edge * (_RESAMPLES - 1))] for edge in _INTERVAL)
    return low, high
