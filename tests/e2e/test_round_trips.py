"""Real files, as office programs and the usual libraries write them: every planted value is at its exact place."""

from __future__ import annotations

import datetime
import gzip
import io
import json
import re
import struct
import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest
from planted import converted, found, identity_number, needs_soffice, telephone

from minshi.errors import InputError
from minshi.readers import read_stream
from minshi.types import Document

ROWS = [["姓名", "身份证号", "电话"], ["张三", identity_number(1), telephone(1)], ["李四", "见附件", f"{telephone(2)}（家）"]]
NOTICE = f"张三，身份证号{identity_number(1)}。\n联系电话：{telephone(1)}\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def book(folder: Path) -> Path:
    """A title, a header of two rows with merged cells, blank rows, a number stored as a float, a sheet that begins in C5."""
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "名单"
    sheet["A1"] = "溪口村名单"
    for at, text in {"A3": "户主", "B3": "身份证号", "C3": "家庭成员", "E3": "联系电话", "C4": "姓名", "D4": "身份证号"}.items():
        sheet[at] = text
    for merged in ("A1:E1", "C3:D3", "A3:A4", "B3:B4", "E3:E4"):
        sheet.merge_cells(merged)
    for at, value in {"A6": "张三", "B6": identity_number(1), "C6": "张小", "D6": identity_number(2), "E6": 13900000001}.items():
        sheet[at] = value
    for at, value in {
        "A9": "李四",
        "B9": f"旧号{identity_number(3)}",
        "E9": 13900000002.0,
        "F9": datetime.date(1990, 3, 7),
    }.items():
        sheet[at] = value
    sheet["E9"].number_format = "0.00E+00"
    hidden = made.create_sheet("隐藏")
    hidden.sheet_state = "hidden"
    hidden["C5"] = f"电话{telephone(7)}"
    made.save(folder / "book.xlsx")
    return folder / "book.xlsx"


IN_BOOK = {
    "sheet=名单;cell=B6 @0": identity_number(1),
    "sheet=名单;cell=D6 @0": identity_number(2),
    "sheet=名单;cell=E6 @0": telephone(1),
    "sheet=名单;cell=B9 @2": identity_number(3),
    "sheet=名单;cell=E9 @0": telephone(2),
    "sheet=隐藏;cell=C5 @2": telephone(7),
}


@pytest.fixture(scope="module")
def letter(folder: Path) -> Path:
    """Paragraphs, a table with merged cells, a header and a footer."""
    made = docx.Document()
    made.add_paragraph(f"张三，身份证号{identity_number(1)}。")
    made.add_paragraph("")
    table = made.add_table(4, 3)
    for at, row in enumerate([*ROWS, [f"合并{telephone(4)}", "", ""]]):
        for column, text in enumerate(row):
            table.cell(at, column).text = text
    table.cell(3, 0).merge(table.cell(3, 2))
    made.add_paragraph(f"末段{telephone(5)}")
    made.sections[0].header.paragraphs[0].text = f"页眉电话{telephone(6)}"
    made.sections[0].footer.paragraphs[0].text = f"页脚电话{telephone(7)}"
    made.save(folder / "letter.docx")
    return folder / "letter.docx"


IN_LETTER = {
    "p=1 @7": identity_number(1),
    "p=3 @2": telephone(5),
    "table=1;row=2;col=2 @0": identity_number(1),
    "table=1;row=2;col=3 @0": telephone(1),
    "table=1;row=3;col=3 @0": telephone(2),
    "table=1;row=4;col=1 @2": telephone(4),
    "header=1;p=1 @4": telephone(6),
    "footer=1;p=1 @4": telephone(7),
}


def test_a_workbook_has_its_values_at_their_cells(book: Path) -> None:
    assert found(book.read_bytes(), "book.xlsx") == IN_BOOK
    assert found(book.read_bytes(), "book.xlsm") == IN_BOOK
    (text, *_) = [doc.text for doc in read_stream(io.BytesIO(book.read_bytes()), "book.xlsx")]
    assert text.splitlines() == [
        "溪口村名单",
        f"户主：张三；身份证号：{identity_number(1)}；家庭成员姓名：张小；家庭成员身份证号：{identity_number(2)}；联系电话：13900000001",
        f"户主：李四；身份证号：旧号{identity_number(3)}；联系电话：13900000002；1990-03-07",
    ]


@needs_soffice
@pytest.mark.parametrize("suffix", ["xls", "ods"])
def test_a_workbook_of_libreoffice_has_them_at_the_same_cells(suffix: str, book: Path) -> None:
    data = converted(book, suffix).read_bytes()
    assert found(data, f"book.{suffix}") == IN_BOOK
    assert found(data, "book.et") == IN_BOOK


@needs_soffice
def test_an_open_document_whose_cells_have_lost_their_types_has_its_strings_at_the_same_cells(book: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(converted(book, "ods")) as source, zipfile.ZipFile(stream, "w") as target:
        for entry in source.namelist():
            data = source.read(entry)
            target.writestr(entry, re.sub(rb' (?:office|calcext):value-type="[^"]*"| office:value="[^"]*"', b"", data))
    assert b"value-type" not in zipfile.ZipFile(stream).read("content.xml")
    shown = {"sheet=名单;cell=E9 @0": "1.39E+10"}  # a number without its value is what is shown of it
    assert found(stream.getvalue(), "book.ods") == {place: text for place, text in IN_BOOK.items() if place not in shown}


@pytest.mark.parametrize("library", ["xlsxwriter", "xlwt"])
def test_a_workbook_of_another_library_too(library: str) -> None:
    stream = io.BytesIO()
    if library == "xlwt":
        old = pytest.importorskip("xlwt").Workbook()
        write, save = old.add_sheet("名单").write, lambda: old.save(stream)
    else:
        new = pytest.importorskip("xlsxwriter").Workbook(stream, {"constant_memory": True})
        write, save = new.add_worksheet("名单").write, new.close
    for row, cells in enumerate(ROWS):
        for column, text in enumerate(cells):
            write(row, column, text)
    save()
    assert found(stream.getvalue(), "a.xls") == {
        "sheet=名单;cell=B2 @0": identity_number(1),
        "sheet=名单;cell=C2 @0": telephone(1),
        "sheet=名单;cell=C3 @0": telephone(2),
    }


def test_a_binary_workbook_has_them_at_their_cells() -> None:
    assert found(xlsb([[1, identity_number(1)], [4, 13900000001.0]]), "a.xlsb") == {
        "sheet=名单;cell=B1 @0": identity_number(1),
        "sheet=名单;cell=E2 @0": telephone(1),
    }


def xlsb(rows: list[list[object]]) -> bytes:
    """Write a workbook of [MS-XLSB] records, a row of one cell each: [column, value]. No library writes them."""

    def piece(kind: int, data: bytes = b"") -> bytes:
        return (bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])) + bytes([len(data)]) + data

    def wide(text: str) -> bytes:
        return struct.pack("<I", len(text)) + text.encode("utf-16-le")

    bundle = piece(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("名单"))
    cells = b""
    for number, (column, value) in enumerate(rows):
        head = struct.pack("<II", column, 0)
        cell = piece(6, head + wide(value)) if isinstance(value, str) else piece(5, head + struct.pack("<d", value))
        cells += piece(0, struct.pack("<IIHBBBI", number, 0, 300, 0, 0, 0, 0)) + cell
    size = piece(148, struct.pack("<IIII", 0, len(rows) - 1, 0, 9))
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    link = f'<Relationship Id="rId1" Type="{relations}/worksheet" Target="worksheets/sheet1.bin"/>'
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.bin", piece(131) + piece(143) + bundle + piece(144) + piece(132))
        archive.writestr("xl/_rels/workbook.bin.rels", f'<Relationships xmlns="{package}">{link}</Relationships>')
        archive.writestr("xl/worksheets/sheet1.bin", piece(129) + size + piece(145) + cells + piece(146) + piece(130))
    return stream.getvalue()


def test_a_letter_has_its_values_at_their_paragraphs_and_cells(letter: Path) -> None:
    assert found(letter.read_bytes(), "letter.docx") == IN_LETTER


@needs_soffice
def test_an_old_letter_has_them_at_the_same_places(letter: Path) -> None:
    data = converted(letter, "doc").read_bytes()
    assert found(data, "letter.doc") == IN_LETTER
    assert found(data, "letter.wps") == IN_LETTER
    flags = struct.unpack_from("<H", data, at := word_stream(data) + 10)[0]
    encrypted = bytearray(data)
    struct.pack_into("<H", encrypted, at, flags | 0x100)
    assert "encrypted" in refusal(bytes(encrypted), "letter.doc")


def word_stream(data: bytes) -> int:
    """Return where the FIB, a Word document's first bytes, stands: it begins with EC A5."""
    return next(at for at in range(512, len(data), 512) if data[at : at + 2] == b"\xec\xa5")


@needs_soffice
def test_rich_text_is_read() -> None:
    escaped = "".join(f"\\u{ord(char)}?" if char > "\x7f" else char for char in NOTICE.replace("\n", "\\par\n"))
    assert found(f"{{\\rtf1\\ansi {escaped}}}".encode(), "a.rtf") == {"p=1 @7": identity_number(1), "p=2 @5": telephone(1)}


@needs_soffice
def test_a_pdf_has_them_on_their_pages_and_one_with_a_password_is_said(folder: Path) -> None:
    made = docx.Document()
    made.add_paragraph(
        f"兹有溪口村三组村民张三因患病多年家庭生活十分困难经本人申请村民代表会议评议其身份证号码为{identity_number(1)}特此公示。"
    )
    made.add_page_break()
    made.add_paragraph(f"联系电话：{telephone(1)}")
    made.save(folder / "long.docx")
    pdf = converted(folder / "long.docx", "pdf")
    places = found(pdf.read_bytes(), "long.pdf")
    assert {value: place.split(";")[0] for place, value in places.items()} == {
        identity_number(1): "page=1",  # though a line breaks in it
        telephone(1): "page=2",
    }
    secret = '{"EncryptFile":{"type":"boolean","value":"true"},"DocumentOpenPassword":{"type":"string","value":"x"}}'
    pdf = converted(folder / "long.docx", "pdf", f"writer_pdf_Export:{secret}")
    assert "encrypted; remove the password first" in refusal(pdf.read_bytes(), "long.pdf")


@needs_soffice
def test_the_rows_of_a_table_in_a_pdf_have_their_headers(folder: Path) -> None:
    made = docx.Document()
    table = made.add_table(0, 4)
    for row in (["姓名", "家庭住址", "残疾等级", "备注"], ["张三", "石桥镇溪口村三组向阳路小区", "二级", "丧偶多年"]):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    made.save(folder / "table.docx")
    (doc,) = read_stream(io.BytesIO(converted(folder / "table.docx", "pdf").read_bytes()), "table.pdf")
    assert isinstance(doc, Document)
    assert doc.text == "姓名：张三；家庭住址：石桥镇溪口村三组向阳路小区；残疾等级：二级；备注：丧偶多年"


def test_a_scan_is_said() -> None:
    pdfium = pytest.importorskip("pypdfium2")
    made = pdfium.PdfDocument.new()
    picture = pdfium.PdfImage.new(made)
    picture.set_bitmap(pdfium.PdfBitmap.new_native(8, 8, 4))
    page = made.new_page(200, 200)
    page.insert_obj(picture)
    page.gen_content()
    stream = io.BytesIO()
    made.save(stream)
    assert "without a text layer" in refusal(stream.getvalue(), "scan.pdf")


@pytest.mark.parametrize("suffix", ["xlsx", "docx"])
def test_an_office_file_with_a_password_is_said(suffix: str, book: Path, letter: Path) -> None:
    msoffcrypto = pytest.importorskip("msoffcrypto")
    plain = {"xlsx": book, "docx": letter}[suffix]
    stream = io.BytesIO()
    with plain.open("rb") as file:
        msoffcrypto.OfficeFile(file).encrypt("x", stream)
    assert "encrypted; remove the password first" in refusal(stream.getvalue(), plain.name)


def refusal(data: bytes, name: str) -> str:
    with pytest.raises(InputError) as caught:
        list(read_stream(io.BytesIO(data), name))
    return str(caught.value)


def delimited(delimiter: str) -> bytes:
    return "\r\n".join(delimiter.join(row) for row in ROWS).encode("gb18030")


IN_FIELDS = {
    "row=2;field=身份证号 @0": identity_number(1),
    "row=2;field=电话 @0": telephone(1),
    "row=3;field=电话 @0": telephone(2),
}
IN_TEXT = {f" @{NOTICE.index('1101')}": identity_number(1), f" @{NOTICE.index('139')}": telephone(1)}
RECORDS = [{"id": "甲", "text": NOTICE}, {"住户": {"电话": [telephone(2)]}}]
IN_RECORDS = {**IN_TEXT, "line=2;/住户/电话/0 @0": telephone(2)}
PAGE = f"""<html><head><meta charset="gb2312"><title>公示</title></head><body><p>张三，电话{telephone(1)}</p>
<p hidden>{telephone(8)}</p><div style="display: none">{telephone(9)}</div>
<table><tr><th>姓名</th><th>身份证号</th><th>附表</th></tr><tr><td>张三</td><td>{identity_number(1)}</td>
<td>见<table><tr><td>电话</td><td>{telephone(2)}</td></tr><tr><td>传真</td><td>无</td></tr></table></td></tr></table>"""
IN_PAGE = {
    "p=2 @5": telephone(1),
    "table=1;row=2;col=2 @0": identity_number(1),
    "table=2;row=1;col=2 @0": telephone(2),
}


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.txt", NOTICE.encode("gb18030"), IN_TEXT),
        ("a.md", NOTICE.encode("utf-16"), IN_TEXT),
        ("a.csv", delimited(","), IN_FIELDS),
        ("a.tsv", delimited("\t"), IN_FIELDS),
        ("a.json", json.dumps(RECORDS[1:]).encode(), {"/0/住户/电话/0 @0": telephone(2)}),
        ("a.jsonl", "\n".join(map(json.dumps, RECORDS)).encode(), IN_RECORDS),
        ("a.html", PAGE.encode("gb18030"), IN_PAGE),
        ("a.xls", PAGE.encode("utf-8"), IN_PAGE),
        ("a.csv.gz", gzip.compress(delimited("\t")), IN_FIELDS),
    ],
)
def test_a_text_format_has_them_at_their_places(name: str, data: bytes, expected: dict[str, str]) -> None:
    assert found(data, name) == expected


def test_an_archive_has_what_is_in_its_files(letter: Path) -> None:
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("信.docx", letter.read_bytes())
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("急!密!.zip", inner.getvalue())
    assert found(outer.getvalue(), "包!.zip") == IN_LETTER


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
EXTRAS = {
    "word/document.xml": f"""<w:p><w:ins w:id="1"><w:r><w:t>新号{telephone(1)}</w:t></w:r></w:ins>
      <w:del w:id="2"><w:r><w:delText>旧号{telephone(8)}</w:delText></w:r></w:del></w:p>
      <w:p><w:r><w:t>正文</w:t><w:pict><w:txbxContent><w:p><w:r><w:t>框内{telephone(2)}</w:t></w:r></w:p></w:txbxContent></w:pict></w:r></w:p>
      <w:tbl><w:tr><w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr><w:p><w:r><w:t>{telephone(3)}</w:t></w:r></w:p></w:tc>
      <w:tc><w:p><w:r><w:t>甲</w:t></w:r></w:p></w:tc></w:tr>
      <w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc><w:tc><w:p><w:r><w:t>139</w:t></w:r><w:r><w:t>00000004</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
      <w:p><w:r><w:ruby><w:rt><w:r><w:t>yao</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>幺{telephone(5)}</w:t></w:r></w:rubyBase></w:ruby></w:r></w:p>""",
    "word/footnotes.xml": f"<w:footnote><w:p><w:r><w:t>脚注{telephone(6)}</w:t></w:r></w:p></w:footnote>",
    "word/comments.xml": f"<w:comment><w:p><w:r><w:t>批注{telephone(7)}</w:t></w:r></w:p></w:comment>",
}


def test_a_letter_has_them_in_boxes_notes_comments_and_insertions_too_but_not_in_deletions() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for entry, content in EXTRAS.items():
            archive.writestr(entry, f'<w:root xmlns:w="{W}">{content}</w:root>')
    assert found(stream.getvalue(), "a.docx") == {
        "p=1 @2": telephone(1),
        "p=3 @2": telephone(2),
        "table=1;row=1;col=1 @0": telephone(3),
        "table=1;row=2;col=2 @0": telephone(4),
        "p=4 @1": telephone(5),
        "footnotes;p=1 @2": telephone(6),
        "comments;p=1 @2": telephone(7),
    }
