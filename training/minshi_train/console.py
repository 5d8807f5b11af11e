"""What the commands show: a bar while they work, and one line where something is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import typer
from rich.console import Console
from rich.progress import track

from minshi.errors import MinshiError

_T = TypeVar("_T")


def progress(items: Iterable[_T], what: str, *, total: int | None = None) -> Iterable[_T]:
    """Yield the items under a bar on standard error, with the time that is left; without one where that is no terminal."""
    return track(items, total=total, description=what, console=Console(stderr=True), transient=True)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn an error of minshi into a line on standard error and exit status 1."""
    try:
        yield
    except MinshiError as err:
        typer.echo(f"minshi-train: {err}", err=True)
        raise typer.Exit(1) from None
