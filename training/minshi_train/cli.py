"""The command `minshi-train`: a whole run, or one stage of it."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from minshi.errors import ConfigError, InputError
from minshi.tagger import Tagger
from minshi.types import Document
from minshi_train import stages
from minshi_train.compare import changes, differences
from minshi_train.config import Config, dump_config, parse_config
from minshi_train.console import log_to_standard_error, one_line_errors
from minshi_train.corpus.annotated import read_annotated
from minshi_train.data_cli import data_app
from minshi_train.devices import processes
from minshi_train.evaluate import judge
from minshi_train.examine import examine as examine_tagger
from minshi_train.folders import is_model_folder, is_run
from minshi_train.hf import export_hf
from minshi_train.loading import load_config
from minshi_train.material_cli import adapt, synth, warmup
from minshi_train.pipeline import run_stage, run_stages
from minshi_train.progress import progress
from minshi_train.release import check_target
from minshi_train.release import release as release_model
from minshi_train.report import write_reports


class ExportFormat(str, Enum):
    """What `export` writes."""

    ONNX = "onnx"
    HF = "hf"


app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Train, measure and release a minshi model. A run directory holds everything that a run made.",
)
app.callback()(log_to_standard_error)
app.add_typer(data_app, name="data")

ConfigPath = Annotated[Path, typer.Argument(help="Training configuration, such as configs/train/base.yaml.", metavar="CONFIG")]
Overrides = Annotated[list[str] | None, typer.Option("--set", help="Override a setting: train.epochs=3. May be repeated.")]
Out = Annotated[Path | None, typer.Option("--out", help="Run directory; runs/<name of the configuration> by default.")]
Target = Annotated[
    Path | None,
    typer.Option("--to", help="Release into this model folder, and compare with the model there, instead of release_to."),
]
Start = Annotated[
    str | None, typer.Option("--from", help="Run this stage and all after it again, and take those before it as they are.")
]
Release = Annotated[bool, typer.Option("--release/--no-release", help="Release the model if it passes every gate.")]


@app.command()
def run(
    config: ConfigPath,
    overrides: Overrides = None,
    out: Out = None,
    to: Target = None,
    start: Start = None,
    release: Release = True,
) -> None:
    """Run every stage: build, train, evaluate, export, verify, release. What is done and unchanged is not done again."""
    with one_line_errors():
        settings, run_dir = _prepare(config, overrides, out, to=to, trains=True)
        if release:
            check_target(settings)
        run_stages(settings, run_dir, start=start)
        if not processes().is_main_process:  # of those that torchrun started, the first tells and releases
            return
        _print_summary(run_dir)
        if release:
            release_model(settings, run_dir, settings.release_to)
            typer.echo(f"released {settings.version} into {settings.release_to}", err=True)


@app.command()
def distill(
    config: ConfigPath = Path("configs/train/distill.yaml"),
    overrides: Overrides = None,
    out: Out = None,
    to: Target = None,
    start: Start = None,
    release: Release = True,
) -> None:
    """Train a student of trained models: `run` of a configuration that names teachers (distill.teachers)."""
    with one_line_errors():
        if parse_config(config, overrides or ()).distill is None:
            raise ConfigError(f"{config}: distill.teachers: names no teacher; without any, `minshi-train run` is the command")
    run(config, overrides, out, to=to, start=start, release=release)


@app.command()
def release(config: ConfigPath, overrides: Overrides = None, out: Out = None, to: Target = None) -> None:
    """Release the verified model of a run directory: model, manifest and card."""
    with one_line_errors():
        settings, run_dir = _prepare(config, overrides, out, to=to)
        release_model(settings, run_dir, settings.release_to)


@app.command()
def evaluate(
    target: Annotated[
        Path,
        typer.Argument(
            help="A run directory or the folder of an exported model; or a configuration, for this stage of its run.",
            metavar="RUN|MODEL|CONFIG",
        ),
    ],
    files: Annotated[list[Path] | None, typer.Argument(help="Annotated files; the test split of the run by default.")] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder of the report, <RUN|MODEL>/report by default; the run directory of a CONFIG."),
    ] = None,
    overrides: Overrides = None,
) -> None:
    """Report how good a model is on annotated documents: report.html, report.md and metrics.json.

    Strict and relaxed figures by label with intervals, leaks and over-redaction, slices by form, length, genre and kind of
    name, calibration, precision against recall, and the errors in their context. Of a CONFIG: measure the checkpoint of its
    run on dev and test, figures alone.
    """
    with one_line_errors():
        if target.is_file():
            if files:
                raise InputError(f"{target} is a configuration: name its run directory before annotated files")
            _run_stage_of("evaluate", target, overrides, out)
            return
        if not target.exists():
            raise InputError(f"{target}: no such run, model or configuration")
        _check_unchanged(overrides)
        paths = files or [target / "data" / "test.jsonl"]
        if not files and not paths[0].exists():
            raise InputError(f"{target}: has no test split of its own; name annotated files")
        folder = out or target / "report"
        if folder.resolve() == target.resolve():
            raise InputError(f"--out {folder}: holds the run's own figures; name another folder")
        docs = _some(paths)
        examined = examine_tagger(_tagger_of(target), progress(docs, "documents", total=len(docs)))
        write_reports(folder, f"{target} on {', '.join(map(str, paths))}", examined)
    typer.echo(f"{folder / 'report.html'}", err=True)


@app.command()
def export(
    target: Annotated[
        Path,
        typer.Argument(
            help="A configuration, whose run is exported; for --format hf a run directory or a model folder.",
            metavar="CONFIG|RUN|MODEL",
        ),
    ],
    form: Annotated[
        ExportFormat, typer.Option("--format", help="ONNX for minshi, or a folder for Hugging Face transformers.")
    ] = ExportFormat.ONNX,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The run directory of a CONFIG; for --format hf the folder to write, <RUN>/hf."),
    ] = None,
    overrides: Overrides = None,
) -> None:
    """Write the checkpoint as fp32 and int8 ONNX, with calibration and operating points fitted on dev; or for transformers.

    With --format hf: safetensors, config.json and a tokenizer.json in which a character is a token, for
    `transformers.pipeline`. Of an int8 model the rounded weights are written.
    """
    with one_line_errors():
        if form is ExportFormat.ONNX:
            if target.is_dir():
                raise InputError(f"{target}: not a configuration; for a run name its own and --out, for transformers --format hf")
            _run_stage_of("export", target, overrides, out)
            return
        if target.is_file():
            raise InputError(f"{target}: --format hf takes a run directory or a model folder")
        _check_unchanged(overrides)
        if out is None and is_model_folder(target):
            raise InputError(f"{target}: name the folder to write with --out")
        folder = out or target / "hf"
        export_hf(target, folder)
    typer.echo(f"{folder}", err=True)


@app.command()
def compare(
    old: Annotated[Path, typer.Argument(help="Run directory or model folder of the one.", metavar="OLD")],
    new: Annotated[Path, typer.Argument(help="Run directory or model folder of the other.", metavar="NEW")],
    files: Annotated[list[Path] | None, typer.Argument(help="Annotated files; the test split of the runs by default.")] = None,
    changed: Annotated[Path | None, typer.Option("--changes", help="Write the findings that changed here, a line each.")] = None,
) -> None:
    """Tell whether one model is better than another on the same documents, beyond chance, and where.

    Strict F1 over all labels, by label and by slice, and how much leaks or is marked for nothing: old, new, and the
    95 % interval of the difference (paired bootstrap over documents). Differences beyond chance have a star.
    """
    with one_line_errors():
        docs = _some(files) if files else _common_test(old, new)
        tagger = _tagger_of(new)
        before, after = judge(_tagger_of(old), docs), judge(tagger, docs)
        rows = differences(before, after, tagger.schema.labels)
        if changed:
            changed.write_text("".join(f"{line}\n" for line in changes(before, after)), encoding="utf-8")
    typer.echo(f"{len(docs)} documents: {old} -> {new}")
    for row in rows:
        star = "*" if row.is_beyond_chance else ""
        difference = f"{row.new - row.old:+.3f} ({row.low:+.3f} to {row.high:+.3f}) {star}"
        typer.echo(f"{row.name:28} {row.old:.3f} {row.new:.3f}  {difference}".rstrip())


def _run_stage_of(name: str, config: Path, overrides: list[str] | None, out: Path | None) -> None:
    """Run a stage of a run that is there; raises InputError where `out` is another kind of folder."""
    if out is not None and not (out / "config.yaml").exists():
        raise InputError(f"--out {out}: not the run directory of {config}")
    run_stage(name, *_prepare(config, overrides, out))


def _check_unchanged(overrides: list[str] | None) -> None:
    if overrides:
        raise InputError("--set changes a configuration; a run and a model are as they are")


def _some(paths: list[Path]) -> list[Document]:
    docs = [doc for path in paths for doc in read_annotated(path)]
    if not docs:
        raise InputError(f"{', '.join(map(str, paths))}: no documents")
    return docs


def _tagger_of(target: Path) -> Tagger:
    if is_run(target):
        return stages.checkpoint_tagger(target, stages.exported_calibration(target))
    return Tagger.load(target)


def _common_test(*targets: Path) -> list[Document]:
    """The test split of the runs among the targets; raises InputError unless they have the same one."""
    paths = [path for target in targets if (path := target / "data" / "test.jsonl").exists()]
    splits = [list(read_annotated(path)) for path in paths]
    if not splits:
        raise InputError("name annotated files: neither is a run with a test split")
    if any(docs != splits[0] for docs in splits):
        raise InputError(f"{paths[0]} and {paths[1]} differ: build both from the same annotated files, or name files")
    return splits[0]


def _add_stage(name: str) -> None:
    def command(config: ConfigPath, overrides: Overrides = None, out: Out = None) -> None:
        with one_line_errors():
            run_stage(name, *_prepare(config, overrides, out, trains=name in ("build", "train")))

    doc = stages.STAGES[name].run.__doc__
    app.command(name, help=f"{doc} Works on a run directory that holds what the stages before made.")(command)


for _command in (adapt, warmup, synth):
    app.command()(_command)
for _name in stages.STAGES:
    if _name not in ("evaluate", "export"):
        _add_stage(_name)


def _prepare(
    path: Path, overrides: list[str] | None, out: Path | None, *, to: Path | None = None, trains: bool = False
) -> tuple[Config, Path]:
    """Return the configuration and the run directory, which keeps the configuration that its checkpoint is trained with.

    Args:
        to: where the model is released to and which model it is compared with, instead of `release_to`.
    """
    config = load_config(path, overrides or ())
    if to is not None:
        config = config.model_copy(update={"release_to": to})
    run_dir = out or Path("runs") / path.stem
    run_dir.mkdir(parents=True, exist_ok=True)
    if trains or not (run_dir / "config.yaml").exists():
        dump_config(config, run_dir / "config.yaml")
    return config, run_dir


def _print_summary(run_dir: Path) -> None:
    report = json.loads((run_dir / "verify.json").read_text(encoding="utf-8"))
    for label, row in {**report["test"]["int8"]["labels"], "micro": report["test"]["int8"]["micro"]}.items():
        typer.echo(f"{label:10} P {row['precision']:.3f}  R {row['recall']:.3f}  F1 {row['f1']:.3f}")


if __name__ == "__main__":
    app()
