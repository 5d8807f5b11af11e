from __future__ import annotations

import io
import json
import sys

import pytest

from minshi.errors import InputError
from minshi.readers import read
from minshi.types import Document


@pytest.fixture
def stdin(monkeypatch):
    def feed(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))

    return feed


def lines(*records: object) -> bytes:
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)


def test_a_text_file_is_one_document_named_by_its_path(tmp_path):
    path = tmp_path / "公示.txt"
    path.write_bytes("第一行\r\n第二行".encode())
    assert list(read(str(path))) == [Document(str(path), "第一行\r\n第二行")]


def test_a_file_without_a_known_suffix_is_plain_text(tmp_path):
    path = tmp_path / "notice"
    path.write_text('{"text": "文"}', encoding="utf-8")
    assert [doc.text for doc in read(str(path))] == ['{"text": "文"}']


@pytest.mark.parametrize("name", ["a.jsonl", "a.JSONL", "a.ndjson"])
def test_json_lines_are_known_by_suffix(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(lines({"id": "甲", "text": "一"}, {"text": "二", "more": [1]}))
    assert list(read(str(path))) == [Document("甲", "一"), Document(f"{path}:2", "二")]


def test_a_stated_format_beats_the_suffix(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(lines({"id": 7, "text": "一"}))
    assert list(read(str(path), format="jsonl")) == [Document("7", "一")]
    assert [doc.id for doc in read(str(path), format="text")] == [str(path)]


def test_standard_input_is_read_as_text_unless_told_otherwise(stdin):
    stdin("张三".encode("gb18030") + "的公示".encode("gb18030"))
    assert list(read("-")) == [Document("-", "张三的公示")]
    stdin(lines({"text": "一"}))
    assert list(read("-", format="jsonl")) == [Document("-:1", "一")]


def test_blank_lines_and_windows_line_ends_are_skipped_but_counted(stdin):
    stdin(b'\xef\xbb\xbf\r\n{"text": "a"}\r\n\r\n  \n{"text": "b"}')
    assert [doc.id for doc in read("-", format="jsonl")] == ["-:2", "-:5"]


def test_line_separators_within_a_text_do_not_end_its_line(stdin):
    stdin(lines({"text": "一\u2028二\u0085三\x0b四"}))
    assert [doc.text for doc in read("-", format="jsonl")] == ["一\u2028二\u0085三\x0b四"]


def test_json_lines_may_be_gb18030(stdin):
    stdin(json.dumps({"text": "关于公示的通知"}, ensure_ascii=False).encode("gb18030"))
    assert [doc.text for doc in read("-", format="jsonl")] == ["关于公示的通知"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"text": "\xe8\xb4\xbe', "broken JSON at column 10"),
        (b"\xe8\xb4\xbe\xe6\x98\x8e\xe6\x9c\x88", "broken JSON at column 1"),
        (b'{"text": 5}', "no text in it"),
        (b'{"text": null}', "no text in it"),
        (b'["text"]', "expected an object"),
        (b'"text"', "expected an object"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"text": "a", "n": ' + b"9" * 5000 + b"}", "too many digits"),
    ],
    ids=["cut", "plain text", "number", "null", "list", "string", "nested deeply", "huge number"],
)
def test_a_bad_line_is_an_error_beside_the_good_ones(line, reason, stdin):
    stdin(lines({"text": "a"}) + line + b"\n" + lines({"text": "b"}))
    first, bad, last = read("-", format="jsonl")
    assert (first, last) == (Document("-:1", "a"), Document("-:3", "b"))
    assert isinstance(bad, InputError)
    assert str(bad).startswith("-:2: ")
    assert reason in str(bad)
    assert "贾" not in str(bad)


@pytest.mark.parametrize("name", ["", "no\0name"])
def test_what_is_no_file_name_is_an_input_error(name):
    with pytest.raises(InputError):
        list(read(name))


def test_a_missing_file_and_a_directory_are_named(tmp_path):
    with pytest.raises(InputError, match=r"missing\.txt: no such file"):
        read(str(tmp_path / "missing.txt"))
    with pytest.raises(InputError, match="is a directory"):
        read(str(tmp_path))


def test_a_file_beneath_a_file_is_an_input_error(tmp_path):
    (tmp_path / "a.txt").write_text("文", encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.txt/b\.txt: "):
        read(str(tmp_path / "a.txt" / "b.txt"))
