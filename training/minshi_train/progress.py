"""The bar under which the stages of a run do their work."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from rich.console import Console
from rich.progress import track

_T = TypeVar("_T")


def progress(items: Iterable[_T], what: str, *, total: int | None = None) -> Iterable[_T]:
    """Yield the items under a bar on standard error, with the time that is left; without one where that is no terminal."""
    return track(items, total=total, description=what, console=Console(stderr=True), transient=True)
