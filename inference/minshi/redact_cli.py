"""The command `minshi redact`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from minshi.console import (
    FileSecondsOption,
    LabelsOption,
    ModelOption,
    PointOption,
    ScoreOption,
    clean_exit,
    named_labels,
    progress_bar,
)

if TYPE_CHECKING:
    from minshi.batch.plan import Entry
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
    warning; for a directory, OUT/not-redacted.jsonl lists what has no copy and every warning.

    Strategies: mask writes `张*`, `138****1234`, `石桥镇*****`; label writes `[姓名]`; remove writes nothing; pseudonym writes
    `某人-k3fa92c1`, the same for the same value all over the job and never the same for two (HMAC-SHA256 of the value: two
    people of one name share theirs). Whoever has the key can tell whether a name that they guess is in the copies.

    Exit status: 0 done, 1 some files were refused, 2 usage or model error, 130 interrupted.
    """
    with clean_exit(), ExitStack() as stack:
        from minshi.bundle import load_bundle
        from minshi.errors import ConfigError, MinshiError
        from minshi.labels import require_known
        from minshi.redact.job import redact_all
        from minshi.redact.process import Settings
        from minshi.redact.strategies import Replacer

        watch = _Watch(stack, source, out)
        try:
            _check_named(source)
            known = load_bundle(model).labels
            wanted = named_labels(labels)
            require_known(wanted or (), [label.id for label in known])
            replace = Replacer(strategy, labels=known, key=_key(key))
            settings = Settings(model, point, wanted, min_score, file_seconds, memory_mb)
            outcomes = redact_all(source, out, replace=replace, settings=settings, on_start=watch.start, on_tagged=watch.tag)
            with closing(outcomes):
                for outcome in outcomes:
                    watch.end(outcome)
                    _tell(outcome)
        except KeyboardInterrupt:
            stack.close()  # the bar first, so that it does not stand below
            typer.echo(f"minshi: interrupted{watch.gaps()}", err=True)
            raise typer.Exit(130) from None
        except MinshiError as err:  # the job as a whole: a file of its own is an outcome
            stack.close()
            raise ConfigError(f"{err}{watch.gaps()}") from None
        stack.close()
        watch.say()
    raise typer.Exit(1 if watch.total["refused"] else 0)


class _Watch:
    """Counts what becomes of the files; on a terminal it shows a bar from before the model is loaded until `stack` ends."""

    def __init__(self, stack: ExitStack, source: Path, out: Path) -> None:
        from rich.progress import BarColumn, TextColumn

        self.total: Counter[str] = Counter()
        self._findings: Counter[str] = Counter()
        self._entries: Sequence[Entry] = ()
        self._characters = 0
        self._source, self._out = source, out
        self._copy: Path | None = None  # the last one
        files = TextColumn("{task.fields[files]:,}/{task.fields[listed]:,} files ")
        characters = TextColumn("{task.fields[characters]:,} characters tagged")
        self._bar = progress_bar(files, characters, BarColumn())
        self._task = self._bar.add_task("redact", total=None, files=0, listed=0, characters=0)
        self._stack = stack

    def start(self, entries: Sequence[Entry]) -> None:
        """Show the bar: time left is reckoned by bytes."""
        self._entries = entries
        self._bar.update(self._task, total=sum(entry.size for entry in entries), listed=len(entries))
        self._stack.enter_context(self._bar)

    def tag(self, characters: int) -> None:
        """Note that so many more characters are tagged."""
        self._characters += characters
        self._bar.update(self._task, characters=self._characters)

    def end(self, outcome: Outcome) -> None:
        """Note what became of the next file."""
        size = self._entries[self.total.total()].size
        self.total[outcome.status] += 1
        self._findings.update(outcome.findings)
        self._copy = outcome.copy or self._copy
        self._bar.update(self._task, advance=size, files=self.total.total())

    def gaps(self) -> str:
        """Return what to say of a directory's copy that ended before its time; nothing where none is begun, or it is whole."""
        from minshi.redact.job import LOG, is_begun

        listed = len(self._entries)
        missing = listed - self.total.total()
        if not missing or not self._source.is_dir() or not is_begun(self._out):
            return ""
        return f"; incomplete: {missing:,} of {listed:,} files are missing (see {LOG}); delete {self._out} and start anew"

    def say(self) -> None:
        """Print what was counted, and where the copies are."""
        counts = ", ".join(f"{self.total[status]:,} {status}" for status in ("redacted", "copied", "refused", "skipped"))
        replaced = ", ".join(f"{label} {n:,}" for label, n in sorted(self._findings.items()))
        typer.echo(f"{self.total.total():,} files: {counts} (copied: nothing found)", err=True)
        typer.echo(f"replaced: {replaced or 'none'}", err=True)
        if self._copy:
            typer.echo(f"-> {self._out if self._source.is_dir() else self._copy}", err=True)


def _check_named(source: Path) -> None:
    from minshi.errors import ConfigError

    if str(source) == "-" and not source.exists():
        raise ConfigError("standard input cannot be redacted: a copy has the format and the name of its file; name a file")


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
