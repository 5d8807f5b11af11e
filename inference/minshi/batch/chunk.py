"""Tag the files of one chunk and write its part. The part's record under done/ comes last and says that all of it is there."""

from __future__ import annotations

import json
import stat
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from minshi.batch.excerpt import excerpts
from minshi.batch.formats import FORMATS, Write, json_line
from minshi.batch.plan import Entry, Job, Settings
from minshi.batch.progress import FileProgress
from minshi.batch.reading import FileReader
from minshi.batch.reasons import in_chinese
from minshi.batch.risk import persons
from minshi.batch.tally import Tally
from minshi.errors import InputError
from minshi.masking import mask
from minshi.tagger import Tagger
from minshi.types import Document, Span
from minshi.writers import atomic_file

PARTS = ("findings", "errors", "report", "done")
_MAX_EXCERPTS = 200  # of a file, for the report


@dataclass(frozen=True)
class FileRecord:
    """What the report is made from: a file's counts, why it failed if it did, and its first findings, masked."""

    source: str
    reason_zh: str
    tally: Tally
    excerpts: list[list[Any]]


def part_path(out: Path, kind: str, index: int, format: str = "jsonl") -> Path:
    """Return where the findings, errors, report or done record of a chunk go."""
    return out / kind / f"part-{index:06}.{'json' if kind == 'done' else format}"


def run_chunk(
    job: Job,
    index: int,
    entries: Sequence[Entry],
    out: Path,
    tagger: Tagger,
    reader: FileReader,
    advance: Callable[[Tally], None],
) -> Tally:
    """Tag the files of a chunk and write its part; `advance` is told what is done as it grows, which adds up to it.

    Raises:
        InputError: the part cannot be written, as on a full disk.
    """
    total = Tally()
    errors: list[dict[str, str]] = []
    settings = job.settings
    with (
        atomic_file(part_path(out, "report", index)) as report,
        atomic_file(part_path(out, "findings", index, settings.format)) as findings,
        FORMATS[settings.format](findings, with_text=settings.with_text) as write,
    ):
        for entry, following in zip(entries, (*entries[1:], None), strict=True):
            progress = FileProgress(entry.size, advance)
            about = _tag_file(job, entry, following, tagger, reader, write, errors, progress)
            report.write(json_line(asdict(about)))
            total.add(about.tally)
            progress.end(about.tally)
    with atomic_file(part_path(out, "errors", index)) as file:
        file.writelines(map(json_line, errors))
    with atomic_file(part_path(out, "done", index)) as file:
        file.write(json_line(asdict(total)))
    return total


def _tag_file(
    job: Job,
    entry: Entry,
    following: Entry | None,
    tagger: Tagger,
    reader: FileReader,
    write: Write,
    errors: list[dict[str, str]],
    progress: FileProgress,
) -> FileRecord:
    """Write the findings of a file, add what failed to `errors`, and return what the report needs."""
    tally, shown, failures = Tally(listed=1, size=entry.size), list[list[Any]](), list[InputError]()
    found, people = Counter[str](), Counter[str]()
    for item in _tagged(job, entry, following, tagger, reader, progress):
        if isinstance(item, InputError):
            failures.append(item)
            continue
        tally.documents += 1
        tally.characters += len(item.text)
        kept = _kept(item.spans, job.settings)
        found.update(span.label for span in kept)
        people.update(persons(item, kept))
        about = record(item, kept, entry.path, with_text=job.settings.with_text)
        room = _MAX_EXCERPTS - len(shown)
        shown += excerpts(item, kept[:room], about["spans"][:room], tagger.tag)
        write(about)
    setattr(tally, "skipped" if entry.skip else "processed" if tally.documents else "failed", 1)
    tally.partial = int(tally.processed and bool(failures))
    tally.findings, tally.persons = dict(found), dict(people)
    kind = "skipped" if entry.skip else "partial" if tally.partial else "failed"
    records = [error_record(entry, failure, kind) for failure in failures]
    errors += records
    reason_zh = f"{records[0]['part']} {records[0]['reason_zh']}".strip() if records else ""
    return FileRecord(entry.path, reason_zh, tally, shown)


def read_tally(out: Path, index: int) -> Tally | None:
    """Return the counts of a part that is done, None if it is not."""
    try:
        return Tally(**json.loads(part_path(out, "done", index).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def error_record(entry: Entry, error: InputError, kind: str) -> dict[str, str]:
    """Return the record of what could not be read: the file, the part of it if only that is bad, and why, in English and Chinese.

    `kind` is what became of the file: "skipped", "failed", or "partial" where the rest of it was read.
    """
    part, reason = part_and_reason(error, entry.path)
    return {"source": entry.path, "kind": kind, "part": part, "reason": reason, "reason_zh": in_chinese(reason)}


def part_and_reason(error: InputError, name: str) -> tuple[str, str]:
    """Return what of a file an error is about, "" if it is all of it, and the reason.

    >>> part_and_reason(InputError("村: 一.zip!附件: 二.csv: empty file"), "村: 一.zip")
    ('!附件: 二.csv', 'empty file')
    """
    pieces = str(error).removeprefix(name).split(": ")
    cuts = range(1, len(pieces))
    cut = next((at for at in cuts if _is_known(": ".join(pieces[at:]))), 1)  # names of entries may have colons too
    return ": ".join(pieces[:cut]), ": ".join(pieces[cut:])


def _is_known(reason: str) -> bool:
    return in_chinese(reason) != reason


def record(doc: Document, spans: tuple[Span, ...], source: str, *, with_text: bool) -> dict[str, Any]:
    """Return the record of a document. Offsets count code points inside `place`, or of the document where that is ""."""
    ends = [doc.anchors[0].place, doc.anchors[-1].place] if doc.anchors else []
    found, line, at = [], 0, 0
    for span in spans:  # sorted, so that lines are counted once through the text
        line, at = line + doc.text.count("\n", at, span.start), span.start
        found.append(_finding(doc, span, line, with_text))
    return {"id": doc.id, "source": source, "places": ends, "chars": len(doc.text), "spans": found}


def _finding(doc: Document, span: Span, line: int, with_text: bool) -> dict[str, Any]:
    place, start, end = doc.located(span)
    text = doc.text[span.start : span.end]
    return {
        "label": span.label,
        "start": start,
        "end": end,
        "place": place,
        "score": round(span.score, 4),
        "by": span.by,
        "masked": mask(span.label, text),
        "group": line,
        **({"text": text} if with_text else {}),
    }


def _tagged(
    job: Job, entry: Entry, following: Entry | None, tagger: Tagger, reader: FileReader, progress: FileProgress
) -> Iterator[Document | InputError]:
    if entry.skip:
        yield InputError(f"{entry.path}: {entry.skip}")
        return
    root = Path(job.root)
    path = root / entry.path if root.is_dir() else root
    try:
        about = path.stat()
    except (FileNotFoundError, NotADirectoryError) as err:
        yield InputError(f"{entry.path}: gone since the job began ({err.strerror})")
        return
    except OSError as err:
        yield InputError(f"{entry.path}: cannot be looked at ({err.strerror})")
        return
    if (about.st_size, about.st_mtime_ns) != (entry.size, entry.mtime):
        yield InputError(f"{entry.path}: changed since the job began")
        return
    if stat.S_ISDIR(about.st_mode) and root.is_dir():
        yield InputError(f"{entry.path}: a directory that may not be listed; what is in it is not read")
        return
    errors: list[InputError] = []
    is_empty = True
    ahead = (root / following.path, following.path) if following and not following.skip else None  # only a folder has several
    items = reader.documents(path, entry.path, ahead=ahead, on_read=progress.read)
    for doc in tagger.tag_many(_documents(items, errors, progress), on_window=progress.tag):
        is_empty = False
        yield doc
    if is_empty and not errors:
        errors.append(InputError(f"{entry.path}: there is nothing to read in it"))
    yield from errors


def _documents(items: Iterator[Document | InputError], errors: list[InputError], progress: FileProgress) -> Iterator[Document]:
    for item in items:
        if isinstance(item, InputError):
            errors.append(item)
        else:
            progress.give(len(item.text))
            yield item


def _kept(spans: tuple[Span, ...], settings: Settings) -> tuple[Span, ...]:
    wanted = settings.labels
    return tuple(span for span in spans if span.score >= settings.min_score and (wanted is None or span.label in wanted))
