"""The command `minshi batch`."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from minshi.console import (
    FileSecondsOption,
    LabelsOption,
    ModelOption,
    PointOption,
    ScoreOption,
    WithTextOption,
    clean_exit,
    named_labels,
    progress_bar,
)

if TYPE_CHECKING:
    from minshi.batch import Outcome, Settings
    from minshi.batch.job import Engine
    from minshi.batch.plan import Plan
    from minshi.batch.tally import Tally


_WORST = 3  # combinations of labels that the last lines on the terminal name
_SPEED_SECONDS = 300.0  # over which the time left is reckoned: some files tell how far they are only now and then


class PartFormat(str, Enum):
    """How the findings are written."""

    jsonl = "jsonl"
    csv = "csv"
    parquet = "parquet"


class EngineName(str, Enum):
    """What runs the chunks of a job."""

    local = "local"
    ray = "ray"


def batch(
    context: typer.Context,
    dump: Annotated[Path | None, typer.Argument(help="A directory, with all that is below it, or a file.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The job's folder: findings, errors, summary, report.")] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with a job, which knows its dump and its settings: `minshi batch --resume OUT/`."),
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            min=1,
            help="Processes; by default one a core, or fewer where memory holds fewer: each takes 280 MiB, and what --memory-mb "
            "allows while it reads a file.",
        ),
    ] = None,
    format: Annotated[
        PartFormat,
        typer.Option(
            "--format",
            "-f",
            help="Of the findings. csv and parquet have a row a finding: only jsonl has documents without any. "
            "parquet needs `minshi[parquet]`.",
        ),
    ] = PartFormat.jsonl,
    engine: Annotated[
        EngineName,
        typer.Option("--engine", help='What runs them: this machine, or Ray (pip install "minshi[ray]").'),
    ] = EngineName.local,
    ray_address: Annotated[
        str | None,
        typer.Option("--ray-address", envvar="RAY_ADDRESS", help="Ray cluster to join; without one, Ray runs on this machine."),
    ] = None,
    with_text: WithTextOption = False,
    labels: LabelsOption = None,
    min_score: ScoreOption = 0.0,
    point: PointOption = "balanced",
    file_seconds: FileSecondsOption = 120.0,
    memory_mb: Annotated[int, typer.Option("--memory-mb", min=64, help="Memory that reading a file may take, in MiB.")] = 768,
    fields: Annotated[
        str | None,
        typer.Option(
            "--fields",
            help="Of json and jsonl, read only these, comma-separated: names of keys, wherever they stand, or JSON pointers "
            "into a record: applicant,/detail/note. All strings by default.",
        ),
    ] = None,
    max_entries: Annotated[int, typer.Option("--max-entries", min=1, help="Files that an archive may hold.")] = 10_000,
    max_ratio: Annotated[
        int, typer.Option("--max-ratio", min=1, help="Times that a file of over 10 MiB may grow when it is unpacked.")
    ] = 200,
    max_entry_mb: Annotated[
        int, typer.Option("--max-entry-mb", min=1, help="Size of one file of an archive, unpacked, in MiB.")
    ] = 2048,
    max_archive_mb: Annotated[
        int, typer.Option("--max-archive-mb", min=1, help="Size of all files of an archive, unpacked, in MiB.")
    ] = 4096,
    max_depth: Annotated[
        int, typer.Option("--max-depth", min=1, help="Archives that may be inside one another, the outermost counted.")
    ] = 2,
    model: ModelOption = None,
) -> None:
    """Tag all files of a dump: `minshi batch DUMP/ --out OUT/`.

    Reads txt, md, csv, json, jsonl, html, xlsx, xls, xlsb, ods, docx, pdf, and zip and gz of these; doc, wps and rtf where
    LibreOffice is installed. Every file ends up processed, failed or skipped, and `OUT/errors.jsonl` says which and why; of one
    that is processed in part, it says what is missing.
    The job may be stopped at any time and goes on by `minshi batch --resume OUT/`, to the same bytes. At the end
    `OUT/report.html` shows, with masked values, which files expose whom and how badly; `OUT/summary.json` counts it.

    Exit status: 0 done, 1 some files failed or were read in part, 2 usage or model error, 130 interrupted.
    """
    from minshi.errors import InputError, StorageError

    if resume and out is None:
        dump, out = None, dump
    if dump is None and not resume:
        raise typer.BadParameter("name a directory or a file", param_hint="DUMP")
    if out is None:
        raise typer.BadParameter("name the job's folder", param_hint="OUT" if resume else "--out")
    with clean_exit(), ExitStack() as stack:
        from minshi.batch import Settings, run

        asked = Settings(
            model=str(model.resolve()) if model else None,
            point=point,
            labels=named_labels(labels),
            min_score=min_score,
            format=format.value,
            with_text=with_text,
            file_seconds=file_seconds,
            memory_mb=memory_mb,
            fields=_named_fields(fields),
            max_entries=max_entries,
            max_ratio=max_ratio,
            max_entry_mb=max_entry_mb,
            max_archive_mb=max_archive_mb,
            max_depth=max_depth,
        )
        began = time.monotonic()
        try:
            root, settings = _job(context, dump, out, asked, is_resumed=resume)
            is_cluster = engine is EngineName.ray and ray_address is not None
            on_start, on_progress = _progress(stack, _opening(workers, settings.memory_mb, is_cluster=is_cluster))
            outcome = run(
                root,
                out,
                settings=settings,
                resume=resume,
                workers=workers,
                engine=_engine(engine, ray_address),
                on_start=on_start,
                on_progress=on_progress,
                on_warning=lambda warning: typer.echo(f"minshi: {warning}", err=True),
            )
        except KeyboardInterrupt:
            stack.close()  # the bar first, so that it does not stand below
            typer.echo(f"minshi: interrupted; go on with: {_resumption(out)}", err=True)
            raise typer.Exit(130) from None
        except InputError as err:
            stack.close()
            typer.echo(f"minshi: {err}", err=True)
            raise typer.Exit(2) from None
        except StorageError as err:
            stack.close()
            typer.echo(f"minshi: {err}; once there is, go on with: {_resumption(out)}", err=True)
            raise typer.Exit(2) from None
        stack.close()
        _say(outcome, out, time.monotonic() - began)
    raise typer.Exit(1 if outcome.total.failed or outcome.total.partial else 0)


def _job(context: typer.Context, dump: Path | None, out: Path, asked: Settings, *, is_resumed: bool) -> tuple[Path, Settings]:
    """Return what the job is about, and its settings; a resumed one knows both, where the command line does not give them."""
    from minshi.batch import begun

    if dump is not None and not is_resumed:
        return dump, asked
    root, settings = begun(out)
    sources = {name: context.get_parameter_source(name) for name in asdict(settings)}
    given = [name for name, source in sources.items() if source is not None and source.name != "DEFAULT"]
    return dump or root, replace(settings, **{name: getattr(asked, name) for name in given})


def _named_fields(option: str | None) -> tuple[str, ...]:
    from minshi.readers.options import ALL

    if option is None:
        return ALL
    named = tuple(field.strip() for field in option.split(","))
    if not all(named):
        raise typer.BadParameter("a field without a name", param_hint="--fields")
    return named


def _resumption(out: Path) -> str:
    return f"minshi batch --resume {shlex.quote(str(out))}"


def _say(outcome: Outcome, out: Path, seconds: float) -> None:
    """Print what the job counted on standard error, and where the report is, and the list of what was not read."""
    total, about = outcome.total, outcome.summary
    speed = f"{(total.characters - outcome.resumed.characters) / max(seconds, 1e-9):,.0f} characters/s"
    pace = "nothing was left to do" if 0 < outcome.resumed.listed == total.listed else speed
    worst = {"+".join(each["labels"]): each["persons"] for each in about["combinations"][:_WORST]}
    partly = f" (of which {total.partial:,} partly)" if total.partial else ""
    lines = (
        f"{_number(total.listed, 'file')}: {total.processed:,} processed{partly}, {total.failed:,} failed,"
        f" {total.skipped:,} skipped | {_number(total.documents, 'document')}, {_number(total.characters, 'character')}, {pace}",
        "findings: " + _counts(dict(sorted(total.findings.items(), key=lambda item: -item[1]))),
        f"files by risk: {_counts(about['files_by_risk'])} | persons: {_counts(about['persons'])}",
        f"most exposed: {_counts(worst)}",
        *((f"what was not read, and why: {out / 'errors.jsonl'}",) if total.failed or total.partial else ()),
        f"-> {out / 'report.html'}",
    )
    for line in lines:
        typer.echo(line, err=True)


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun if count == 1 else noun + 's'}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n:,}" for name, n in counts.items()) or "none"


def _engine(name: EngineName, ray_address: str | None) -> Engine:
    if name is EngineName.ray:
        from minshi.batch.ray_engine import ray_engine

        return ray_engine(ray_address)
    from minshi.batch.pool import run_chunks

    return run_chunks


def _opening(workers: int | None, memory_mb: int, *, is_cluster: bool) -> str:
    """Return what a job says as it starts: how many workers there are, and what memory they may take."""
    from minshi.batch.memory import WORKER_MB, available_memory, default_workers, worker_memory
    from minshi.tagger import available_cores

    each = worker_memory(memory_mb)
    takes = f"{each >> 20:,} MiB ({WORKER_MB}, and what --memory-mb allows while it reads a file)"
    if is_cluster:
        return f"a worker takes up to {takes}"
    available, cores = available_memory(), available_cores()
    workers = workers or default_workers(memory_mb, available=available, cores=cores)
    free = "" if available is None else f"; {available >> 20:,} MiB are free"
    over = ", which may not be enough" if available is not None and workers * each > available else ""
    return f"{_number(workers, 'worker')} on {_number(cores, 'core')}, each up to {takes}{free}{over}"


def _progress(stack: ExitStack, opening: str) -> tuple[Callable[[Plan, Tally], None], Callable[[Tally], None]]:
    """Say `opening` if something is to be done; on a terminal show a bar: files, characters, time left by bytes."""
    from rich.progress import BarColumn, TextColumn

    files_done = TextColumn("{task.fields[files]:,}/{task.fields[listed]:,} files ")
    characters_done = TextColumn("{task.fields[characters]:,} characters, {task.fields[speed]:,.0f}/s")
    progress = progress_bar(files_done, characters_done, BarColumn(), speed_seconds=_SPEED_SECONDS)
    task = progress.add_task("batch", total=None, files=0, listed=0, characters=0, speed=0.0)
    files, earlier, characters, began = 0, 0, 0, time.monotonic()

    def on_start(plan: Plan, done: Tally) -> None:
        nonlocal files, earlier
        files, earlier = done.listed, done.characters
        if files < len(plan.entries):
            typer.echo(f"minshi: {opening}", err=True)
        progress.update(task, total=plan.listed_bytes, completed=done.size)
        progress.update(task, files=files, listed=len(plan.entries), characters=earlier)
        stack.enter_context(progress)

    def on_progress(tally: Tally) -> None:
        nonlocal files, characters
        files, characters = files + tally.listed, characters + tally.characters
        speed = characters / max(time.monotonic() - began, 1e-9)
        progress.update(task, advance=tally.size, files=files, characters=earlier + characters, speed=speed)

    return on_start, on_progress
