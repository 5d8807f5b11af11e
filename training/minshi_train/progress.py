"""How far a stage is: a bar on a terminal; where there is none, as in the log file of a long run, a line now and then."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sized
from datetime import timedelta
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

_log = logging.getLogger(__name__)
_EVERY = 30.0  # seconds between two lines of the log

_T = TypeVar("_T")


class _Rate(ProgressColumn):
    """Items a second; rich shows a rate only where the total is unknown."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.1f}/s" if task.speed else "")


def progress(items: Iterable[_T], what: str, *, total: int | None = None) -> Iterator[_T]:
    """Yield the items, and tell on standard error how many are done, how many a second, and the time gone and left."""
    if total is None and isinstance(items, Sized):
        total = len(items)
    console = Console(stderr=True)
    return _under_bar(items, what, total, console) if console.is_terminal else _logged(items, what, total)


def _under_bar(items: Iterable[_T], what: str, total: int | None, console: Console) -> Iterator[_T]:
    times = (TimeElapsedColumn(), TextColumn("gone,"), TimeRemainingColumn(), TextColumn("left"))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), *times)
    with Progress(*columns, console=console, transient=True) as bar:
        yield from bar.track(items, total=total, description=what)


def _logged(items: Iterable[_T], what: str, total: int | None) -> Iterator[_T]:
    began = said = time.monotonic()
    for done, item in enumerate(items, 1):
        yield item
        now = time.monotonic()
        if now - said >= _EVERY:
            said = now
            _log.info("%s: %s", what, _so_far(done, total, now - began))


def _so_far(done: int, total: int | None, seconds: float) -> str:
    """Return what a line of the log says.

    >>> _so_far(1500, 4000, 60)
    '1,500 of 4,000, 25.0/s, 0:01:00 gone, 0:01:40 left'
    """
    share = f"{done:,}" if total is None else f"{done:,} of {total:,}"
    left = "" if total is None else f", {_clock((total - done) * seconds / done)} left"
    return f"{share}, {done / seconds:,.1f}/s, {_clock(seconds)} gone{left}"


def _clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
