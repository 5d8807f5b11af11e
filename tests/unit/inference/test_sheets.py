"""Workbooks that a library alone would lose in silence or in gigabytes: cells far off, and formulas that nobody computed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import openpyxl
import pytest

from minshi.errors import InputError
from minshi.readers import extent, read_stream, stored
from minshi.types import Document

LIST = {"sheet=名单;cell=A2": "欧阳小蕙", "sheet=名单;cell=B2": "13900001234"}
FAR = "a.xlsx: sheet 名单 reaches over more than 20,000,000 cells; remove what stands far off"


def saved(book: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def far_book(cells: Mapping[str, str]) -> bytes:
    """Return a workbook of two sheets, the first a list of 1,500 rows with more cells."""
    book = openpyxl.Workbook()
    book.active.title = "名单"
    for row in (["姓名", "电话"], *[["欧阳小蕙", "13900001234"]] * 1_499):
        book.active.append(row)
    for place, text in cells.items():
        book.active[place] = text
    book.create_sheet("空")["A1"] = "只此一格"
    return saved(book)


def with_sheet(data: bytes, old: str, new: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as book, zipfile.ZipFile(stream, "w") as copy:
        for entry in book.namelist():
            content = book.read(entry)
            copy.writestr(entry, content.replace(old.encode(), new.encode()) if entry.endswith("sheet1.xml") else content)
    return stream.getvalue()


def read_all(data: bytes) -> tuple[dict[str, str], list[str]]:
    """Return what stands where, and what the reader says is missing."""
    items = list(read_stream(io.BytesIO(data), "a.xlsx"))
    docs = [item for item in items if isinstance(item, Document)]
    places = {anchor.place: doc.text[anchor.start : anchor.end] for doc in docs for anchor in doc.anchors}
    return places, [str(item) for item in items if isinstance(item, InputError)]


@pytest.mark.parametrize("cell", ["XFD1", "XFD1048576"])
@pytest.mark.parametrize("blank", [" ", "\u3000\n"])
def test_a_blank_far_off_does_not_lose_the_list(cell: str, blank: str) -> None:
    places, errors = read_all(far_book({cell: blank}))
    assert places.items() >= LIST.items()
    assert places["sheet=名单;cell=B1500"] == "13900001234"
    assert errors == []


@pytest.mark.parametrize("cell", ["XFD1", "XFD1048576"])
def test_text_far_off_is_told_before_it_takes_gigabytes_and_other_sheets_are_read(cell: str) -> None:
    assert read_all(far_book({cell: "x"})) == ({"sheet=空;cell=A1": "只此一格"}, [FAR])


def test_a_format_far_off_costs_nothing() -> None:
    places, errors = read_all(with_sheet(far_book({}), "</row>", '<c r="XFD1" s="0"/></row>'))
    assert places.items() >= LIST.items()
    assert errors == []


def test_blanks_of_a_sheet_too_large_to_be_parsed_whole_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    data = far_book({"XFD1": " "})
    monkeypatch.setattr(extent, "_MAX_PARSED", 1_000)
    assert read_all(data)[1] == [FAR]
    monkeypatch.setattr("minshi.readers.long_sheets.LONG_BYTES", 0)
    assert read_all(data)[1] == [FAR]


def test_a_long_sheet_is_measured_by_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    data = far_book({"XFD1": " "})
    monkeypatch.setattr("minshi.readers.long_sheets.LONG_BYTES", 0)
    places, errors = read_all(data)
    assert places.items() >= LIST.items()
    assert errors == []


def formulas(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "名单"
    for row in rows:
        book.active.append(row)
    return saved(book)


UNCOMPUTED = formulas(
    ["姓名", "电话"], ['="张"&"小明"', '=HYPERLINK("tel:13900001234","13900001234")'], ["欧阳小蕙", "13900001234"]
)
REASON = "a.xlsx: formulas without a stored result ({}), whose value is not read; open it in Excel or WPS and save it"


def test_formulas_that_nobody_computed_are_told_with_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    places, errors = read_all(UNCOMPUTED)
    assert places["sheet=名单;cell=A3"] == "欧阳小蕙"
    assert errors == [REASON.format(2)]
    monkeypatch.setattr(stored, "_BLOCK", 7)
    assert read_all(UNCOMPUTED)[1] == errors


def test_a_workbook_of_such_formulas_alone_is_not_called_empty() -> None:
    assert read_all(formulas(["=1+1"])) == ({}, [REASON.format(1)])


@pytest.mark.parametrize(
    ("cell", "count"),
    [
        ("<c><f>1+1</f></c>", 1),
        ('<c r="C3"><f t="shared" si="0"/><v/></c>', 1),
        ('<c r="C3" s="1"><f>A1</f>\n<v></v></c>', 1),
        ('<x:c xmlns:x="x" r="C3"><x:f>A1</x:f><x:v></x:v></x:c>', 1),
        ('<c r="C3"><f>1+1</f><v>2</v></c>', 0),
        ('<c r="C3" t="str"><f>IF(A1="","",B1)</f><v></v></c>', 0),
        ('<c r="C3" t="str"><f>A1</f><v>张三</v></c>', 0),
        ('<c r="C3"/><c r="D3"><v>1</v></c>', 0),
    ],
)
def test_only_formulas_without_a_result_are_counted(cell: str, count: int) -> None:
    data = with_sheet(formulas(["姓名"], ["张三"], ["李四"]), "</row></sheetData>", f"{cell}</row></sheetData>")
    assert read_all(data)[1] == [REASON.format(count)] * bool(count)
