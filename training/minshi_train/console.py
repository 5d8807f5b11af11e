"""What the commands say on standard error: their log, and where something is wrong one line, with exit status 1."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from minshi.errors import MinshiError


def log_to_standard_error() -> None:
    """Show the log of minshi_train, and of others only warnings."""
    logging.basicConfig(format="%(name)s: %(message)s")
    logging.getLogger(__package__).setLevel(logging.INFO)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn an error of minshi into a line on standard error and exit status 1."""
    try:
        yield
    except MinshiError as err:
        typer.echo(f"minshi-train: {err}", err=True)
        raise typer.Exit(1) from None
