"""Measure the tagger on given documents: how fast it loads and tags here, and what memory it takes."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from minshi.errors import InputError
from minshi.tagger import Tagger, available_cores
from minshi.types import Document


def measure(docs: Sequence[Document], *, seconds: float, model: Path | None = None) -> Iterator[str]:
    """Yield one line a figure, each row measured for about `seconds` after a warm-up.

    Raises:
        InputError: there is no text to measure on.
    """
    characters = sum(len(doc.text) for doc in docs)
    if not characters:
        raise InputError("no text to measure on")
    began = time.perf_counter()
    Tagger.load(model, threads=1)
    yield f"load               {1000 * (time.perf_counter() - began):8.0f} ms"
    yield f"text               {characters:8d} characters in {len(docs)} documents"
    for threads in sorted({1, available_cores()}):
        rates = _rates(Tagger.load(model, threads=threads, remember=0), docs, seconds=seconds)
        yield (
            f"tag_many, {threads:2d} thread{'s' if threads > 1 else ' '} {statistics.median(rates):8.0f} characters/s "
            f"(min {min(rates):.0f}, max {max(rates):.0f}, {len(rates)} runs)"
        )
    if peak := _peak_megabytes():
        yield f"peak memory        {peak:8.0f} MB"


def _rates(tagger: Tagger, docs: Sequence[Document], *, seconds: float) -> list[float]:
    characters = sum(len(doc.text) for doc in docs)
    rates: list[float] = []
    stop = time.perf_counter() + seconds
    for _ in tagger.tag_many(docs[:8]):
        pass
    while not rates or time.perf_counter() < stop:
        began = time.perf_counter()
        for _ in tagger.tag_many(docs):
            pass
        rates.append(characters / (time.perf_counter() - began))
    return rates


def _peak_megabytes() -> float | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)
