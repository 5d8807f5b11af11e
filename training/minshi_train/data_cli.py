"""The commands `minshi-train data …`: check, count, convert and divide annotated files."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from minshi.errors import ConfigError
from minshi_train.config import load_labels, model_schema
from minshi_train.console import one_line_errors
from minshi_train.corpus.annotated import read_annotated, write_annotated
from minshi_train.corpus.build import fold_of
from minshi_train.corpus.formats import FORMATS
from minshi_train.corpus.lint import lint
from minshi_train.corpus.stats import describe

_FEW_FILES = 4  # whose columns a terminal has room for

data_app = typer.Typer(no_args_is_help=True, help="Check annotated files, and bring them from and to other tools.")


@data_app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="Annotated JSON Lines files.")],
    labels: Annotated[Path, typer.Option("--labels", help="The label schema.")] = Path("configs/labels.yaml"),
) -> None:
    """Say what is wrong with annotated files, a line each: file, line, reason. Exits with 1 where anything is."""
    with one_line_errors():
        known = model_schema(load_labels(labels)).labels
        problems = [problem for path in files for problem in lint(path, known)]
    for problem in problems:
        typer.echo(problem)
    typer.echo(f"{len(problems)} problems in {len(files)} files", err=True)
    if problems:
        raise typer.Exit(1)


@data_app.command()
def stats(files: Annotated[list[Path], typer.Argument(help="Annotated JSON Lines files.")]) -> None:
    """Count what annotated files hold: documents, labels and their distinct values, forms, genres, lengths.

    Of a few files each has its column; the last one is of all together.
    """
    with one_line_errors():
        docs = {path: list(read_annotated(path)) for path in files}
    columns = {str(path): describe(docs[path]) for path in docs} if len(docs) <= _FEW_FILES else {}
    if len(docs) > 1:
        columns[f"all {len(docs)} files"] = describe(chain.from_iterable(docs.values()))
    table = Table("", *columns)
    for key in ("documents", "characters", "without_spans", "length_median", "length_max", "genres"):
        table.add_row(key, *(f"{column[key]:,}" for column in columns.values()))
    for group in ("forms", "spans", "distinct_values"):
        for key in sorted({key for column in columns.values() for key in column[group]}):
            table.add_row(f"{group} {key}", *(f"{column[group].get(key, 0):,}" for column in columns.values()))
    Console().print(table)


@data_app.command()
def convert(
    source: Annotated[Path, typer.Argument(help="What to read: a file, or the folder of a brat collection.")],
    target: Annotated[Path, typer.Argument(help="What to write; it appears when it is whole.")],
    read_as: Annotated[str, typer.Option("--from", help=f"Its format: {', '.join(FORMATS)}.")] = "jsonl",
    write_as: Annotated[str, typer.Option("--to", help="The format to write.")] = "jsonl",
) -> None:
    """Convert annotated documents between formats without loss (brat has no place for meta)."""
    with one_line_errors():
        for name in (read_as, write_as):
            if name not in FORMATS:
                raise ConfigError(f"unknown format {name!r}; known: {', '.join(FORMATS)}")
        target.parent.mkdir(parents=True, exist_ok=True)
        FORMATS[write_as].write(target, list(FORMATS[read_as].read(source)))


@data_app.command()
def folds(
    source: Annotated[Path, typer.Argument(help="An annotated JSON Lines file.")],
    target: Annotated[Path, typer.Argument(help="The folder to write fold-1.jsonl, fold-2.jsonl … to.")],
    count: Annotated[int, typer.Option("--count", "-k", min=2, max=9, help="How many folds.")] = 5,
) -> None:
    """Divide a file for cross-validation: train on all folds but one, test on that one, once for each.

    A document's fold hangs on its id only. docs/benchmarks.md shows the loop over the folds.
    """
    with one_line_errors():
        docs = list(read_annotated(source))
        target.mkdir(parents=True, exist_ok=True)
        for fold in range(1, count + 1):
            write_annotated(target / f"fold-{fold}.jsonl", (doc for doc in docs if fold_of(doc, count) == fold))
