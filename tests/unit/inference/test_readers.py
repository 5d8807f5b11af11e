from __future__ import annotations

import codecs
import io
import json
import sys

import pytest

from minshi.errors import InputError
from minshi.readers import read, read_stream
from minshi.readers.options import EVERYTHING
from minshi.types import Document

TEXTS = ["上年度低收入戶名單公告如下", "王小明，住中山路三十號，患有糖尿病", "李大同，一月起發給生活補助"]
ENCODINGS = [
    (b"", "utf-8"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"", "gb18030"),
    (b"", "big5"),
]


@pytest.fixture
def stdin(monkeypatch):
    def feed(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))

    return feed


def lines(*records: object) -> bytes:
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)


def json_lines(texts: list[str]) -> str:
    return "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)


def test_a_text_file_is_one_document_named_by_its_path(tmp_path):
    path = tmp_path / "公示.txt"
    path.write_bytes("第一行\r\n第二行".encode())
    assert list(read(str(path))) == [Document(str(path), "第一行\r\n第二行")]


def test_a_file_without_a_known_suffix_is_plain_text(tmp_path):
    path = tmp_path / "notice"
    path.write_text("[公示] {文}", encoding="utf-8")
    assert [doc.text for doc in read(str(path))] == ["[公示] {文}"]


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


@pytest.mark.parametrize(("mark", "encoding"), ENCODINGS)
@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_json_lines_are_read_in_the_encoding_of_their_file(name, mark, encoding):
    data = mark + json_lines(TEXTS).encode(encoding)
    assert list(read_stream(io.BytesIO(data), name)) == [
        Document(f"{name}:{number}", text) for number, text in enumerate(TEXTS, start=1)
    ]


@pytest.mark.parametrize(("mark", "encoding"), ENCODINGS)
def test_a_line_of_broken_bytes_spoils_no_other(mark, encoding):
    good = [json_lines([text]).encode(encoding) for text in TEXTS]
    bad = '{"text": "'.encode(encoding) + b"\xdf\xff\xff\xdf" + '"}\n'.encode(encoding)
    items = list(read_stream(io.BytesIO(mark + good[0] + bad + b"".join(good[1:])), "a.jsonl"))
    assert str(items[1]) == f"a.jsonl:2: not {encoding}; convert it to UTF-8 first"
    assert [item.text for item in items if isinstance(item, Document)] == TEXTS


@pytest.mark.parametrize("encoding", ["gb18030", "big5"])
def test_lines_of_utf_8_may_stand_among_others(encoding):
    data = json_lines(TEXTS[:2]).encode(encoding) + json_lines(TEXTS[2:]).encode()
    assert [doc.text for doc in read_stream(io.BytesIO(data), "a.jsonl")] == TEXTS


def test_a_line_of_gb18030_that_happens_to_be_utf_8_is_read_as_the_others():
    texts = ["联通", "低保对象名单公示如下，家住溪口村三组"]
    assert [doc.text for doc in read_stream(io.BytesIO(json_lines(texts).encode("gb18030")), "a.jsonl")] == texts


def test_json_lines_of_no_encoding_that_is_known_are_not_misread():
    data = json_lines(["障害者手帳をお持ちの方は", "申請には本人確認書類が必要です"]).encode("shift-jis")
    assert [str(item) for item in read_stream(io.BytesIO(data), "a.jsonl")] == [
        f"a.jsonl:{number}: not utf-8; convert it to UTF-8 first" for number in (1, 2)
    ]


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_json_lines_of_an_empty_file_are_an_error(mark):
    with pytest.raises(InputError, match=r"a\.jsonl: empty file"):
        list(read_stream(io.BytesIO(mark), "a.jsonl"))


def test_strings_of_a_line_have_its_number_with_and_without_id():
    data = b'{"id": "7", "text": "a", "x": ["b"]}\n\n{"y": "c"}\n'
    first, second = read_stream(io.BytesIO(data), "a.jsonl", options=EVERYTHING)
    assert [anchor.place for doc in (first, second) for anchor in doc.anchors] == [
        "line=1;/id",
        "line=1;/text",
        "line=1;/x/0",
        "line=3;/y",
    ]
    plain, without_text = read_stream(io.BytesIO(data), "a.jsonl")
    assert plain.anchors == ()
    assert [anchor.place for anchor in without_text.anchors] == ["line=3;/y"]


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
