"""Redact a file, or all files of a directory into its mirror image; every file is accounted for.

This process writes the copies, and leaves all that opens a file to another: see process.py.
"""

from __future__ import annotations

import os
import tempfile
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from minshi.batch.formats import json_line
from minshi.batch.plan import Entry, check_source, list_entries
from minshi.errors import ConfigError, InputError
from minshi.redact.copy import check_free
from minshi.redact.process import FileRedactor, Settings
from minshi.redact.strategies import Replacer
from minshi.writers import atomic_file

LOG = "not-redacted.jsonl"  # in the mirror of a directory: what has no copy and why, and every warning
_NOTED = ("path", "status", "reason", "warnings")
_MISSING = "the job ended before it was done with this file"
Status = Literal["redacted", "copied", "refused", "skipped", "missing"]  # missing stands in LOG alone


@dataclass(frozen=True)
class Outcome:
    """What became of a file: redacted, copied because nothing was found in it, refused, or skipped as no document at all.

    `copy` is where the copy lies, if there is one.
    """

    path: str
    status: Status
    reason: str = ""
    findings: Mapping[str, int] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    copy: Path | None = None


def redact_all(
    root: Path,
    out: Path,
    *,
    replace: Replacer,
    settings: Settings = Settings(),  # noqa: B008  # frozen
    on_start: Callable[[Sequence[Entry]], None] = lambda entries: None,
    on_tagged: Callable[[int], None] = lambda characters: None,
) -> Generator[Outcome, None, None]:
    """Yield the outcome of every file as its copy is written below `out`; of a single file `out` is the copy itself.

    A directory's copy gets a file LOG, which says what of it is not redacted, if anything is not: what is missing too, where
    the job ends before its time. Files are opened and redacted in a process of their own; one that it does not survive is
    refused. That process is spawned: a script that calls this needs its `if __name__ == "__main__":`.

    Args:
        on_start: told all files before the first is opened.
        on_tagged: told how many more characters are tagged, in a large file as it goes on.

    Raises:
        InputError: there is no such input, or none that may be read, or the output cannot be written.
        ConfigError: `out` is not empty, is the input, or holds it; or the model has no such operating point.
        ModelError: the model is missing, damaged or does not fit.
    """
    target = _checked_target(root, out)
    waiting = deque(list_entries(root, target))
    on_start(tuple(waiting))
    log = _free_name(LOG, root, target) if root.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="minshi-") as scratch:
        redactor = FileRedactor(Path(scratch) / "redactor", replace=replace, settings=settings)
        try:
            redactor.start()
            while waiting:
                outcome = _outcome(waiting[0], root, target, redactor, on_tagged)
                if log and (outcome.copy is None or outcome.warnings):
                    _note(log, [outcome])
                waiting.popleft()
                yield outcome
        finally:
            redactor.close()
            if log and waiting and is_begun(target):
                with suppress(InputError):  # what ended the job is said, and may be the same
                    _note(log, [Outcome(entry.path, "missing", _MISSING) for entry in waiting])


def is_begun(target: Path) -> bool:
    """Tell whether there is anything of a directory's copy yet."""
    return target.is_dir() and any(target.iterdir())


def _outcome(entry: Entry, root: Path, target: Path, redactor: FileRedactor, on_tagged: Callable[[int], None]) -> Outcome:
    if entry.skip:
        return Outcome(entry.path, "skipped", entry.skip)
    source = root / entry.path if root.is_dir() else root
    copy = target / entry.path if root.is_dir() else target
    _make_folder(copy.parent)
    try:
        if os.path.isdir(source):
            raise InputError(f"{entry.path}: a directory that may not be listed; what is in it is not redacted")
        check_free(copy)
        data, done = redactor.redacted(source, entry.path, copy.name, on_tagged=on_tagged)
        with atomic_file(copy) as file:
            file.write(data)
    except InputError as err:
        return Outcome(entry.path, "refused", _reason(err, entry.path))
    return Outcome(entry.path, "redacted" if done.findings else "copied", "", done.findings, done.warnings, copy)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise InputError(f"{folder}: cannot be written ({err.strerror})") from None


def _reason(err: InputError, name: str) -> str:
    """Return what an error says, without the name of its file, beside which it stands.

    >>> _reason(InputError("名单.jsonl:2: broken JSON"), "名单.jsonl")
    'line 2: broken JSON'
    """
    said = str(err)
    for start, instead in ((f"{name}: ", ""), (f"{name}:", "line "), (f"{name}#", "")):
        if said.startswith(start):
            return instead + said.removeprefix(start)
    return said


def _note(log: Path, outcomes: Iterable[Outcome]) -> None:
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as file:
            for outcome in outcomes:
                file.write(json_line({name: getattr(outcome, name) for name in _NOTED}))
    except OSError as err:
        raise InputError(f"{log}: cannot be written ({err.strerror})") from None


def _free_name(name: str, *folders: Path) -> Path:
    """Return a path in the last folder where no copy can come to lie: none of them has a file of that name."""
    while any((folder / name).exists() for folder in folders):
        name = f"_{name}"
    return folders[-1] / name


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
