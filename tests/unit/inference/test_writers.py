from __future__ import annotations

import csv
import io
import json
import os

import pytest

from minshi.errors import InputError
from minshi.types import Document, Span
from minshi.writers import WRITERS, atomic_file

DOC = Document("公示.txt", "贾明月，患肺结核", (Span(0, 3, "NAME", 0.98), Span(5, 8, "HEALTH", 0.7, "rule:x")))


def written(format: str, *docs: Document, with_text: bool = False) -> bytes:
    stream = io.BytesIO()
    write = WRITERS[format](stream, model="minshi-1-abc", with_text=with_text)
    for doc in docs:
        write(doc)
    return stream.getvalue()


def test_a_json_line_holds_every_finding_but_not_its_text():
    (line,) = written("jsonl", DOC).splitlines()
    assert json.loads(line) == {
        "id": "公示.txt",
        "source": "公示.txt",
        "spans": [
            {"start": 0, "end": 3, "label": "NAME", "score": 0.98, "by": "model"},
            {"start": 5, "end": 8, "label": "HEALTH", "score": 0.7, "by": "rule:x"},
        ],
        "model": "minshi-1-abc",
    }
    assert "公示".encode() in line


def test_a_document_without_findings_still_has_its_json_line():
    assert json.loads(written("jsonl", Document("a", "文")))["spans"] == []


def test_the_covered_text_is_written_only_on_request():
    for format in WRITERS:
        assert "贾明月".encode() not in written(format, DOC)
        assert "贾明月".encode() in written(format, DOC, with_text=True)


def test_csv_has_a_header_and_a_row_a_finding():
    rows = list(csv.DictReader(io.StringIO(written("csv", DOC, Document("b", "文")).decode())))
    assert [(row["id"], row["start"], row["end"], row["label"]) for row in rows] == [
        ("公示.txt", "0", "3", "NAME"),
        ("公示.txt", "5", "8", "HEALTH"),
    ]
    assert "text" not in rows[0]


@pytest.mark.parametrize(
    "name", ["=1+1", "+8613900001234", "-2", "@SUM(A1)", "\t=1", "\r=1", "+1\r=1", "＝1+1", "'", "'=1", "''"]
)
def test_csv_holds_no_formula_and_the_value_can_be_had_again(name: str):
    doc = Document(name, name, (Span(0, len(name), "PHONE"),))
    (row,) = csv.DictReader(io.StringIO(written("csv", doc, with_text=True).decode(), newline=""))
    for column in ("id", "text"):
        assert row[column][0] == "'"
        assert row[column][1:] == name


@pytest.mark.parametrize("name", ["-", "a=1", "", "1-2", " =1"])
def test_csv_keeps_what_is_no_formula(name: str):
    (row,) = csv.DictReader(io.StringIO(written("csv", Document(name, "文", (Span(0, 1, "NAME"),))).decode(), newline=""))
    assert row["id"] == name


def test_csv_without_findings_is_a_header():
    assert written("csv").decode() == "id,source,place,start,end,label,score,by,model\n"


def test_quotes_commas_and_line_ends_survive_csv():
    text = '甲"乙",\r\n丙'
    doc = Document('a,"b"\n.txt', text, (Span(0, len(text), "ADDRESS"),))
    (row,) = csv.DictReader(io.StringIO(written("csv", doc, with_text=True).decode(), newline=""))
    assert (row["id"], row["text"]) == (doc.id, text)


def test_a_line_of_json_is_one_line_whatever_is_in_it():
    text = "a\nb\r\n\x0b\x85\u2028\ud800𠮷"
    data = written("jsonl", Document(text, text, (Span(0, len(text), "NAME"),)), with_text=True)
    assert data.count(b"\n") == 1
    record = json.loads(data)
    assert (record["id"], record["spans"][0]["text"]) == (text, text)


def test_a_lone_surrogate_does_not_stop_csv():
    doc = Document("a", "\ud800甲", (Span(0, 2, "NAME"),))
    assert "甲" in written("csv", doc, with_text=True).decode("utf-8")


def test_an_atomic_file_appears_whole_and_alone(tmp_path):
    path = tmp_path / "out.jsonl"
    with atomic_file(path) as file:
        file.write(b"half")
        assert not path.exists()
    assert path.read_bytes() == b"half"
    assert list(tmp_path.iterdir()) == [path]


def test_the_new_file_takes_the_place_of_the_old_one_in_one_step(tmp_path):
    path = tmp_path / "out.jsonl"
    path.write_bytes(b"old")
    with path.open("rb") as reader:
        with atomic_file(path) as file:
            file.write(b"new")
        assert reader.read() == b"old"
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_atomic_file_leaves_the_old_one_and_nothing_else_when_the_block_fails(error, tmp_path):
    path = tmp_path / "out.jsonl"
    path.write_bytes(b"old")

    def fail_midway() -> None:
        with atomic_file(path) as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        fail_midway()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def fail(path) -> str:
    with pytest.raises(InputError) as caught, atomic_file(path) as file:
        file.write(b"x")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    assert fail(tmp_path / "nowhere" / "out").startswith(f"{tmp_path / 'nowhere' / 'out'}: cannot be written")
    assert "cannot be written" in fail(tmp_path / "file" / "out")
    assert "cannot be written" in fail(tmp_path)
    assert "cannot be written" in fail(tmp_path / ("n" * 300))


def test_the_root_and_the_working_directory_are_no_file_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("/", "."):
        assert "cannot be written" in fail(type(tmp_path)(name))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_device_or_pipe_is_written_to_and_not_replaced(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with atomic_file(path) as file:
            file.write(b"through")
        assert os.read(reader, 100) == b"through"
        assert path.is_fifo()
    finally:
        os.close(reader)


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    link = tmp_path / "latest.jsonl"
    link.symlink_to(tmp_path / "real" / "out.jsonl")
    with atomic_file(link) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert (tmp_path / "real" / "out.jsonl").read_bytes() == b"new"
