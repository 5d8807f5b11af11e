"""Names that a workbook uses in other places: what is redacted in one is in all, and what stays, stays in all."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import openpyxl
import pytest
import toy
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.table import Table

from minshi.redact import Copied, Replacer
from minshi.redact.copy import redact_bytes
from minshi.redact.formulas import renamed
from minshi.types import Document

PHONE, MASK = "13900001234", "139****1234"
NAME, OTHER = toy.entity("NAME", 3), toy.entity("NAME", 3, 1)
NAME_MASK = f"{NAME[0]}**"
SHEET, BOOK = "xl/worksheets/sheet1.xml", "xl/workbook.xml"
STRATEGIES = ("mask", "label", "remove", "pseudonym")


class Shy:
    """A tagger that knows no name by itself, in a line without other words, as a model may that sees nothing around it."""

    def tag_many(self, docs: Iterable[Document], **options: object) -> Iterator[Document]:
        for doc in toy.alphabet_tagger().tag_many(docs):
            lines = doc.text.split("\n")
            yield replace(doc, spans=tuple(s for s in doc.spans if lines[doc.text.count("\n", 0, s.start)] != NAME))


def redacted(data: bytes, strategy: str = "mask") -> tuple[dict[str, str], Copied]:
    copy, done = redact_bytes(
        data, "a.xlsx", tagger=Shy(), replace=Replacer(strategy, labels=(), key=b"0" * 16), keep=lambda s: True
    )
    openpyxl.load_workbook(io.BytesIO(copy))
    return entries(copy), done


def entries(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}


def with_edit(data: bytes, entry: str, before: str, after: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in entries(data).items():
            archive.writestr(name, content.replace(before, after) if name == entry else content)
    return stream.getvalue()


def workbook(fill: Callable[[openpyxl.Workbook], None] = lambda book: None) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "名单"
    book.active.append(["事项", "数量"])
    book.active.append([f"户主{NAME}", 1])
    fill(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def formulas(text: str) -> list[str]:
    return re.findall(r"<f>(.*?)</f>", text)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_references_to_a_sheet_stay_as_long_as_its_name_does(strategy: str) -> None:
    written = [f"={NAME}!B2", f"=SUM('{NAME}'!B2:B3)", f'=INDIRECT("{NAME}!B2")']

    def fill(book: openpyxl.Workbook) -> None:
        sheet = book.create_sheet(NAME)
        sheet.print_area = "A1:B3"
        for row, formula in enumerate(written, start=5):
            book.active.cell(row, 1, formula)
        book.active["B9"] = "见"
        book.active["B9"].hyperlink = f"#'{NAME}'!A1"

    copy, done = redacted(workbook(fill), strategy)
    assert [f"={formula}" for formula in formulas(copy[SHEET].replace("&quot;", '"'))] == written
    assert f"'{NAME}'!$A$1:$B$3" in copy[BOOK]
    assert f"户主{NAME}" not in copy[SHEET]
    assert "not changed: the name of a sheet (1 finding)" in done.warnings


@pytest.mark.parametrize(
    ("strategy", "text", "number"), [("mask", NAME_MASK, MASK), ("remove", "", ""), ("label", "[NAME]", "[PHONE]")]
)
def test_a_formula_stays_one_whatever_takes_the_place_of_a_value(strategy: str, text: str, number: str) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        book.active["C5"] = f"手机{PHONE}"
        book.active["A5"] = f'=IF(A2="{NAME}",B2={PHONE},SUM(A1:A1048576))'

    copy, _ = redacted(workbook(fill), strategy)
    assert formulas(copy[SHEET]) == [f'IF(A2="{text}",B2="{number}",SUM(A1:A1048576))']


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_table_and_its_header_cells_have_the_same_names_which_differ(strategy: str) -> None:
    names = [NAME, OTHER, NAME[0] + OTHER[1:]]

    def fill(book: openpyxl.Workbook) -> None:
        sheet = book.create_sheet("表")
        sheet.append(["第一", *(f"户主{name}" for name in names), "合"])
        sheet.append(["甲", 1, 2, 3, f"=SUM(表一[[#This Row],[户主{NAME}]])"])
        sheet["A5"] = f"=SUM(表一[户主{OTHER}])"
        sheet.add_table(Table(displayName="表一", ref="A1:E2"))

    copy, _ = redacted(workbook(fill), strategy)
    book = openpyxl.load_workbook(io.BytesIO(packed(copy)))
    cells = [cell.value for cell in book["表"][1]]
    columns = [column.name for column in book["表"].tables["表一"].tableColumns]
    assert cells == columns
    assert len({cell.casefold() for cell in cells}) == len(cells)
    assert not any(name in part for part in copy.values() for name in names)
    escaped = [re.sub(r"([\[\]#'@])", r"'\1", cell) for cell in cells]
    assert book["表"]["E2"].value == f"=SUM(表一[[#This Row],[{escaped[1]}]])"
    assert book["表"]["A5"].value == f"=SUM(表一[{escaped[2]}])"


def test_headers_that_are_removed_are_called_columns() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        sheet = book.create_sheet("表")
        sheet.append([NAME, OTHER])
        sheet.append([1, 2])
        sheet["D9"] = f"户主{OTHER}"
        sheet.add_table(Table(displayName="表一", ref="A1:B2"))

    copy, _ = redacted(workbook(fill), "remove")
    assert re.findall(r'<tableColumn [^>]*name="(.*?)"', copy["xl/tables/table1.xml"]) == ["列2", "列3"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_names_of_cells_and_tables_change_with_the_formulas_that_use_them(strategy: str) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        book.defined_names[NAME] = DefinedName(NAME, attr_text="名单!$B$2", comment=f"户主{NAME}的行", description=NAME)
        sheet = book.active
        sheet["A5"], sheet["A6"] = f"=SUM({NAME})", f"=COUNT(表{NAME}[乙])"
        sheet["D1"], sheet["E1"], sheet["D2"] = "甲", "乙", 1
        sheet.add_table(Table(displayName=f"表{NAME}", ref="D1:E2"))

    copy, _ = redacted(workbook(fill), strategy)
    assert NAME not in "".join(copy.values())
    assert formulas(copy[SHEET]) == ["SUM(Name1)", "COUNT(Table1[乙])"]
    assert 'name="Name1"' in copy[BOOK]
    assert 'name="Table1" displayName="Table1"' in copy["xl/tables/table1.xml"]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize(
    ("entry", "before", "after"),
    [
        (SHEET, "</sheetData>", '</sheetData><scenarios><scenario name="{}方案" user="{}" comment="{}"/></scenarios>'),
        (SHEET, "</sheetData>", '</sheetData><x><sortCondition ref="A2:A3" customList="{},甲{}"/></x>'),
        (BOOK, "</workbook>", '<customWorkbookViews><customWorkbookView name="{} - 个人视图"/></customWorkbookViews></workbook>'),
        ("xl/styles.xml", "<fonts", '<numFmts count="1"><numFmt numFmtId="170" formatCode="&quot;{}&quot;0"/></numFmts><fonts'),
    ],
)
def test_what_excel_keeps_under_a_name_is_redacted(entry: str, before: str, after: str, strategy: str) -> None:
    data = with_edit(workbook(), entry, before, after.format(NAME, NAME, NAME))
    copy, _ = redact_bytes(
        data, "a.xlsx", tagger=Shy(), replace=Replacer(strategy, labels=(), key=b"0" * 16), keep=lambda s: True
    )
    assert NAME not in "".join(entries(copy).values())


def test_a_telephone_number_in_a_scenario_is_redacted() -> None:
    inputs = f'</sheetData><scenarios><scenario name="甲"><inputCells r="C2" val="{PHONE}"/></scenario></scenarios>'
    data = with_edit(workbook(lambda book: book.active.append([f"手机{PHONE}"])), SHEET, "</sheetData>", inputs)
    copy, _ = redact_bytes(data, "a.xlsx", tagger=Shy(), replace=Replacer("mask", labels=()), keep=lambda s: True)
    assert f'val="{MASK}"' in entries(copy)[SHEET]


def test_custom_properties_keep_names_that_differ() -> None:
    start = '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties">'
    alike = [f"户主{NAME}", f"户主{NAME[0]}{OTHER[1:]}"]  # of which a mask leaves the same
    properties = start + "".join(f'<property name="{name}"/>' for name in alike) + "</Properties>"
    data = packed(entries(workbook()) | {"docProps/custom.xml": properties})
    copy, _ = redact_bytes(data, "a.xlsx", tagger=Shy(), replace=Replacer("mask", labels=()), keep=lambda s: True)
    written = re.findall(r'<property name="(.*?)"', entries(copy)["docProps/custom.xml"])
    assert sorted(written) == [f"户主{NAME_MASK}", f"户主{NAME_MASK}2"]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("丁一+名单!丁一+丁一(2)", "Name1+名单!Name1+Name1(2)"),
        ("丁一!A1+丁一甲!A1+甲丁一!A1+SUM(丁一:丁二!A1)", None),
        ("'丁一'!A1&\"丁一\"&丁一甲&甲.丁一", None),
        ("T1[[#This Row],[丁二]]+T1[[丁二]:[甲]]+T2[丁二]", "T1[[#This Row],[乙]]+T1[[乙]:[甲]]+T2[丁二]"),
    ],
)
def test_only_the_name_itself_is_another_in_a_formula(formula: str, expected: str | None) -> None:
    assert renamed(formula, {"丁一": "Name1"}, {"t1": {"丁二": "乙"}}) == (expected or formula)


def packed(parts: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()
