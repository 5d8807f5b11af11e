"""A dump of bad and good files: the job ends, says of every bad one why, and stays small."""

from __future__ import annotations

import codecs
import io
import json
import os
import random
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import openpyxl
import pytest
from planted import telephone

from minshi.batch import run as run_job
from minshi.batch.plan import Settings, list_entries, make_plan
from minshi.batch.tally import Tally
from minshi.batch.worker import Worker
from minshi.errors import InputError

MODEL = Path(__file__).parents[1] / "data" / "toy"
GOOD = f"联系电话{telephone(1)}"
_MAX_MEGABYTES = 1000


def packed(entries: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return stream.getvalue()


def nested(depth: int) -> bytes:
    data = GOOD.encode()
    for _ in range(depth):
        data = packed({"内.zip" if data[:2] == b"PK" else "内.txt": data})
    return data


def twice() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("同名.txt", GOOD)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("同名.txt", GOOD)
    return stream.getvalue()


def workbook() -> bytes:
    stream = io.BytesIO()
    book = openpyxl.Workbook()
    book.active["A1"] = GOOD
    book.save(stream)
    return stream.getvalue()


def changed(data: bytes, entry: str, content: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        return packed({name: content if name == entry else old.read(name) for name in old.namelist()})


def formatted_rows() -> bytes:
    """A sheet whose every row is formatted, and only the first of them filled."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    empty = "".join(f'<row r="{row}"><c r="A{row}" s="1"/></row>' for row in range(2, 1_048_577))
    first = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{GOOD}</t></is></c></row>'
    sheet = f'<worksheet xmlns="{main}"><sheetData>{first}{empty}</sheetData></worksheet>'
    return changed(workbook(), "xl/worksheets/sheet1.xml", sheet)


def laughs(root: str) -> str:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{levels}]><{root}>&l9;</{root}>'


def outside(root: str) -> str:
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><{root}>&e;</{root}>'


GOOD_FILES: dict[str, bytes] = {
    "好.txt": GOOD.encode("gb18030"),
    "好.xlsx": workbook(),
    "名为文本实为表.txt": workbook(),
    "上级.zip": packed({"../../etc/passwd.txt": GOOD, "/根.txt": GOOD}),
    "两层.zip": nested(2),
    "一行.txt": ("甲" * 2_999_989 + telephone(1)).encode(),
    "孤码.json": b'{"a": "\\ud800 ' + GOOD.encode() + b'", "\\udfff": 1}',
    "格式.xlsx": formatted_rows(),
}
BAD_FILES: dict[str, tuple[bytes, str]] = {  # name -> bytes, what its reason says
    "空.txt": (b"", "empty file"),
    "空.xlsx": (b"", "empty file"),
    "仅标记.txt": (codecs.BOM_UTF8, "empty file"),
    "仅标记.csv": (codecs.BOM_UTF16_LE, "empty file"),
    "截断.xlsx": (workbook()[:3000], "damaged"),
    "截断.docx": (packed({"word/document.xml": "<x/>"})[:60], "damaged"),
    "截断.pdf": (b"%PDF-1.7\n1 0 obj <<", "damaged PDF"),
    "截断.xls": (codecs.decode("d0cf11e0a1b11ae1", "hex") + bytes(600), "damaged Office 97 file"),
    "图.docx": (b"\x89PNG\r\n\x1a\n" + bytes(50), "damaged, or no .docx file"),
    "图.txt": (b"\x89PNG\r\n\x1a\n" + bytes(50), "a picture, not plain text"),
    "弹.zip": (packed({"零.txt": bytes(60 << 20)}), "zip bomb"),
    "弹.docx": (packed({"word/document.xml": bytes(300 << 20)}), "zip bomb"),
    "三层.zip": (nested(3), "nested more than 2 deep"),
    "笑.docx": (packed({"word/document.xml": laughs("d")}), "DTD"),
    "外.docx": (packed({"word/document.xml": outside("d")}), "DTD"),
    "空字节.txt": (bytes(5000), "a binary file, not plain text"),
    "空字节.csv": (bytes(5000), "a binary file, not plain text"),
    "乱.bin": (random.Random(1).randbytes(5000), "not plain text"),
    "乱.zip": (b"PK\x03\x04" + random.Random(2).randbytes(5000), "damaged"),
    "半.txt": (("溪口村公示" * 500).encode("gbk") + ("溪口村公示" * 501).encode(), "convert it to UTF-8 first"),
}


def test_every_bad_file_is_said_and_every_good_one_read_in_little_memory(tmp_path: Path) -> None:
    dump, out = tmp_path / "dump", tmp_path / "out"
    dump.mkdir()
    for name, data in {**GOOD_FILES, **{name: data for name, (data, _) in BAD_FILES.items()}}.items():
        (dump / name).write_bytes(data)
    for name, root in (("笑.xlsx", laughs), ("外.xlsx", outside)):
        (dump / name).write_bytes(changed(workbook(), "xl/worksheets/sheet1.xml", root("worksheet")))
    (dump / os.fsdecode("国标名".encode("gbk") + b".txt")).write_bytes(GOOD.encode())
    (dump / "两份.zip").write_bytes(twice())
    (dump / "自环").symlink_to("自环")
    (dump / "上环").symlink_to(".")
    status, megabytes, said = run(dump, out)
    assert status == 1, said
    assert megabytes < _MAX_MEGABYTES
    errors = {record["source"]: record for record in records(out / "errors.jsonl")}
    assert {name: errors[name]["reason"] for name, (_, why) in BAD_FILES.items() if why not in errors[name]["reason"]} == {}
    assert [record for record in errors.values() if not re.search("[\u4e00-\u9fff]", str(record["reason_zh"]))] == []
    others = set(errors) - set(BAD_FILES)
    assert {name for name in others if errors[name]["kind"] == "skipped"} == {"自环", "上环"}
    assert others - {"自环", "上环"} == {"笑.xlsx", "外.xlsx"}
    files = json.loads((out / "summary.json").read_text(encoding="utf-8"))["files"]
    assert files["processed"] + files["failed"] + files["skipped"] == files["listed"] == len(list(dump.iterdir()))
    found = [record for part in sorted((out / "findings").iterdir()) for record in records(part)]
    phones = [record["source"] for record in found for span in record["spans"] if span["label"] == "PHONE"]
    assert {*GOOD_FILES, "两份.zip"} <= set(phones)
    assert phones.count("两份.zip") == phones.count("上级.zip") == 2
    assert not (out / "scratch").exists()
    assert not any("hostname" in str(record) or "passwd" in record.get("reason", "") for record in errors.values())


def test_a_directory_that_may_not_be_listed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dump" / "内").mkdir(parents=True)
    (tmp_path / "dump" / "a.txt").touch()
    scan = os.scandir

    def refusing(path: str) -> object:
        if str(path).endswith("内"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr("os.scandir", refusing)
    plan = make_plan(tmp_path / "dump", tmp_path / "out", Settings(model=str(MODEL)))
    assert [entry.path for entry in plan.entries] == ["a.txt", "内"]


def closed(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let the files of a folder be listed and not looked at, as of one with the mode 0444; root may look at any."""

    def refusing(look: Callable[..., object]) -> Callable[..., object]:
        def call(path: str, *args: object, **kwargs: object) -> object:
            if isinstance(path, str | Path) and os.path.join(os.path.dirname(path), "") == os.path.join(folder, ""):
                raise PermissionError(13, "Permission denied", str(path))
            if isinstance(path, str | Path) and os.path.basename(path) == "链接" and kwargs.get("follow_symlinks", True):
                raise PermissionError(13, "Permission denied", str(path))
            return look(path, *args, **kwargs)

        return call

    for name in ("stat", "scandir"):
        monkeypatch.setattr(os, name, refusing(getattr(os, name)))
    monkeypatch.setattr(os, "lstat", lambda path, **kwargs: os.stat(path, follow_symlinks=False, **kwargs))


def in_chunks(out: Path, chunks: Sequence[int], *, workers: int | None) -> Iterator[Tally]:
    """Run chunks in this process, where what the test replaced is replaced."""
    worker = Worker(out)
    for chunk in chunks:
        tallies: list[Tally] = []
        worker.run(chunk, tallies.append)
        yield from tallies
    worker.close()


def dump_with_a_closed_folder(tmp_path: Path) -> Path:
    (tmp_path / "dump" / "关" / "内").mkdir(parents=True)
    for name in ("a.txt", "关/b.txt", "关/c.txt"):
        (tmp_path / "dump" / name).write_text(GOOD, encoding="utf-8")
    (tmp_path / "dump" / "关" / "环").symlink_to("..")
    (tmp_path / "dump" / "链接").symlink_to("关/b.txt")
    return tmp_path / "dump"


CLOSED = ["关/b.txt", "关/c.txt", "关/内", "关/环", "链接"]


def test_a_folder_that_may_be_listed_and_not_entered_costs_only_what_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump, out = dump_with_a_closed_folder(tmp_path), tmp_path / "out"
    closed(monkeypatch, dump / "关")
    outcome = run_job(dump, out, settings=Settings(model=str(MODEL)), engine=in_chunks)
    errors = {record["source"]: record for record in records(out / "errors.jsonl")}
    assert (outcome.total.processed, outcome.total.failed, outcome.total.skipped) == (1, 5, 0)
    assert sorted(errors) == CLOSED
    assert {record["kind"] for record in errors.values()} == {"failed"}
    assert {record["reason"] for record in errors.values()} == {"cannot be looked at (Permission denied)"}
    assert {record["reason_zh"] for record in errors.values()} == {"无法查看（没有权限），没有读取"}
    run_job(dump, out, settings=Settings(model=str(MODEL)), engine=in_chunks, resume=True)


def test_what_may_not_be_looked_at_is_listed_and_not_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dump = dump_with_a_closed_folder(tmp_path)
    closed(monkeypatch, dump / "关")
    assert [entry.path for entry in list_entries(dump, tmp_path / "out")] == ["a.txt", *CLOSED]
    assert not any(entry.skip for entry in list_entries(dump, tmp_path / "out"))


def test_a_dump_that_may_not_be_entered_is_an_error_about_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dump = dump_with_a_closed_folder(tmp_path)
    closed(monkeypatch, dump / "关")
    for root in (dump / "关" / "b.txt", dump / "关" / "内", dump / "关"):
        with pytest.raises(InputError, match=r"cannot be read \(Permission denied\)"):
            make_plan(root, tmp_path / "out", Settings(model=str(MODEL)))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_closed_folder_is_one_line_a_file_for_both_commands(tmp_path: Path) -> None:
    dump = dump_with_a_closed_folder(tmp_path)
    (dump / "关").chmod(0o444)
    status, _, said = run(dump, tmp_path / "out")
    copying = [sys.executable, "-m", "minshi", "redact", str(dump), "--out", str(tmp_path / "copy"), "--model", str(MODEL)]
    copied = subprocess.run(copying, capture_output=True, text=True, check=False)
    (dump / "关").chmod(0o700)
    assert (status, copied.returncode) == (1, 1), said + copied.stderr
    assert [record["source"] for record in records(tmp_path / "out" / "errors.jsonl")] == CLOSED
    log = records(tmp_path / "copy" / "not-redacted.jsonl")
    assert [(record["path"], record["reason"]) for record in log] == [(path, "Permission denied") for path in CLOSED]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_a_failed_file(tmp_path: Path) -> None:
    (tmp_path / "dump" / "内").mkdir(parents=True)
    (tmp_path / "dump" / "a.txt").write_text(GOOD, encoding="utf-8")
    (tmp_path / "dump" / "a.txt").chmod(0)
    (tmp_path / "dump" / "内").chmod(0)
    status, _, _ = run(tmp_path / "dump", tmp_path / "out")
    (tmp_path / "dump" / "内").chmod(0o700)
    assert status == 1
    assert [record["reason"][:20] for record in records(tmp_path / "out" / "errors.jsonl")] == [
        "Permission denied",
        "a directory that may",
    ]


def records(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def run(dump: Path, out: Path) -> tuple[int, float, str]:
    """Run a job; return its exit status, the most that its processes had resident together in MB, and what it said."""
    command = [sys.executable, "-m", "minshi", "batch", str(dump), "--out", str(out), "--model", str(MODEL), "--workers", "2"]
    job = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    most, until = 0, time.monotonic() + 300
    while job.poll() is None and time.monotonic() < until:
        most = max(most, sum(map(resident, family(job.pid))))
        time.sleep(0.05)
    return job.wait(timeout=1), most / 1000, job.communicate()[1]


def family(pid: int) -> list[int]:
    """Return a process and all below it."""
    found = [pid]
    for each in found:
        for children in Path(f"/proc/{each}/task").glob("*/children"):
            try:
                found += map(int, children.read_text().split())
            except OSError:
                continue
    return found


def resident(pid: int) -> int:
    """Return the resident kilobytes of a process with its share of what several use, 0 of one that is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
