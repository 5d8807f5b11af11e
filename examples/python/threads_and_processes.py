"""Use every core: threads over one tagger, or processes with a tagger each. Either way a text gets the same spans.

    python threads_and_processes.py

Prefer threads: onnxruntime computes outside Python's lock, and the model is in memory once. Take processes where the rest
of the work for a document is Python, such as parsing files.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

from minshi import Span, Tagger

Found = list[tuple[Span, ...]]
NOTICE = "申请人鲁春生，家住石桥镇溪口村3组17号，患有尿毒症，电话13900001234。"
NOTICES = [f"公示第{number}号：{NOTICE}" for number in range(100)]
WORKERS = 2


def stream() -> Found:
    """Let the tagger do it: documents come in order, only a few are read ahead."""
    return [doc.spans for doc in Tagger.load(threads=WORKERS).tag_many(NOTICES)]


def threads() -> Found:
    """Share one tagger between threads of your own: with threads=1 a call stays on the thread that makes it."""
    tagger = Tagger.load(threads=1)
    with ThreadPoolExecutor(WORKERS) as pool:
        return [doc.spans for doc in pool.map(tagger.tag, NOTICES)]


def processes() -> Found:
    """Load a tagger in each process; "spawn" starts clean ones, as a session does not survive a fork safely."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WORKERS, mp_context=context, initializer=_load) as pool:
        return list(pool.map(_spans, NOTICES, chunksize=10))


def _load() -> None:
    global _tagger
    _tagger = Tagger.load(threads=1)


def _spans(text: str) -> tuple[Span, ...]:
    return _tagger.tag(text).spans


def _timed(work: Callable[[], Found]) -> Found:
    start = time.perf_counter()
    found = work()
    print(f"{work.__name__:10} {len(found)} notices, {sum(map(len, found))} spans, {time.perf_counter() - start:.1f} s")
    return found


if __name__ == "__main__":
    if not _timed(stream) == _timed(threads) == _timed(processes):
        raise SystemExit("the spans differ")
