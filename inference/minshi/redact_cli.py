"""The command `minshi redact`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from minshi.console import FileSecondsOption, LabelsOption, ModelOption, PointOption, ScoreOption, clean_exit, named_labels

if TYPE_CHECKING:
    from minshi.redact.job import Outcome


def redact(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A file, or a directory with all that is below it.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The copy: a file for a file, a new or empty folder for a directory.")],
    strategy: Annotated[
        str, typer.Option("--strategy", "-s", help="mask, label, pseudonym or remove; by label: NAME=pseudonym,HEALTH=label.")
    ] = "mask",
    key: Annotated[
        Path | None,
        typer.Option(
            "--key",
            metavar="FILE",
            help="A file of 16 secret bytes or more, for pseudonyms that are the same in another job. "
            "By default a random key, which is not kept.",
        ),
    ] = None,
    labels: LabelsOption = None,
    min_score: ScoreOption = 0.0,
    point: PointOption = "balanced",
    file_seconds: FileSecondsOption = 120.0,
    memory_mb: Annotated[int, typer.Option("--memory-mb", min=64, help="Memory that redacting a file may take, in MiB.")] = 4096,
    model: ModelOption = None,
) -> None:
    """Write copies with the findings replaced, in the same format: `minshi redact notice.docx --out public.docx`.

    Writes txt, md, csv, json, jsonl, html, xlsx and docx. What cannot be redacted in its format, as a PDF, is refused: no copy
    is written. Every copy is read and tagged again until nothing is found. What nobody looked at, as pictures, is named in a
    warning; for a directory, OUT/not-redacted.jsonl lists what was refused and every warning.

    Strategies: mask writes `张*`, `138****1234`, `石桥镇*****`; label writes `[姓名]`; remove writes nothing; pseudonym writes
    `某人-k3fa92c1`, the same for the same value all over the job and never the same for two (HMAC-SHA256 of the value: two
    people of one name share theirs). Whoever has the key can tell whether a name that they guess is in the copies.

    Exit status: 0 done, 1 some files were refused, 2 usage or model error, 130 interrupted.
    """
    total: Counter[str] = Counter()
    findings: Counter[str] = Counter()
    with clean_exit():
        from minshi.bundle import load_bundle
        from minshi.errors import ConfigError, InputError
        from minshi.labels import require_known
        from minshi.redact.job import redact_all
        from minshi.redact.process import Settings
        from minshi.redact.strategies import Replacer

        try:
            known = load_bundle(model).labels
            wanted = named_labels(labels)
            require_known(wanted or (), [label.id for label in known])
            replace = Replacer(strategy, labels=known, key=_key(key))
            settings = Settings(model, point, wanted, min_score, file_seconds, memory_mb)
            for outcome in redact_all(source, out, replace=replace, settings=settings):
                total[outcome.status] += 1
                findings.update(outcome.findings)
                _tell(outcome)
        except InputError as err:
            raise ConfigError(str(err)) from None  # the job as a whole: a file of its own is an outcome
        counts = ", ".join(f"{total[status]:,} {status}" for status in ("redacted", "copied", "refused", "skipped"))
        typer.echo(f"{total.total():,} files: {counts} (copied: nothing found)", err=True)
        typer.echo("replaced: " + (", ".join(f"{label} {n:,}" for label, n in sorted(findings.items())) or "none"), err=True)
        if total["redacted"] or total["copied"]:
            typer.echo(f"-> {out}", err=True)
    raise typer.Exit(1 if total["refused"] else 0)


def _tell(outcome: Outcome) -> None:
    from minshi.masking import printable  # an archive may call its entries anything

    said = [f"{outcome.status}: {outcome.reason}"] if outcome.reason else []
    for line in (*said, *outcome.warnings):
        typer.echo(printable(f"minshi: {outcome.path}: {line}"), err=True)


def _key(path: Path | None) -> bytes | None:
    from minshi.errors import ConfigError

    try:
        return None if path is None else path.read_bytes()
    except OSError as err:
        raise ConfigError(f"{path}: {err.strerror or 'cannot be read'}") from None
