"""What a job is: its files in chunks, the model, the settings. Written once; a resumed job must find all of it unchanged."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from minshi.batch.folder import is_job
from minshi.batch.formats import check_format
from minshi.batch.versions import versions
from minshi.bundle import load_bundle
from minshi.errors import ConfigError, InputError
from minshi.labels import check_wanted
from minshi.readers.archive import Limits, is_junk
from minshi.readers.options import ALL, Options, check_fields

_LIMITS = Limits()
_CHUNK_FILES, _CHUNK_BYTES = 256, 4 << 20
_NOWHERE = frozenset((errno.ENOENT, errno.ENOTDIR, errno.ELOOP))  # what a link's end gives if there is none


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides the findings; the same settings, model and files give the same bytes.

    Attributes:
        model: folder of the model; the shipped one by default.
        labels: only these; all by default.
        min_score: only findings at least so sure, from 0 to 1.
        format: of the findings: "jsonl", "csv" or "parquet".
        with_text: write what each finding covers. Off by default: findings are personal data.
        file_seconds: how long a file may take until its next document is read.
        memory_mb: how much memory reading a file may take, in MiB.
        fields: of json and jsonl, what is read: names of keys, and JSON pointers into a record; all strings by default.
        max_entries, max_ratio, max_entry_mb, max_archive_mb, max_depth: what an archive may hold, as in `Limits`.
    """

    model: str | None = None
    point: str = "balanced"
    labels: tuple[str, ...] | None = None
    min_score: float = 0.0
    format: str = "jsonl"
    with_text: bool = False
    file_seconds: float = 120.0
    memory_mb: int = 768
    fields: tuple[str, ...] = ALL
    max_entries: int = _LIMITS.max_entries
    max_ratio: int = _LIMITS.max_ratio
    max_entry_mb: int = _LIMITS.max_entry_bytes >> 20
    max_archive_mb: int = _LIMITS.max_total_bytes >> 20
    max_depth: int = _LIMITS.max_depth

    @property
    def options(self) -> Options:
        """What the readers are asked for."""
        limits = Limits(
            max_entries=self.max_entries,
            max_ratio=self.max_ratio,
            max_entry_bytes=self.max_entry_mb << 20,
            max_total_bytes=self.max_archive_mb << 20,
            max_depth=self.max_depth,
        )
        return Options(fields=self.fields, limits=limits)


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the job, or a directory that could not be listed.

    Attributes:
        path: below the root, with forward slashes.
        size: in bytes; 0 of what could not be looked at, and so is `mtime`.
        mtime: time of modification, in ns.
        skip: why it is skipped, if it is.
    """

    path: str
    size: int
    mtime: int
    skip: str = ""


@dataclass(frozen=True)
class Job:
    """What a worker has to know of a job beside the files of its chunks.

    Attributes:
        root: the dump.
        model: the SHA-256 of its file.
        versions: of what read and tagged when the job began.
    """

    root: str
    settings: Settings
    model: str
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """A job and all its files. `chunks` holds the half-open range of `entries` of each."""

    job: Job
    entries: Sequence[Entry]
    chunks: Sequence[tuple[int, int]]

    @property
    def listed_bytes(self) -> int:
        return sum(entry.size for entry in self.entries)


def make_plan(root: Path, out: Path, settings: Settings) -> Plan:
    """List what is to be tagged: a file, or all files of a directory; links to directories are not followed.

    Raises:
        InputError: there is no such file or directory, or none that may be read.
        ModelError: the model is missing or damaged.
        ConfigError: the model has no such operating point or label, no score is `min_score`, the format cannot be written, or a
            field is none.
    """
    check_source(root)
    check_format(settings.format)
    check_fields(settings.fields)
    bundle = load_bundle(Path(settings.model) if settings.model else None)
    known = sorted(label.id for label in bundle.labels)
    if settings.point not in bundle.points:
        raise ConfigError(f"the model has no operating point {settings.point!r}; it has {', '.join(bundle.points)}")
    check_wanted(settings.labels, settings.min_score, known)
    entries = list_entries(root, out)
    place = root.parent.resolve() / root.name if root.is_file() else root.resolve()  # a file keeps the name that it is listed by
    return Plan(Job(str(place), settings, bundle.sha256, versions()), entries, list(_chunks(entries)))


def check_source(root: Path) -> None:
    """Raise InputError where there is no such file or directory, or one whose files may not be listed and looked at."""
    try:
        if stat.S_ISDIR(root.stat().st_mode):
            os.scandir(root).close()
            os.stat(os.path.join(root, os.curdir))  # a directory may be listed and yet not be entered
    except (OSError, ValueError) as err:
        if isinstance(err, ValueError) or err.errno in _NOWHERE:
            raise InputError(f"{root}: no such file or directory") from None
        raise InputError(f"{root}: cannot be read ({err.strerror})") from None


def check_unchanged(old: Plan, new: Plan) -> None:
    """Raise ConfigError, naming the first difference, if a job made now would be another than the one to be resumed."""
    if old.job.model != new.job.model:
        raise ConfigError("the model is another than when the job began; resume with that model, or start a new job")
    asked = asdict(new.job.settings)
    for key, value in asdict(old.job.settings).items():
        if key != "model" and asked[key] != value:
            option, was, is_ = f"--{key.replace('_', '-')}", _as_typed(value), _as_typed(asked[key])
            raise ConfigError(f"{option} was {was} when the job began and is {is_} now; leave it out, or start a new job")
    if old.job.root != new.job.root:
        raise ConfigError(f"the job began with {old.job.root}; start a new job for {new.job.root}")
    before, now = ({entry.path: entry for entry in plan.entries} for plan in (old, new))
    changed = sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path))
    if changed:
        what = "changed" if changed[0] in before and changed[0] in now else "new" if changed[0] in now else "gone"
        which = "a file is not as it was" if len(changed) == 1 else f"{len(changed):,} files are not as they were"
        raise ConfigError(f"{which} when the job began (first: {changed[0]}, {what}); start a new job")


def _as_typed(value: object) -> str:
    """Return a setting as it stands on the command line.

    >>> _as_typed(("NAME", "HEALTH"))
    'NAME,HEALTH'
    """
    if value is None or value is False or value == ALL:
        return "not given"
    if value is True:
        return "given"
    return ",".join(value) if isinstance(value, tuple) else f"{value:g}" if isinstance(value, float) else str(value)


def list_entries(root: Path, out: Path) -> list[Entry]:
    """Return a file, or all files of a directory but those in `out`, sorted by path.

    Links to directories are not followed, and what another job wrote is no part of a dump.
    """
    return sorted(_entries(root, out), key=lambda entry: entry.path)


def _entries(root: Path, out: Path) -> Iterator[Entry]:
    if root.is_file():
        yield _entry(root, root.name)
        return
    own = out.resolve()
    blocked: list[OSError] = []
    for folder, folders, files in os.walk(root, onerror=blocked.append):
        folders[:] = sorted(name for name in folders if Path(folder, name).resolve() != own)
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        jobs = [name for name in folders if name not in links and is_job(Path(folder, name))]
        folders[:] = [name for name in folders if name not in jobs]
        for name in (*files, *links):
            path = Path(folder, name)
            yield _entry(path, path.relative_to(root).as_posix())
        for path in (Path(folder, name) for name in jobs):
            yield Entry(path.relative_to(root).as_posix(), 0, 0, "the folder of a batch job; its findings are not read")
    for path in (Path(err.filename) for err in blocked):
        yield _closed(path, path.relative_to(root).as_posix())


def _entry(path: Path, name: str) -> Entry:
    """Return what there is to know of a file; where that is nothing, who tags it finds out why."""
    if is_junk(path.name):
        return Entry(name, 0, 0, "left behind by a system or an office program")
    try:
        about = path.stat()
    except OSError as err:
        if err.errno in _NOWHERE and os.path.islink(path):
            return Entry(name, 0, 0, f"a link that leads nowhere ({err.strerror})")
        return Entry(name, 0, 0)
    if stat.S_ISDIR(about.st_mode):
        return Entry(name, 0, 0, "a link to a directory")
    if not stat.S_ISREG(about.st_mode):
        return Entry(name, 0, 0, "no regular file")
    return Entry(name, about.st_size, about.st_mtime_ns)


def _closed(path: Path, name: str) -> Entry:
    """Return what there is to know of a directory that could not be listed."""
    try:
        about = path.stat()
    except OSError:
        return Entry(name, 0, 0)
    return Entry(name, about.st_size, about.st_mtime_ns)


def _chunks(entries: Sequence[Entry]) -> Iterator[tuple[int, int]]:
    start, size = 0, 0
    for index, entry in enumerate(entries):
        if index > start and (index - start >= _CHUNK_FILES or size + entry.size > _CHUNK_BYTES):
            yield start, index
            start, size = index, 0
        size += entry.size
    if start < len(entries):
        yield start, len(entries)
