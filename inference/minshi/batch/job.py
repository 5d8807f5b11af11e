"""A job from beginning to end: plan or resume, run what is not done, gather."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from minshi.batch import plan_file
from minshi.batch.chunk import PARTS, part_path, read_tally
from minshi.batch.folder import CHUNKS, FILES, PLAN
from minshi.batch.plan import Job, Plan, Settings, check_unchanged, make_plan
from minshi.batch.pool import run_chunks
from minshi.batch.report import MAX_FILES, write_report
from minshi.batch.survey import summary, survey
from minshi.batch.tally import Tally
from minshi.batch.versions import differences
from minshi.batch.worker import SCRATCH
from minshi.bundle import load_bundle
from minshi.errors import ConfigError, InputError
from minshi.writers import atomic_file

_log = logging.getLogger(__name__)
_NOT_BEGUN = "; the job has not begun: once that is put right, start it anew, not by --resume"


class Engine(Protocol):
    """Runs chunks of the job in `out`, `workers` at a time or as many as it sees fit; yields what is done as it grows."""

    def __call__(self, out: Path, chunks: Sequence[int], *, workers: int | None) -> Iterator[Tally]: ...


@dataclass(frozen=True)
class Outcome:
    """What a finished job counted. `resumed` is what earlier runs of it had done already, `summary` what summary.json holds."""

    total: Tally
    resumed: Tally
    summary: dict[str, Any]


def run(
    root: str | Path,
    out: str | Path,
    *,
    settings: Settings = Settings(),  # noqa: B008  # frozen
    resume: bool = False,
    workers: int | None = None,
    engine: Engine = run_chunks,
    on_start: Callable[[Plan, Tally], None] = lambda plan, done: None,
    on_progress: Callable[[Tally], None] = lambda tally: None,
    on_warning: Callable[[str], None] = _log.warning,
) -> Outcome:
    """Tag a file or all files of a directory into the folder `out`.

    It starts processes: a script calls it under `if __name__ == "__main__"`.

    Args:
        resume: go on with the job in `out`, which must be about the same files, model and settings.
        workers: processes; by default one a core, or fewer where memory holds fewer.
        engine: what runs the chunks: processes of this machine, or `minshi.batch.ray_engine.ray_engine()`.
        on_start: told the plan, and what earlier runs did.
        on_progress: told what was done since it was last told, in a large file too: characters and bytes as it goes, and the
            rest of its counts, `listed` among them, when it ends. On Ray it is told of whole chunks.
        on_warning: told, of a job that goes on, that it does so with other versions of programs than it began with.

    Raises:
        InputError: the input is not there, the output cannot be written, or there is no job to resume.
        ConfigError: `out` holds a job already, another runs in it, or what is to be resumed has changed.
        ModelError: the model is missing or damaged.
    """
    root, out = Path(root), Path(out)
    plan = make_plan(root, out, settings)
    _check_folder(out, resume)
    try:
        for kind in PARTS:
            (out / kind).mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise InputError(f"{out}: cannot be written ({err.strerror}){'' if resume else _NOT_BEGUN}") from None
    with _locked(out):
        began = _begin(plan, out, resume=resume)
        _sweep(out)
        tallies = {index: read_tally(out, index) for index in range(len(plan.chunks))}
        done = _sum(tally for tally in tallies.values() if tally)
        waiting = [index for index, tally in tallies.items() if tally is None]
        if waiting and (changed := differences(began.versions, plan.job.versions)):
            on_warning(f"the job began with other versions ({changed}); what is left of it may be found otherwise")
        on_start(plan, done)
        for tally in engine(out, waiting, workers=workers):
            on_progress(tally)
        _sweep(out)
        total, about = gather(plan, out)
        return Outcome(total, done, about)


def _begin(plan: Plan, out: Path, *, resume: bool) -> Job:
    """Write the plan, or hold it against that of the job to go on with; return the job as it began."""
    if not resume:
        try:
            plan_file.save(plan, out)
        except InputError as err:
            raise InputError(f"{err}{_NOT_BEGUN}") from err
        return plan.job
    before = plan_file.load(out)
    check_unchanged(before, plan)
    return before.job


def finding_records(out: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of all parts of a job, in order."""
    for path in sorted((out / "findings").glob("part-*.jsonl")):
        with path.open(encoding="utf-8") as file:
            yield from map(json.loads, file)


def gather(plan: Plan, out: Path) -> tuple[Tally, dict[str, Any]]:
    """Write what is told of all parts, errors.jsonl, summary.json and report.html; return the counts and the summary."""
    total = _sum(tally for index in range(len(plan.chunks)) if (tally := read_tally(out, index)))
    with atomic_file(out / "errors.jsonl") as file:
        for index in range(len(plan.chunks)):
            with part_path(out, "errors", index).open("rb") as part:
                shutil.copyfileobj(part, file)
    bundle = load_bundle(Path(plan.job.settings.model) if plan.job.settings.model else None)
    sensitive = {label.id for label in bundle.labels if label.pipl}
    found = survey(plan, out, sensitive, limit=MAX_FILES)
    about = summary(plan, total, found.levels, sensitive)
    with atomic_file(out / "summary.json") as file:
        file.write(json.dumps(about, ensure_ascii=False, indent=1).encode() + b"\n")
    write_report(plan, out, found, about, bundle.labels, model=bundle.name)
    return total, about


def _sweep(out: Path) -> None:
    """Remove what a killed run or worker was writing."""
    shutil.rmtree(out / SCRATCH, ignore_errors=True)
    for path in (*out.glob(".*.tmp"), *(path for kind in PARTS for path in (out / kind).glob(".*.tmp"))):
        path.unlink(missing_ok=True)


def _sum(tallies: Iterator[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total.add(tally)
    return total


def _check_folder(out: Path, resume: bool) -> None:
    if out.exists() and not out.is_dir():
        raise ConfigError(f"{out}: is a file; name a folder")
    if not resume and (out / PLAN).exists():
        raise ConfigError(f"{out}: holds a job already; go on with it by --resume, or name another folder")
    if not resume and out.exists() and not all(_is_ours(path.name) for path in out.iterdir()):
        raise ConfigError(f"{out}: is not empty; name another folder")
    if resume and not (out / PLAN).exists():
        raise InputError(f"{out}: no job to resume there")


def _is_ours(name: str) -> bool:
    """Tell whether a job that was killed before its plan was whole may have left this."""
    return name in {".lock", FILES, CHUNKS, *PARTS} or (name.startswith(".") and name.endswith(".tmp"))


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    """Hold the folder for this process; the system lets go of it however the process ends."""
    with (out / ".lock").open("a+") as file:
        if not _try_lock(file):
            raise ConfigError(f"{out}: another job is running there")
        yield


def _try_lock(file: IO[str]) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
