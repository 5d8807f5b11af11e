"""The process that reads for a job: what it may take, and what it says where that is not enough."""

from __future__ import annotations

import json
import os
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import docx
import openpyxl
import pytest

from minshi.batch.reading import MAX_ERRORS, FileReader
from minshi.errors import InputError
from minshi.types import Document

LEAST_MB = 64  # of --memory-mb


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileReader]:
    reader = FileReader(tmp_path_factory.mktemp("scratch"), seconds=60, memory_mb=LEAST_MB)
    yield reader
    reader.close()


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.json", "a.html", "a.xlsx", "a.docx"])
def test_the_least_memory_that_may_be_asked_for_reads_a_small_file_of_every_kind(
    reader: FileReader, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    text = {"a.txt": "通知", "a.csv": "姓名,备注\n甲,好\n", "a.json": json.dumps(["通知"]), "a.html": "<p>通知</p>"}.get(name)
    if text:
        path.write_text(text, encoding="utf-8")
    elif name == "a.xlsx":
        book = openpyxl.Workbook()
        book.active.append(["通知"])
        book.save(path)
    else:
        document = docx.Document()
        document.add_paragraph("通知")
        document.save(str(path))
    (item,) = reader.documents(path, name)
    assert isinstance(item, Document)


def _large(path: Path) -> None:
    if path.suffix == ".json":
        path.write_bytes(b'["' + bytes(LEAST_MB << 20).replace(b"\0", b"a") + b'"]')
    elif path.suffix == ".html":
        path.write_text("<table>" + "<tr><td>张三<td>溪口村" * 300_000, encoding="utf-8")
    else:
        document = docx.Document()
        document.save(str(path))
        paragraph = "<w:p><w:r><w:t>通知</w:t></w:r></w:p>"
        with zipfile.ZipFile(path) as source:
            parts = {entry: source.read(entry) for entry in source.namelist()}
        parts["word/document.xml"] = parts["word/document.xml"].replace(
            b"<w:sectPr", paragraph.encode() * 400_000 + b"<w:sectPr", 1
        )
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
            for entry, data in parts.items():
                target.writestr(entry, data)


@pytest.mark.parametrize("name", ["large.json", "large.html", "large.docx"])
def test_a_file_that_needs_more_is_said_and_the_next_is_read(reader: FileReader, tmp_path: Path, name: str) -> None:
    _large(tmp_path / name)
    (tmp_path / "small.txt").write_text("通知", encoding="utf-8")
    (error,) = reader.documents(tmp_path / name, name)
    assert "memory" in str(error)
    (item,) = reader.documents(tmp_path / "small.txt", "small.txt")
    assert isinstance(item, Document)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_the_file_that_comes_next_is_read_ahead(reader: FileReader, tmp_path: Path) -> None:
    first, second = tmp_path / "a.txt", tmp_path / "b.txt"
    first.write_text("通知", encoding="utf-8")
    os.mkfifo(second)
    items = reader.documents(first, "a.txt", ahead=(second, "b.txt"))
    assert isinstance(next(items), Document)
    _write_where_somebody_reads(second, "通知")
    assert not list(items)
    assert len(list(reader.documents(second, "b.txt"))) == 1


def _write_where_somebody_reads(pipe: Path, text: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(OSError):  # nobody does yet
            file = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
            os.write(file, text.encode())
            os.close(file)
            return
        time.sleep(0.01)
    pytest.fail("nobody reads it")


def test_what_was_read_ahead_is_dropped_where_another_file_comes_next(reader: FileReader, tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    for name in ("a.txt", "c.txt"):
        items = reader.documents(tmp_path / name, name, ahead=(tmp_path / "b.txt", "b.txt"))
        assert [item.text for item in items] == [name]


def test_a_crash_over_a_file_that_is_read_ahead_costs_that_file_alone(reader: FileReader, tmp_path: Path) -> None:
    _large(tmp_path / "large.json")
    (tmp_path / "small.txt").write_text("通知", encoding="utf-8")
    small, large = ((tmp_path / name, name) for name in ("small.txt", "large.json"))
    (item,) = reader.documents(*small, ahead=large)
    assert item.text == "通知"
    (error,) = reader.documents(*large, ahead=small)
    assert "large.json: " in str(error)
    assert "memory" in str(error)
    assert [item.text for item in reader.documents(*small)] == ["通知"]


def test_a_folder_for_scratch_may_be_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As OUT of `minshi batch` may be: LibreOffice wants the address of its profile, which a relative path has not."""
    monkeypatch.chdir(tmp_path)
    program = tmp_path / "bin" / "soffice"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    Path("a.rtf").write_text("{\\rtf1 通知}", encoding="utf-8")
    reader = FileReader(Path("out/scratch"), seconds=60, memory_mb=LEAST_MB)
    (error,) = reader.documents(Path("a.rtf"), "a.rtf")
    reader.close()
    assert str(error) == "a.rtf: LibreOffice cannot convert it"


def test_of_a_file_of_bad_lines_the_first_are_told_and_the_rest_is_counted(reader: FileReader, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("x\n" * 2600 + '{"text": "通知"}\n', encoding="utf-8")
    *items, last = reader.documents(path, "a.jsonl")
    assert [item.text for item in items if isinstance(item, Document)] == ["text：通知"]  # what is read behind them is not lost
    errors = [str(item) for item in items if isinstance(item, InputError)]
    assert len(errors) == MAX_ERRORS
    assert errors[-1].startswith("a.jsonl:100: broken JSON")
    assert str(last) == "a.jsonl: and 2,500 more"


def test_as_many_errors_as_are_told_have_none_beside(reader: FileReader, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("x\n" * MAX_ERRORS, encoding="utf-8")
    assert [str(item).split(": ")[1][:11] for item in reader.documents(path, "a.jsonl")] == ["broken JSON"] * MAX_ERRORS
