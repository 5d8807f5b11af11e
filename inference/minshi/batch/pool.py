"""Worker processes, one session and one thread each. A worker that dies costs its chunk another try, not the job."""

from __future__ import annotations

import shutil
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from minshi.batch.tally import Tally
from minshi.batch.worker import SCRATCH, TRIES, Worker, as_ours, died_too_often, workers_that_fit
from minshi.child import SPAWN, deaf_children, die_with_parent, hush, ignore_interrupts
from minshi.errors import MinshiError


@dataclass
class _Worker:
    process: BaseProcess
    connection: Connection[Any, Any]
    chunk: int | None = None
    reports: int = 0  # that it gave of its chunk


def run_chunks(out: Path, chunks: Sequence[int], *, workers: int | None) -> Iterator[Tally]:
    """Run chunks of the job in `out` on worker processes; yield what is done as it grows, in a large file too.

    By default there is one a core, or fewer where memory holds fewer.

    Raises:
        InputError: a part cannot be written.
        MinshiError: a worker died again and again over the same chunk.
    """
    waiting = deque(chunks)
    tries: Counter[int] = Counter()
    reported: Counter[int] = Counter()  # of each chunk: one that is tried again says the same once more
    crew = [_hire(out) for _ in range(min(workers or workers_that_fit(out), len(chunks)))]
    try:
        while waiting or any(worker.chunk is not None for worker in crew):
            for worker in crew:
                if worker.chunk is None and waiting:
                    worker.chunk = waiting.popleft()
                    with suppress(OSError):  # it died idle, and the wait below finds that out
                        worker.connection.send(worker.chunk)
            for connection in wait([worker.connection for worker in crew]):
                worker = next(each for each in crew if each.connection is connection)
                try:
                    message = worker.connection.recv()
                except (EOFError, OSError):
                    crew.remove(worker)
                    crew.append(_hire(out))
                    if worker.chunk is not None:
                        tries[worker.chunk] += 1
                        if tries[worker.chunk] == TRIES:
                            raise died_too_often(worker.chunk) from None
                        waiting.appendleft(worker.chunk)
                    continue
                if isinstance(message, MinshiError):
                    raise message
                if message is None or worker.chunk is None:
                    worker.chunk, worker.reports = None, 0
                    continue
                worker.reports += 1
                if worker.reports > reported[worker.chunk]:
                    reported[worker.chunk] += 1
                    yield message
    finally:
        for worker in crew:
            worker.process.terminate()
        for worker in crew:
            worker.process.join()
            worker.connection.close()
        shutil.rmtree(out / SCRATCH, ignore_errors=True)


def _hire(out: Path) -> _Worker:
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=_work, args=(theirs, str(out)))
    with deaf_children():
        process.start()
    theirs.close()
    return _Worker(process, ours)


def _work(connection: Connection[Any, Any], out_path: str) -> None:
    ignore_interrupts()
    die_with_parent()
    hush()
    worker = None
    try:
        worker = Worker(Path(out_path))
        while True:
            worker.run(connection.recv(), connection.send)
            connection.send(None)
    except (EOFError, BrokenPipeError):
        pass
    except Exception as err:
        connection.send(as_ours(err))
    finally:
        if worker is not None:
            worker.close()
