"""One table and one notice, written by LibreOffice in every format that it shares with us: each reads as the others do."""

from __future__ import annotations

import subprocess
from pathlib import Path

import docx
import openpyxl
import pytest
from docx.oxml import OxmlElement
from openpyxl.worksheet.properties import PageSetupProperties
from planted import SOFFICE, converted, found, identity_number, needs_soffice, telephone

from minshi.readers import read
from minshi.types import Document

pytestmark = needs_soffice
HEADER = ["姓名", "家庭住址", "身份证号", "联系电话", "备注"]
ROWS = [
    ["张三", "石桥镇溪口村三组", identity_number(1), telephone(1), "丧偶，靠透析维持"],
    ["欧阳小蕙", "江峰小区二栋", identity_number(2), telephone(2), "一户双残"],
    ["李四", "溪口村四组", "见附件", "无", ""],
]
LINES = ["；".join(f"{name}：{cell}" for name, cell in zip(HEADER, row, strict=True) if cell) for row in ROWS]
NOTICE = [
    "关于溪口村救助对象的公示",
    f"张三患有尿毒症，身份证号{identity_number(1)}。",
    f"联系电话：{telephone(1)}",
    "溪口村，二月。",
]
OF_TABLE, OF_NOTICE, OF_BOTH = ("xlsx", "xls", "ods", "csv"), ("docx", "doc", "rtf", "odt"), ("html", "pdf")
CSV_IN_UTF_8 = "csv:Text - txt - csv (StarCalc):44,34,76,1"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a folder of every format; one call of LibreOffice a format, as starting it is what takes time."""
    folder = tmp_path_factory.mktemp("office")
    book, letter = openpyxl.Workbook(), docx.Document()
    for row in (HEADER, *ROWS):
        book.active.append(row)
    for column in "ABCDE":
        book.active.column_dimensions[column].width = 18 if column in "AD" else 24
    book.active.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)  # or a PDF has the last columns on other pages
    book.save(folder / "table.xlsx")
    for paragraph in NOTICE:
        letter.add_paragraph(paragraph)
    letter.save(folder / "notice.docx")
    command = [str(SOFFICE), f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore"]
    for suffix in (*OF_TABLE, *OF_NOTICE, *OF_BOTH):
        names = ["table.xlsx"] * (suffix not in OF_NOTICE) + ["notice.docx"] * (suffix not in OF_TABLE)
        target = ["--convert-to", CSV_IN_UTF_8 if suffix == "csv" else suffix, "--outdir", str(folder / suffix)]
        sources = [str(folder / name) for name in names]
        subprocess.run([*command, *target, *sources], check=True, capture_output=True, timeout=240)
    return folder


def lines(path: Path) -> list[str]:
    found = list(read(path))
    assert all(isinstance(item, Document) for item in found), found
    return [line for item in found if isinstance(item, Document) for line in item.text.split("\n")]


@pytest.mark.parametrize("suffix", [*OF_TABLE, *OF_BOTH])
def test_a_table_has_the_same_cells_under_the_same_headers(suffix: str, written: Path) -> None:
    assert [line for line in lines(written / suffix / f"table.{suffix}") if line.startswith("姓名")] == LINES


@pytest.mark.parametrize("suffix", [*OF_NOTICE, *OF_BOTH])
def test_a_notice_has_the_same_paragraphs(suffix: str, written: Path) -> None:
    paragraphs = [line for line in lines(written / suffix / f"notice.{suffix}") if line.strip()]
    if suffix == "pdf":  # where LibreOffice sets digits a little apart from words, as typographers do
        paragraphs = [line.replace(" ", "") for line in paragraphs]
    assert paragraphs == NOTICE


@pytest.mark.parametrize("may_split", [False, True], ids=["rows whole", "a row over two pages"])
@pytest.mark.parametrize("style", [None, "Table Grid"], ids=["plain", "ruled"])
def test_numbers_that_are_cut_in_narrow_columns_of_a_pdf_are_found_whole(
    style: str | None, may_split: bool, tmp_path: Path
) -> None:
    book = docx.Document()
    if may_split:
        book.add_paragraph("关于 2026 年低保对象的公示")
    table = book.add_table(0, 5, style)
    people = range(1, 41)  # two pages; LibreOffice writes the second one otherwise than the first
    rows = [[str(n), "张小明", identity_number(n), f"石桥镇溪口村 {n} 组 17 号", telephone(n)] for n in people]
    for row in [["序号", "姓名", "身份证号", "家庭住址", "联系电话"], *rows]:
        cells = table.add_row()
        if not may_split:
            cells._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, text in zip(cells.cells, row, strict=True):
            cell.text = text
    book.save(tmp_path / "list.docx")
    hits = found(converted(tmp_path / "list.docx", "pdf").read_bytes(), "list.pdf")
    columns = {"3": [row[2] for row in rows], "5": [row[4] for row in rows]}
    for column, numbers in columns.items():
        assert [text for place, text in hits.items() if f"col={column} " in place] == numbers


def test_wrapped_cells_of_a_ruled_table_of_a_pdf_are_whole_and_under_their_headers(tmp_path: Path) -> None:
    header = ["序号", "姓名", "性别", "身份证号码", "联系电话", "家庭住址", "残疾等级", "婚姻状况"]
    rows = [
        [str(n), "张小明", "男", identity_number(n), telephone(n), "石桥镇溪口村三组十二号", "二级", "丧偶"] for n in range(1, 31)
    ]
    book = docx.Document()
    table = book.add_table(0, len(header), "Table Grid")
    for row in (header, *rows):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    book.save(tmp_path / "list.docx")
    expected = ["；".join(f"{name}：{cell}" for name, cell in zip(header, row, strict=True)) for row in rows]
    assert lines(converted(tmp_path / "list.docx", "pdf")) == expected
