"""What commands share: options, and errors as one line and an exit status."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from minshi.errors import InputError, MinshiError

ModelOption = Annotated[Path | None, typer.Option("--model", help="Model folder; the shipped one by default.")]


@contextmanager
def clean_exit() -> Iterator[None]:
    """Turn what can go wrong as a whole into one line and an exit status."""
    try:
        yield
        sys.stdout.flush()
    except InputError as err:
        typer.echo(f"minshi: {err}", err=True)
        raise typer.Exit(1) from None
    except MinshiError as err:
        typer.echo(f"minshi: {err}", err=True)
        raise typer.Exit(2) from None
    except BrokenPipeError:  # the reader of our output went away, as `head` does
        sys.stdout = None  # nothing is left to flush at exit
        raise typer.Exit(0) from None
    except OSError as err:
        sys.stdout = None
        typer.echo(f"minshi: cannot write the output ({err.strerror or type(err).__name__})", err=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        typer.echo("minshi: interrupted", err=True)
        raise typer.Exit(130) from None
