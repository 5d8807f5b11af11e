"""How the commands end where something is wrong: one line, exit status 1."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from minshi.errors import MinshiError


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn an error of minshi into a line on standard error and exit status 1."""
    try:
        yield
    except MinshiError as err:
        typer.echo(f"minshi-train: {err}", err=True)
        raise typer.Exit(1) from None
