"""CSV and Parquet say what JSON says, a row a finding."""

from __future__ import annotations

import csv
import io
import json
import sys
from typing import Any

import pytest

from minshi.batch.chunk import record
from minshi.batch.formats import FORMATS, check_format
from minshi.errors import ConfigError
from minshi.types import Anchor, Document, Span

DOCUMENTS = [
    Document('a,b\n"c"', "丁一，13900001234", (Span(0, 2, "NAME", 0.987654), Span(3, 14, "PHONE", 0.95, "rule:mobile"))),
    Document("无", "没有"),
    Document("行", "甲\n乙：丁一\n", (Span(4, 6, "NAME"),)),
    Document("半\ud800", "姓名：丁\ud800一", (Span(3, 6, "NAME"),), (Anchor(3, 6, "row=1;field=姓名"),)),
]


def part(format: str, with_text: bool) -> bytes:
    file = io.BytesIO()
    with FORMATS[format](file, with_text=with_text) as write:
        for doc in DOCUMENTS:
            write(record(doc, doc.spans, "f.txt", with_text=with_text))
    return file.getvalue()


def rows_of_jsonl(with_text: bool) -> list[dict[str, Any]]:
    columns = ["place", "start", "end", "label", "score", "by", "masked", "group", *(["text"] if with_text else [])]
    records = map(json.loads, part("jsonl", with_text).splitlines())
    rows = [
        {"id": record["id"], "source": record["source"], **{column: finding[column] for column in columns}}
        for record in records
        for finding in record["spans"]
    ]
    return [{name: _escaped(value) for name, value in row.items()} for row in rows]


def _escaped(value: Any) -> Any:
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


@pytest.mark.parametrize("with_text", [False, True])
def test_csv_has_a_row_a_finding(with_text: bool) -> None:
    found = list(csv.DictReader(io.StringIO(part("csv", with_text).decode(), newline="")))
    assert found == [{name: str(value) for name, value in row.items()} for row in rows_of_jsonl(with_text)]
    assert [row["group"] for row in found] == ["0", "0", "1", "0"]


def test_a_file_or_a_finding_that_is_called_like_a_formula_is_text_in_csv_and_as_it_is_elsewhere() -> None:
    doc = Document("=1+1.txt", "+8613900001234", (Span(0, 14, "PHONE"),))
    about = record(doc, doc.spans, doc.id, with_text=True)
    parts = {}
    for format in ("csv", "jsonl"):
        file = io.BytesIO()
        with FORMATS[format](file, with_text=True) as write:
            write(about)
        parts[format] = file.getvalue().decode()
    (row,) = csv.DictReader(io.StringIO(parts["csv"], newline=""))
    assert (row["source"], row["text"], row["start"]) == ("'=1+1.txt", "'+8613900001234", "0")
    assert json.loads(parts["jsonl"])["source"] == "=1+1.txt"


@pytest.mark.parametrize("with_text", [False, True])
def test_parquet_has_a_row_a_finding(with_text: bool) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    found = parquet.read_table(io.BytesIO(part("parquet", with_text)))
    assert found.to_pylist() == rows_of_jsonl(with_text)
    assert {str(found.schema.field(name).type) for name in ("start", "end", "group")} == {"int64"}


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_a_part_is_the_same_bytes_each_time_and_may_be_empty(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if format == "parquet":
        pytest.importorskip("pyarrow")
    assert part(format, True) == part(format, True)
    monkeypatch.setattr(sys.modules[__name__], "DOCUMENTS", [])
    assert part(format, True)


def test_parquet_without_pyarrow_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minshi.batch.formats.find_spec", lambda name: None)
    check_format("csv")
    with pytest.raises(ConfigError, match=r"minshi\[parquet\]"):
        check_format("parquet")
    with pytest.raises(ConfigError, match="jsonl, csv, parquet"):
        check_format("xml")
