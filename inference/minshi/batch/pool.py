"""Worker processes, one session and one thread each. A worker that dies costs its chunk another try, not the job."""

from __future__ import annotations

import os
import shutil
import signal
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from traceback import walk_tb
from typing import Any

from minshi.batch import plan as plans
from minshi.batch.chunk import Tally, run_chunk
from minshi.batch.reading import FileReader, die_with_parent, ignore_interrupts
from minshi.errors import MinshiError
from minshi.tagger import Tagger

_SPAWN = get_context("spawn")
_TRIES = 3
SCRATCH = "scratch"  # folder of the job for what readers unpack and convert; it goes when the job stops


@dataclass
class _Worker:
    process: BaseProcess
    connection: Connection[Any, Any]
    chunk: int | None = None


def run_chunks(out: Path, chunks: Sequence[int], *, workers: int) -> Iterator[Tally]:
    """Run chunks of the job in `out` on worker processes; yield the counts of every file as it is done.

    Raises:
        InputError: a part cannot be written.
        MinshiError: a worker died again and again over the same chunk.
    """
    waiting = deque(chunks)
    tries: Counter[int] = Counter()
    crew = [_hire(out) for _ in range(min(workers, len(chunks)))]
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
                        if tries[worker.chunk] == _TRIES:
                            raise MinshiError(f"a worker died {_TRIES} times over chunk {worker.chunk}; out of memory?") from None
                        waiting.appendleft(worker.chunk)
                    continue
                if isinstance(message, MinshiError):
                    raise message
                if message is None:
                    worker.chunk = None
                else:
                    yield message
    finally:
        for worker in crew:
            worker.process.terminate()
        for worker in crew:
            worker.process.join()
            worker.connection.close()
        shutil.rmtree(out / SCRATCH, ignore_errors=True)


def _hire(out: Path) -> _Worker:
    ours, theirs = _SPAWN.Pipe()
    process = _SPAWN.Process(target=_work, args=(theirs, str(out)))
    with _deaf_children():
        process.start()
    theirs.close()
    return _Worker(process, ours)


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Let processes that start inside be born ignoring Ctrl-C: it must not meet them before they can say so themselves."""
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _work(connection: Connection[Any, Any], out_path: str) -> None:
    ignore_interrupts()
    die_with_parent()
    with open(os.devnull, "w") as nowhere:  # what a worker has to say goes through the pipe
        os.dup2(nowhere.fileno(), 2)
    out = Path(out_path)
    reader = None
    try:
        plan = plans.load(out)
        settings = plan.settings
        tagger = Tagger.load(settings.model, threads=1, point=settings.point)
        reader = FileReader(out / SCRATCH / str(os.getpid()), seconds=settings.file_seconds, memory_mb=settings.memory_mb)
        while True:
            run_chunk(plan, connection.recv(), out, tagger, reader, connection.send)
            connection.send(None)
    except (EOFError, BrokenPipeError):
        pass
    except MinshiError as err:
        connection.send(err)
    except Exception as err:  # ours: said without its message, which might hold text
        connection.send(MinshiError(f"a worker failed ({type(err).__name__}, {_where(err)})"))
    finally:
        if reader is not None:
            reader.close()


def _where(err: Exception) -> str:
    *_, frame = walk_tb(err.__traceback__)
    return f"{Path(frame[0].f_code.co_filename).name}:{frame[1]}"
