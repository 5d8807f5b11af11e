"""The process that reads for a job: what it may take, and what it says where that is not enough."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import docx
import openpyxl
import pytest

from minshi.batch.reading import FileReader
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


def test_a_file_that_needs_more_is_said_and_the_next_is_read(reader: FileReader, tmp_path: Path) -> None:
    (tmp_path / "large.json").write_bytes(b'["' + bytes(LEAST_MB << 20).replace(b"\0", b"a") + b'"]')
    (tmp_path / "small.txt").write_text("通知", encoding="utf-8")
    (error,) = reader.documents(tmp_path / "large.json", "large.json")
    assert "memory" in str(error)
    (item,) = reader.documents(tmp_path / "small.txt", "small.txt")
    assert isinstance(item, Document)
