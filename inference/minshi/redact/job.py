"""Redact a file, or all files of a directory into its mirror image; every file is accounted for.

This process writes the copies, and leaves all that opens a file to another: see process.py.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from minshi.batch.formats import json_line
from minshi.batch.plan import Entry, check_source, list_entries
from minshi.errors import ConfigError, InputError
from minshi.redact.copy import Copied, check_free
from minshi.redact.process import FileRedactor, Settings
from minshi.redact.strategies import Replacer
from minshi.writers import atomic_file

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


def redact_all(root: Path, out: Path, *, replace: Replacer, settings: Settings = Settings()) -> Iterator[Outcome]:  # noqa: B008
    """Yield the outcome of every file as its copy is written below `out`; of a single file `out` is the copy itself.

    A directory's copy gets a file LOG, which says what of it is not redacted, if anything is not. Files are opened and redacted
    in a process of their own; one that it does not survive is refused. That process is spawned: a script that calls this
    needs its `if __name__ == "__main__":`.

    Raises:
        InputError: there is no such input, or none that may be read, or the output cannot be written.
        ConfigError: `out` is not empty, is the input, or holds it; or the model has no such operating point.
        ModelError: the model is missing, damaged or does not fit.
    """
    target = _checked_target(root, out)
    log = _free_name(target / LOG)
    with tempfile.TemporaryDirectory(prefix="minshi-") as scratch:
        redactor = FileRedactor(Path(scratch) / "redactor", replace=replace, settings=settings)
        try:
            redactor.start()
            for entry in list_entries(root, target):
                outcome = _outcome(entry, root, target, redactor)
                if root.is_dir() and (outcome.status == "refused" or outcome.warnings):
                    _note(log, outcome)
                yield outcome
        finally:
            redactor.close()


def _outcome(entry: Entry, root: Path, target: Path, redactor: FileRedactor) -> Outcome:
    if entry.skip:
        return Outcome(entry.path, "skipped", entry.skip)
    source = root / entry.path if root.is_dir() else root
    copy = target / entry.path if root.is_dir() else target
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise InputError(f"{copy.parent}: cannot be written ({err.strerror})") from None
    try:
        done = _copied(source, copy, entry.path, redactor)
    except InputError as err:
        return Outcome(entry.path, "refused", str(err).removeprefix(f"{entry.path}: "))
    return Outcome(entry.path, "redacted" if done.findings else "copied", "", done.findings, done.warnings)


def _copied(source: Path, copy: Path, name: str, redactor: FileRedactor) -> Copied:
    if os.path.isdir(source):
        raise InputError(f"{name}: a directory that may not be listed; what is in it is not redacted")
    check_free(copy)
    data, done = redactor.redacted(source, name)
    with atomic_file(copy) as file:
        file.write(data)
    return done


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


def _checked_target(root: Path, out: Path) -> Path:
    """Return where the copy goes: nothing that is there is ever overwritten, least of all a source."""
    check_source(root)
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
