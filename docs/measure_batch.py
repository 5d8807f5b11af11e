"""Measure what reading costs: big inputs through the readers in bounded memory, and a job's share of time beside the model.

python docs/measure_batch.py {csv,xlsx,text} FOLDER [--scale 1.0]          # made in FOLDER once, read, figures printed
python docs/measure_batch.py {files,large} FOLDER [--scale 1.0] [--every N]  # reading and bookkeeping against tagging
python docs/measure_batch.py worker FOLDER [--scale 1.0]                     # memory of a worker whose job lists 100,000 files
python docs/measure_batch.py whole FOLDER [--scale 1.0]                      # `minshi batch` on a text that comes again and again
python docs/measure_batch.py dump FOLDER [--scale 1.0]                       # `minshi batch` on 100,000 files, all different
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from multiprocessing import active_children, get_context
from pathlib import Path

from minshi import Document, Span, Tagger
from minshi.batch.chunk import PARTS, run_chunk
from minshi.batch.formats import FORMATS
from minshi.batch.job import gather
from minshi.batch.plan import Entry, Plan, Settings, make_plan
from minshi.batch.plan_file import save
from minshi.batch.reading import FileReader
from minshi.batch.worker import Worker
from minshi.errors import InputError
from minshi.readers import read

_ROWS, _FILES, _BYTES = 1_000_000, 100_000, 1 << 30
_LARGE = 2 << 30  # bytes of the one large file
_PIECE = 100_000  # characters of the text that comes again: readers cut at twice as many, so that its windows come again too
_HEADERS = ("姓名", "身份证号", "家庭住址", "联系电话", "备注")
_NOTICE = "关于张三同志家庭情况的公示：该户现住石桥镇溪口村三组，联系电话13900001234，患尿毒症多年，靠透析维持，生活困难。\n"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


class Timed:
    """A Tagger that counts the processor time of its model's work, and tags one document in `every`.

    The others get the spans of the one before them that was tagged, so that what is done with findings is done for all. It
    remembers no windows, so that texts which come again cost what new ones do.
    """

    def __init__(self, every: int) -> None:
        self._tagger = Tagger.load(threads=1, remember=0)
        self._every = every
        self._latest: tuple[Span, ...] = ()
        self._seen = self.characters = 0
        self.seconds = 0.0

    def tag(self, text: str) -> Document:
        """Look for names in a header or place that the report shows: work of the job, not of the model on documents."""
        return self._tagger.tag(text)

    def tag_many(self, items: Iterable[Document], *, on_window: Callable[[int], None]) -> Iterator[Document]:
        for item in items:
            self._seen += 1
            if self._seen % self._every:
                yield replace(item, spans=tuple(span for span in self._latest if span.end <= len(item.text)))
                continue
            began = time.process_time()
            tagged = self._tagger.tag(item)
            self.seconds += time.process_time() - began
            self.characters += len(item.text)
            self._latest = tagged.spans
            yield tagged


class Clock:
    """Processor seconds of this process by step, and of the process that reads, which counts when it has ended."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._own, self._children = _processor_seconds()

    def lap(self, name: str) -> None:
        own, children = _processor_seconds()
        self.laps[name] = own - self._own
        self.laps["reading process"] = self.laps.get("reading process", 0.0) + children - self._children
        self._own, self._children = own, children


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=[*MAKERS, *JOBS, "worker", "whole", "dump"])
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--scale", type=float, default=1.0, help="share of a million rows, a gigabyte, 100,000 files, two gigabytes"
    )
    parser.add_argument("--every", type=int, default=1, help="tag one document in so many, and reckon the rest")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    if arguments.what == "worker":
        measure_worker(arguments.folder, arguments.scale)
    elif arguments.what == "whole":
        measure_command(arguments.folder, arguments.scale)
    elif arguments.what == "dump":
        measure_dump(arguments.folder, arguments.scale)
    elif arguments.what in JOBS:
        measure_job(arguments.what, arguments.folder, arguments.scale, arguments.every)
    else:
        measure_reading(arguments.what, arguments.folder, arguments.scale)


def measure_reading(what: str, folder: Path, scale: float) -> None:
    """Read a big file in this process and print its figures."""
    path = folder / f"big-{scale}.{what}"
    if not path.exists():
        MAKERS[what](path, scale)
    documents = characters = 0
    began = time.perf_counter()
    for item in read(path, format="text" if what == "text" else None):
        if isinstance(item, InputError):
            raise item
        documents, characters = documents + 1, characters + len(item.text)
    seconds = time.perf_counter() - began
    print(f"{what}: {path.stat().st_size >> 20:,} MiB, {characters:,} characters in {documents:,} documents")
    print(f"read in {seconds:.0f} s, {characters / seconds:,.0f} characters/s, peak memory {_peak():,.0f} MB")


def measure_job(what: str, folder: Path, scale: float, every: int) -> None:
    """Run the chunks of a job in this process and print the share of time that is not the model's.

    Seconds are of the processor, children included, so that a busy machine gives the same figures.
    """
    dump, out = folder / f"{what}-{scale}", folder / "out"
    if not dump.exists():
        dump.mkdir()
        JOBS[what](dump, scale)
    shutil.rmtree(out, ignore_errors=True)
    for kind in PARTS:
        (out / kind).mkdir(parents=True)
    tagger, clock = Timed(every), Clock()
    plan = make_plan(dump, out, Settings())
    save(plan, out)
    clock.lap("plan")
    reader = FileReader(out / "scratch", seconds=3600, memory_mb=768)
    for at, (start, end) in enumerate(plan.chunks):
        run_chunk(plan.job, at, plan.entries[start:end], out, tagger, reader, lambda tally: None)
    reader.close()
    clock.lap("findings and parts")
    total, _ = gather(plan, out)
    clock.lap("summary and report")
    clock.laps["findings and parts"] -= tagger.seconds
    tagging = tagger.seconds / tagger.characters * total.characters
    rest = sum(clock.laps.values())
    print(f"{total.processed:,} files, {total.characters:,} characters, {sum(total.findings.values()):,} findings")
    print(f"tagged {tagger.characters:,} characters, {tagger.characters / tagger.seconds:,.0f} in a processor second")
    for name, seconds in [*clock.laps.items(), ("all but tagging", rest), ("tagging", tagging)]:
        print(
            f"{name:20} {seconds:10,.1f} s {seconds / (rest + tagging):7.2%} {1e6 * seconds / total.processed:12,.0f} µs a file"
        )
    print(f"peak memory {_peak():,.0f} MB")


def measure_worker(folder: Path, scale: float) -> None:
    """Print the peak memory of a worker and of the process that reads for it, after one chunk; other files are listed only."""
    dump, out = folder / "worker", folder / "out"
    if not dump.exists():
        dump.mkdir()
        make_small_files(dump, 256 / _FILES)
    for format in FORMATS:
        shutil.rmtree(out, ignore_errors=True)
        for kind in PARTS:
            (out / kind).mkdir(parents=True)
        plan = make_plan(dump, out, Settings(format=format))
        listed = [Entry(f"公示/2024/街道{n // 5000:03}/救助对象名单-{n:06}.txt", 12_000, n) for n in range(round(_FILES * scale))]
        chunks = [(start, start + 256) for start in range(256, len(listed), 256)]
        save(Plan(plan.job, [*plan.entries, *listed], [*plan.chunks, *chunks]), out)
        process = get_context("spawn").Process(target=_tell_memory, args=(out, format))  # which never held the list
        process.start()
        process.join()


def measure_command(folder: Path, scale: float) -> None:
    """Run `minshi batch` on a text of two gigabytes whose windows are remembered: all that it does but the model's work."""
    path, out = folder / f"whole-{scale}.txt", folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    with path.open("wb") as file:
        piece = "".join(random.Random(13).choices(_passages(), k=_PIECE // 20))[: _PIECE - 1] + "\n"
        for _ in range(round(_LARGE * scale) // len(piece.encode()) + 1):
            file.write(piece.encode())
    _run_command(path, out)


def measure_dump(folder: Path, scale: float) -> None:
    """Run `minshi batch` on 100,000 small files; before and after, the tagger alone on a twentieth of their texts."""
    dump, out = folder / "dump", folder / "out"
    for path in (dump, out):
        shutil.rmtree(path, ignore_errors=True)
    make_small_files(dump, scale)
    texts = [path.read_text(encoding="utf-8") for path in sorted(dump.rglob("*.txt"))]
    _tell_tagger(texts[::20])
    seconds = _run_command(dump, out)
    print(f"{sum(map(len, texts)):,} characters, {sum(map(len, texts)) / seconds:,.0f} a second")
    _tell_tagger(texts[10::20])


def _run_command(path: Path, out: Path) -> float:
    """Return how many seconds of the clock `minshi batch` takes."""
    began = time.perf_counter()
    status = subprocess.run([sys.executable, "-m", "minshi", "batch", str(path), "--out", str(out)]).returncode
    seconds = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"exit status {status}, {seconds:,.0f} s, processor {used.ru_utime + used.ru_stime:,.0f} s")
    print(f"peak memory of a process {used.ru_maxrss / 1024:,.0f} MB")
    return seconds


def _tell_tagger(texts: list[str]) -> None:
    tagger = Tagger.load(remember=0)
    began = time.perf_counter()
    found = sum(len(doc.spans) for doc in tagger.tag_many(texts))
    seconds = time.perf_counter() - began
    print(
        f"the tagger alone: {len(texts):,} texts, {found:,} findings, {sum(map(len, texts)) / seconds:,.0f} characters a second"
    )


def _tell_memory(out: Path, format: str) -> None:
    worker = Worker(out)
    worker.run(0, lambda tally: None)
    (reader,) = active_children()
    print(f"{format}: worker {_high_water(os.getpid()):,.0f} MiB, its reader {_high_water(reader.pid or 0):,.0f} MiB at most")
    worker.close()


def _high_water(pid: int) -> float:
    """Return the peak memory of a process in MiB; what getrusage says of a child counts what its parent had when it was born."""
    (line,) = re.findall(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    return int(line) / 1024


def make_csv(path: Path, scale: float) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(_HEADERS) + "\n")
        file.writelines(",".join(row) + "\n" for row in rows(scale))


def make_xlsx(path: Path, scale: float) -> None:
    """Written by hand, so that a million rows take seconds and no library."""
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    link = f'<Relationship Id="r1" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        root = f'<Relationship Id="r0" Type="{relations}/officeDocument" Target="xl/workbook.xml"/>'
        archive.writestr("_rels/.rels", f'<Relationships xmlns="{package}">{root}</Relationships>')
        sheets = '<sheets><sheet name="名单" sheetId="1" r:id="r1"/></sheets>'
        book = f'<workbook xmlns="{_SHEET}" xmlns:r="{relations}">{sheets}</workbook>'
        archive.writestr("xl/workbook.xml", book)
        archive.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{package}">{link}</Relationships>')
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(f'<worksheet xmlns="{_SHEET}"><sheetData>'.encode())
            for number, row in enumerate((_HEADERS, *rows(scale)), start=1):
                texts = zip("ABCDE", row, strict=True)
                cells = (f'<c r="{column}{number}" t="inlineStr"><is><t>{text}</t></is></c>' for column, text in texts)
                sheet.write(f'<row r="{number}">{"".join(cells)}</row>'.encode())
            sheet.write(b"</sheetData></worksheet>")


def make_text(path: Path, scale: float) -> None:
    piece = (_NOTICE * 5000).encode()
    with path.open("wb") as file:
        for _ in range(round(_BYTES * scale) // len(piece) + 1):
            file.write(piece)


def make_small_files(dump: Path, scale: float) -> None:
    """Short notices, all different: a number, and one to three passages of the annotated notices, drawn at random."""
    passages, rng = _passages(), random.Random(13)
    for number in range(round(_FILES * scale)):
        path = dump / f"{number // 1000:03}" / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"第{number}号\n" + "".join(rng.choices(passages, k=1 + number % 3)), encoding="utf-8")


def make_large_file(dump: Path, scale: float) -> None:
    passages, rng, left = _passages(), random.Random(13), round(_LARGE * scale)
    with (dump / "large.txt").open("wb") as file:
        while left > 0:
            left -= file.write("".join(rng.choices(passages, k=10_000)).encode())


def _passages() -> list[str]:
    folder = Path(__file__).parents[1] / "data" / "annotated"
    texts = (json.loads(line)["text"] for path in sorted(folder.glob("*.jsonl")) for line in path.open(encoding="utf-8"))
    return [line + "\n" for text in texts for line in text.split("\n") if len(line) >= 20]


def rows(scale: float) -> Iterator[tuple[str, ...]]:
    for number in range(round(_ROWS * scale)):
        yield (
            f"张{number}",
            f"11010119900307{number % 10000:04}",
            f"石桥镇溪口村{number % 30}组",
            f"139{number:08}",
            "患尿毒症多年",
        )


def _processor_seconds() -> tuple[float, float]:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    own, children = (each.ru_utime + each.ru_stime for each in used)
    return own, children


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


MAKERS: dict[str, Callable[[Path, float], None]] = {"csv": make_csv, "xlsx": make_xlsx, "text": make_text}
JOBS: dict[str, Callable[[Path, float], None]] = {"files": make_small_files, "large": make_large_file}

if __name__ == "__main__":
    main()
