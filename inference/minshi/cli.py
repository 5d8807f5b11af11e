"""The command `minshi`. Heavy imports happen inside commands, so that `--help` is quick."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from minshi.batch_cli import batch
from minshi.console import (
    LabelsOption,
    ModelOption,
    PointOption,
    ScoreOption,
    WithTextOption,
    clean_exit,
    named_labels,
    occupy_standard_descriptors,
    standard_output,
)
from minshi.errors import InputError, MinshiError
from minshi.redact_cli import redact
from minshi.tag_progress import Tally, bar

if TYPE_CHECKING:
    from minshi.tagger import Tagger
    from minshi.types import Document
    from minshi.writers import Writer

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["--help", "-h"]},
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


def _print_versions(is_wanted: bool) -> None:
    if not is_wanted:
        return
    with clean_exit():
        from importlib.metadata import version

        from minshi.bundle import load_bundle

        standard_output()
        typer.echo(f"minshi {version('minshi')}, model {load_bundle().name}")
    raise typer.Exit


@app.callback()
def main(
    is_version_wanted: Annotated[
        bool,
        typer.Option("--version", callback=_print_versions, is_eager=True, help="Print the versions of minshi and its model."),
    ] = False,
) -> None:
    occupy_standard_descriptors()


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

    In JSON Lines a document is `{"id", "source", "spans": [{"place", "start", "end", "label", "score", "by"}], "model"}`;
    `source` is the input. Offsets are Unicode code points, end exclusive. Plain text, and `text` in JSON Lines, has no
    `place`: they count from its beginning. Elsewhere they count inside `place`, as `row=17;field=住址`, `sheet=名单;cell=C5`
    or `p=3`. An input that cannot be read is named on standard error and the others are still tagged.

    Exit status: 0 done, 1 some inputs failed, 2 usage or model error or no way to write the output, 130 interrupted.
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
        sources = files or ["-"]
        with ExitStack() as stack:
            write = _open_writer(stack, tagger, format, output, with_text=with_text)
            tally = Tally(bar(stack, len(sources))) if output else Tally()
            for doc in tagger.tag_many(_documents(sources, input_format, tally), on_window=tally.tag):
                doc = keep(doc)
                write(doc)
                tally.finish(doc)
            tally.end()
    if output:
        typer.echo(f"{tally.documents} documents, {tally.spans} findings, {tally.failed} failed -> {output}", err=True)
    raise typer.Exit(1 if tally.failed else 0)


@app.command()
def labels(model: ModelOption = None) -> None:
    """Print the label schema: what each label means, who finds it, and its legal category."""
    with clean_exit():
        from minshi.bundle import load_bundle

        known = load_bundle(model).labels
        output = standard_output()
        if sys.stdout.isatty():
            from rich.console import Console

            from minshi.pretty import label_table

            Console().print(label_table(known))
        else:
            import json

            for label in known:
                output.write(json.dumps(asdict(label), ensure_ascii=False).encode() + b"\n")


@app.command()
def info(model: ModelOption = None) -> None:
    """Print versions of the program, the model and what runs it, and what the model measured at its release."""
    with clean_exit():
        import platform
        from importlib.metadata import version

        from minshi.bundle import FORMAT_VERSION, load_bundle

        standard_output()
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

        standard_output()
        tally = Tally()
        docs = list(_documents(files, None, tally))
        try:
            for row in measure(docs, seconds=seconds, model=model):
                typer.echo(row)
        except InputError as err:
            tally.fail(err)
    raise typer.Exit(1 if tally.failed else 0)


def _documents(sources: list[str], format: InputFormat | None, tally: Tally) -> Iterator[Document]:
    from minshi.writers import SOURCE

    for source in sources:
        try:
            for item in _items(source, format):
                if isinstance(item, InputError):
                    tally.fail(item)
                else:
                    tally.read(item, source)
                    yield replace(item, meta={**item.meta, SOURCE: source})
        except InputError as err:
            tally.fail(err)
        tally.inputs += 1


def _items(source: str, format: InputFormat | None) -> Iterator[Document | InputError]:
    from minshi.readers import STDIN, read

    if not source:
        raise InputError('"": an empty name is no file; - is standard input')
    if source == STDIN and sys.stdin is None:
        raise InputError(f"{source}: standard input is closed")
    return read(source, format=format.value if format else None)


def _span_filter(tagger: Tagger, labels: str | None, min_score: float) -> Callable[[Document], Document]:
    from minshi.labels import check_wanted

    wanted = named_labels(labels)
    check_wanted(wanted, min_score, tagger.labels)
    kept = tagger.labels if wanted is None else wanted

    def keep(doc: Document) -> Document:
        return replace(doc, spans=tuple(span for span in doc.spans if span.label in kept and span.score >= min_score))

    return keep


def _open_writer(stack: ExitStack, tagger: Tagger, format: Format | None, output: Path | None, *, with_text: bool) -> Writer:
    from minshi.writers import WRITERS, atomic_file

    bundle = tagger.bundle
    if bundle is None:
        raise MinshiError("the command line needs a model folder")
    stream = stack.enter_context(atomic_file(output)) if output else standard_output()
    on_terminal = output is None and sys.stdout.isatty()
    chosen = format or (Format.pretty if on_terminal else Format.jsonl)
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


app.command()(batch)
app.command()(redact)


if __name__ == "__main__":
    app()
