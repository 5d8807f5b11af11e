"""What commands share: options, and errors as one line and an exit status."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from minshi.errors import MinshiError

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn


def _number(value: float) -> float:
    """Return the value of an option; NaN, which no bound holds off, is a usage error."""
    if math.isnan(value):
        raise typer.BadParameter("nan is no number")
    return value


ModelOption = Annotated[Path | None, typer.Option("--model", help="Model folder; the shipped one by default.")]
LabelsOption = Annotated[str | None, typer.Option("--labels", help="Only these labels, comma-separated: NAME,HEALTH.")]
ScoreOption = Annotated[
    float, typer.Option("--min-score", min=0, max=1, callback=_number, help="Only findings at least this sure.")
]
PointOption = Annotated[
    str, typer.Option("--point", help="How readily to find: balanced, high_recall (fewer leaks) or high_precision.")
]
WithTextOption = Annotated[
    bool, typer.Option("--with-text", help="Write the matched text too. Off by default: findings are personal data.")
]
FileSecondsOption = Annotated[
    float, typer.Option("--file-seconds", min=0.1, callback=_number, help="A file is given up if it yields nothing for so long.")
]


def named_labels(option: str | None) -> tuple[str, ...] | None:
    """Return the labels that --labels names, None where it is not given."""
    return None if option is None else tuple(label.strip().upper() for label in option.split(","))


def standard_output() -> BinaryIO:
    """Return where output goes that no option sends elsewhere.

    Raises:
        MinshiError: it is closed, as `>&-` does.
    """
    if sys.stdout is None:
        raise MinshiError("cannot write the output (standard output is closed)")
    return sys.stdout.buffer


def occupy_standard_descriptors() -> None:
    """Open what is closed of the descriptors 0 to 2, or a file would get one and with it what other programs print there."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)


def progress_bar(*columns: ProgressColumn, speed_seconds: float = 30.0) -> Progress:
    """Return a bar on standard error that ends with the time taken and left; it is not shown where that is no terminal.

    Args:
        speed_seconds: over which the time left is reckoned.
    """
    from rich.console import Console
    from rich.progress import Progress, TimeElapsedColumn, TimeRemainingColumn

    console = Console(stderr=True)
    times = (TimeElapsedColumn(), TimeRemainingColumn())
    return Progress(*columns, *times, console=console, disable=not console.is_terminal, speed_estimate_period=speed_seconds)


@contextmanager
def clean_exit() -> Iterator[None]:
    """Turn what can go wrong as a whole into one line and an exit status."""
    try:
        yield
        if sys.stdout is not None:  # None where it is closed: who writes to it asks `standard_output`
            sys.stdout.flush()
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
