"""The plan in a job's folder: plan.json says what the job is, files.jsonl has a line a file, chunks.jsonl a line a chunk.

However many files a job has, a worker reads only those of its chunks: all lines of chunks.jsonl are of one length, and each
says at which byte of files.jsonl its chunk begins.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from minshi.batch.folder import CHUNKS, FILES, PLAN
from minshi.batch.plan import Entry, Job, Plan, Settings
from minshi.errors import InputError
from minshi.writers import atomic_file

VERSION = 5
_CHUNK_LINE = "[{:12}, {:12}, {:16}]\n"  # first file, the one after the last, byte of files.jsonl; padded JSON
_CHUNK_BYTES = len(_CHUNK_LINE.format(0, 0, 0))


def save(plan: Plan, out: Path) -> None:
    """Write the plan into the job's folder: the lists first, then plan.json, which says that all is there."""
    starts = [0]
    with atomic_file(out / FILES) as file:
        for entry in plan.entries:
            starts.append(starts[-1] + file.write(json.dumps([entry.path, entry.size, entry.mtime, entry.skip]).encode() + b"\n"))
    with atomic_file(out / CHUNKS) as file:
        for start, end in plan.chunks:
            file.write(_CHUNK_LINE.format(start, end, starts[start]).encode())
    with atomic_file(out / PLAN) as file:
        file.write(json.dumps(_header(plan), ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace") + b"\n")


def load(out: Path) -> Plan:
    """Read the plan of a job with all its files.

    Raises:
        InputError: there is none, or it is of another version.
    """
    with _said(out):
        job = _job(out)
        with (out / FILES).open("rb") as file:
            entries = [Entry(*json.loads(line)) for line in file]
        with (out / CHUNKS).open("rb") as file:
            chunks = [(start, end) for start, end, _ in map(json.loads, file)]
        return Plan(job, entries, chunks)


def load_job(out: Path) -> Job:
    """Read what a job is, without its files.

    Raises:
        InputError: there is none, or it is of another version.
    """
    with _said(out):
        return _job(out)


def load_chunk(out: Path, index: int) -> list[Entry]:
    """Read the files of a chunk.

    Raises:
        InputError: they cannot be read.
    """
    with _said(out):
        with (out / CHUNKS).open("rb") as file:
            file.seek(index * _CHUNK_BYTES)
            start, end, offset = json.loads(file.read(_CHUNK_BYTES))
        with (out / FILES).open("rb") as file:
            file.seek(offset)
            return [Entry(*json.loads(file.readline())) for _ in range(start, end)]


def begun(out: str | Path) -> tuple[Path, Settings]:
    """Return what the job in `out` is about, and its settings: all that `run` needs to go on with it.

    Raises:
        InputError: there is no job, or it is of another version.
    """
    job = load_job(Path(out))
    return Path(job.root), job.settings


def _header(plan: Plan) -> dict[str, Any]:
    listing = hashlib.sha256(repr([(entry.path, entry.size, entry.mtime) for entry in plan.entries]).encode("utf-8", "replace"))
    return {
        "version": VERSION,
        **asdict(plan.job),
        "listing": listing.hexdigest(),
        "files": len(plan.entries),
        "chunks": len(plan.chunks),
    }


def _job(out: Path) -> Job:
    header: dict[str, Any] = json.loads((out / PLAN).read_text(encoding="utf-8"))
    if header["version"] != VERSION:
        raise InputError(f"{out}: a job of another version of minshi; start a new one")
    settings: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in header["settings"].items()
    }
    return Job(header["root"], Settings(**settings), header["model"], header["versions"])


@contextmanager
def _said(out: Path) -> Iterator[None]:
    """Say what is wrong with the plan of the job in `out`."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{out}: no job to resume there") from None
    except OSError as err:
        raise InputError(f"{out}: its plan cannot be read ({err.strerror})") from None
    except (ValueError, KeyError, TypeError) as err:
        raise InputError(f"{out}: its plan is damaged ({type(err).__name__}); start a new job") from None
