"""The command `minshi`. Heavy imports happen inside commands, so that `--help` is quick."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from minshi.batch_cli import batch
from minshi.console import LabelsOption, ModelOption, PointOption, ScoreOption, WithTextOption, clean_exit, named_labels
from minshi.errors import InputError, MinshiError
from minshi.redact_cli import redact

if TYPE_CHECKING:
    from minshi.tagger import Tagger
    from minshi.types import Document
    from minshi.writers import Writer

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="敏识 minshi: find the names, home addresses, family, health and religion of people in Chinese notices, and the "
    "numbers that identify them. Everything runs on this machine.",
)


class Format(str, Enum):
    """How findings are written."""

    pretty = "pretty"
    jsonl = "jsonl"
    csv = "csv"


class InputFormat(str, Enum):
    """How inputs are read."""

    text = "text"
    jsonl = "jsonl"


ThreadsOption = Annotated[int | None, typer.Option("--threads", min=1, help="Threads; one a core by default.")]


@dataclass
class _Tally:
    """What became of the inputs."""

    inputs: int = 0
    documents: int = 0
    spans: int = 0
    failed: int = 0

    def fail(self, error: InputError) -> None:
        self.failed += 1
        typer.echo(f"minshi: {error}", err=True)


@app.command()
def tag(
    files: Annotated[list[str] | None, typer.Argument(help="Text or .jsonl files; - or nothing for standard input.")] = None,
    format: Annotated[
        Format | None, typer.Option("--format", "-f", help="Default: pretty on a terminal, jsonl in a pipe or file.")
    ] = None,
    with_text: WithTextOption = False,
    labels: LabelsOption = None,
    min_score: ScoreOption = 0.0,
    input_format: Annotated[
        InputFormat | None, typer.Option("--input-format", help="Read every input as this; by suffix by default.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write here instead; the file appears when all is done.")
    ] = None,
    point: PointOption = "balanced",
    model: ModelOption = None,
    threads: ThreadsOption = None,
) -> None:
    """Tag text: `minshi tag notice.txt`, `cat notice.txt | minshi tag`, `minshi tag dump.jsonl -o findings.jsonl`.

    In JSON Lines a document is `{"id", "spans": [{"start", "end", "label", "score", "by"}], "model"}`; offsets are
    Unicode code points, end exclusive. An input that cannot be read is named on standard error and the others are
    still tagged.

    Exit status: 0 done, 1 some inputs failed, 2 usage or model error, 130 interrupted.
    """
    if not files and (sys.stdin is None or sys.stdin.isatty()):
        raise typer.BadParameter("name a file, or pipe text in", param_hint="FILES")
    # os.path.exists, because Path.exists raises for a name that is too long
    if output and os.path.exists(output) and any(os.path.exists(file) and output.samefile(file) for file in files or []):
        raise typer.BadParameter("is one of the inputs", param_hint="--output")
    with clean_exit():
        from minshi.tagger import Tagger

        tagger = Tagger.load(model, threads=threads, point=point)
        keep = _span_filter(tagger, labels, min_score)
        tally = _Tally()
        with ExitStack() as stack:
            write = _open_writer(stack, tagger, format, output, with_text=with_text)
            advance = _progress(stack, len(files or [])) if output else lambda done: None
            for doc in tagger.tag_many(_documents(files or ["-"], input_format, tally)):
                doc = keep(doc)
                tally.documents += 1
                tally.spans += len(doc.spans)
                write(doc)
                advance(tally)
    if output:
        typer.echo(f"{tally.documents} documents, {tally.spans} findings, {tally.failed} failed -> {output}", err=True)
    raise typer.Exit(1 if tally.failed else 0)


@app.command()
def labels(model: ModelOption = None) -> None:
    """Print the label schema: what each label means, who finds it, and its legal category."""
    with clean_exit():
        from minshi.bundle import load_bundle

        known = load_bundle(model).labels
        if sys.stdout.isatty():
            from rich.console import Console

            from minshi.pretty import label_table

            Console().print(label_table(known))
        else:
            import json

            for label in known:
                sys.stdout.buffer.write(json.dumps(asdict(label), ensure_ascii=False).encode() + b"\n")


@app.command()
def info(model: ModelOption = None) -> None:
    """Print versions of the program, the model and what runs it, and what the model measured at its release."""
    with clean_exit():
        import platform
        from importlib.metadata import version

        from minshi.bundle import FORMAT_VERSION, load_bundle

        bundle = load_bundle(model)
        rows = {
            "minshi": version("minshi"),
            "python": platform.python_version(),
            "onnxruntime": version("onnxruntime"),
            "model": bundle.version,
            "model folder": bundle.path,
            "model format": FORMAT_VERSION,
            "model size": f"{len(bundle.model) / 1e6:.1f} MB",
            "sha256": bundle.sha256,
            "model labels": " ".join(bundle.schema.labels),
            "operating points": " ".join(bundle.points),
            "window": f"{bundle.window} characters, {bundle.context} of context",
            "strict micro F1": _recorded_f1(bundle.manifest),
        }
        for name, value in rows.items():
            typer.echo(f"{name:16} {value}")


def _recorded_f1(manifest: Mapping[str, Any]) -> Any:
    try:
        return manifest["metrics"]["micro"]["f1"]
    except (KeyError, TypeError):
        return "not recorded"


@app.command()
def bench(
    files: Annotated[list[str], typer.Argument(help="Text or .jsonl files to measure on.")],
    seconds: Annotated[float, typer.Option("--seconds", min=0.1, help="How long each row is measured.")] = 5.0,
    model: ModelOption = None,
) -> None:
    """Measure on your own text: loading time, characters per second by threads, memory."""
    with clean_exit():
        from minshi.bench import measure

        tally = _Tally()
        docs = list(_documents(files, None, tally))
        for row in measure(docs, seconds=seconds, model=model):
            typer.echo(row)
    raise typer.Exit(1 if tally.failed else 0)


def _documents(sources: list[str], format: InputFormat | None, tally: _Tally) -> Iterator[Document]:
    from minshi.readers import read

    for source in sources:
        try:
            for item in read(source, format=format.value if format else None):
                if isinstance(item, InputError):
                    tally.fail(item)
                else:
                    yield item
        except InputError as err:
            tally.fail(err)
        tally.inputs += 1


def _span_filter(tagger: Tagger, labels: str | None, min_score: float) -> Callable[[Document], Document]:
    from minshi.rules import LABELS

    known = dict.fromkeys((*tagger.schema.labels, *LABELS))
    wanted = set(known if labels is None else named_labels(labels) or ())
    if unknown := wanted - set(known):
        raise typer.BadParameter(f"unknown label {min(unknown)}; known: {', '.join(known)}", param_hint="--labels")

    def keep(doc: Document) -> Document:
        return replace(doc, spans=tuple(span for span in doc.spans if span.label in wanted and span.score >= min_score))

    return keep


def _open_writer(stack: ExitStack, tagger: Tagger, format: Format | None, output: Path | None, *, with_text: bool) -> Writer:
    from minshi.writers import WRITERS, atomic_file

    bundle = tagger.bundle
    if bundle is None:
        raise MinshiError("the command line needs a model folder")
    on_terminal = output is None and sys.stdout.isatty()
    chosen = format or (Format.pretty if on_terminal else Format.jsonl)
    stream = stack.enter_context(atomic_file(output)) if output else sys.stdout.buffer
    if chosen is not Format.pretty:
        return WRITERS[chosen.value](stream, model=bundle.name, with_text=with_text)
    import io

    from rich.console import Console

    from minshi.pretty import PrettyWriter

    file = None if on_terminal else stack.enter_context(_flushed(io.TextIOWrapper(stream, encoding="utf-8", errors="replace")))
    console = Console(file=file)
    console.on_broken_pipe = _broken_pipe  # type: ignore[method-assign]  # rich would leave with status 1
    return PrettyWriter(console, bundle.labels)


def _broken_pipe() -> None:
    raise BrokenPipeError


@contextmanager
def _flushed(wrapper: Any) -> Iterator[Any]:
    try:
        yield wrapper
    finally:
        wrapper.detach()


def _progress(stack: ExitStack, inputs: int) -> Callable[[_Tally], None]:
    """Show a bar on standard error if that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("inputs"), MofNCompleteColumn(), BarColumn(), TextColumn("{task.fields[documents]} documents"))
    console = Console(stderr=True)
    progress = Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console, disable=not console.is_terminal)
    stack.enter_context(progress)
    task = progress.add_task("tag", total=max(inputs, 1), documents=0)
    return lambda tally: progress.update(task, completed=tally.inputs, documents=tally.documents)


app.command()(batch)
app.command()(redact)


if __name__ == "__main__":
    app()
