"""Redact a file, or all files of a directory into its mirror image; every file is accounted for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from minshi.batch.formats import json_line
from minshi.batch.plan import Entry, list_entries
from minshi.errors import ConfigError, InputError
from minshi.redact.copy import Copied, redact_file
from minshi.redact.strategies import Replacer
from minshi.tagger import Tagger

LOG = "not-redacted.jsonl"  # in the mirror of a directory: what has no copy and why, and every warning
Status = Literal["redacted", "copied", "refused", "skipped"]


@dataclass(frozen=True)
class Outcome:
    """What became of a file: redacted, copied because nothing was found in it, refused, or skipped as no document at all."""

    path: str
    status: Status
    reason: str = ""
    findings: Mapping[str, int] = field(default_factory=dict)
    warnings: Sequence[str] = ()


def redact_all(
    root: Path,
    out: Path,
    *,
    tagger: Tagger,
    replace: Replacer,
    labels: Collection[str] | None = None,
    min_score: float = 0.0,
) -> Iterator[Outcome]:
    """Yield the outcome of every file as its copy is written below `out`; of a single file `out` is the copy itself.

    A directory's copy gets a file LOG, which says what of it is not redacted, if anything is not.

    Raises:
        InputError: there is no such input, or the output cannot be written.
        ConfigError: `out` is not empty, is the input, or holds it.
    """
    target = _checked_target(root, out)
    log = _free_name(target / LOG)
    for outcome in _outcomes(root, target, tagger=tagger, replace=replace, labels=labels, min_score=min_score):
        if root.is_dir() and (outcome.status == "refused" or outcome.warnings):
            _note(log, outcome)
        yield outcome


def _outcomes(
    root: Path, target: Path, *, tagger: Tagger, replace: Replacer, labels: Collection[str] | None, min_score: float
) -> Iterator[Outcome]:
    for entry in list_entries(root, target):
        source = root / entry.path if root.is_dir() else root
        copy = target / entry.path if root.is_dir() else target
        if entry.skip:
            yield Outcome(entry.path, "skipped", entry.skip)
            continue
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
        except OSError as err:
            raise InputError(f"{copy.parent}: cannot be written ({err.strerror})") from None
        try:
            done = redact_file(source, copy, tagger=tagger, strategy=replace, labels=labels, min_score=min_score, name=entry.path)
        except InputError as err:
            yield Outcome(entry.path, "refused", str(err).removeprefix(f"{entry.path}: "))
        except MemoryError:
            yield Outcome(entry.path, "refused", "needs too much memory")
        except Exception as err:  # whatever a parser trips over costs one file, and is said without its text
            yield Outcome(entry.path, "refused", f"cannot be redacted ({type(err).__name__})")
        else:
            yield _outcome(entry, done)


def _note(log: Path, outcome: Outcome) -> None:
    about = {name: getattr(outcome, name) for name in ("path", "status", "reason", "warnings")}
    try:
        with log.open("ab") as file:
            file.write(json_line(about))
    except OSError as err:
        raise InputError(f"{log}: cannot be written ({err.strerror})") from None


def _free_name(path: Path) -> Path:
    """Return a path where no copy can come to lie."""
    while path.exists():
        path = path.with_name(f"_{path.name}")
    return path


def _outcome(entry: Entry, done: Copied) -> Outcome:
    return Outcome(entry.path, "redacted" if done.findings else "copied", "", done.findings, done.warnings)


def _checked_target(root: Path, out: Path) -> Path:
    """Return where the copy goes: nothing that is there is ever overwritten, least of all a source."""
    if not root.exists():
        raise InputError(f"{root}: no such file or directory")
    source, target = root.resolve(), out.resolve()
    if root.is_dir():
        if source == target or source.is_relative_to(target):
            raise ConfigError(f"{out}: is the input, or holds it; name another folder")
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise ConfigError(f"{out}: is there already and not an empty folder; name another")
        return out
    if out.is_dir():
        out = out / root.name
    if out.exists():
        raise ConfigError(f"{out}: is there already; nothing is overwritten")
    return out
