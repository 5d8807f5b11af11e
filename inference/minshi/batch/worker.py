"""What every engine's worker does: it holds a tagger on one thread and a process that reads, and tags chunks of a job."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from pathlib import Path
from traceback import walk_tb

from minshi.batch import plan_file
from minshi.batch.chunk import run_chunk
from minshi.batch.memory import available_memory, default_workers
from minshi.batch.reading import FileReader
from minshi.batch.tally import Tally
from minshi.errors import MinshiError
from minshi.tagger import Tagger, available_cores

TRIES = 3  # workers that may die over a chunk
SCRATCH = "scratch"  # folder of the job for what readers unpack and convert; it goes when the job stops


class Worker:
    """Tags chunks of the job in `out`, one after the other.

    Raises:
        InputError: there is no job in `out`.
        ModelError: its model is missing or damaged.
    """

    def __init__(self, out: Path) -> None:
        self.job = plan_file.load_job(out)
        settings = self.job.settings
        self.tagger = Tagger.load(settings.model, threads=1, point=settings.point)
        self._out = out
        self._reader = FileReader(
            out / SCRATCH / f"{platform.node()}-{os.getpid()}",
            seconds=settings.file_seconds,
            memory_mb=settings.memory_mb,
            options=settings.options,
        )

    def run(self, chunk: int, advance: Callable[[Tally], None]) -> None:
        """Write the part of a chunk; `advance` is told what is done as it grows."""
        entries = plan_file.load_chunk(self._out, chunk)
        run_chunk(self.job, chunk, entries, self._out, self.tagger, self._reader, advance)

    def close(self) -> None:
        """Stop the process that reads."""
        self._reader.close()


def workers_that_fit(out: Path) -> int:
    """Return how many workers on the job in `out` this machine has cores and memory for; raises InputError if there is no job."""
    memory_mb = plan_file.load_job(out).settings.memory_mb
    return default_workers(memory_mb, available=available_memory(), cores=available_cores())


def as_ours(err: Exception) -> MinshiError:
    """Return an error that may be shown: one of ours as it is, another without its message, which might hold text."""
    if isinstance(err, MinshiError):
        return err
    *_, frame = walk_tb(err.__traceback__)
    place = f"{Path(frame[0].f_code.co_filename).name}:{frame[1]}"
    return MinshiError(f"a worker failed ({type(err).__name__}, {place})")


def died_too_often(chunk: int | None) -> MinshiError:
    """Return what is said of a chunk that no worker survives, or None for loading."""
    over = "as it started" if chunk is None else f"over chunk {chunk}"
    return MinshiError(f"a worker died {TRIES} times {over}; out of memory?")
