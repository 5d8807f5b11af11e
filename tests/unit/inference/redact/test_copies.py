"""Real files of every format: what was planted is gone from every byte, and its neighbours are as they were."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from contextlib import suppress
from pathlib import Path

import docx
import openpyxl
import pytest
import xlsxwriter
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Font

from minshi import Tagger
from minshi.errors import ConfigError, InputError
from minshi.labels import LabelInfo
from minshi.readers import read_stream
from minshi.redact import Copied, Replacer, redact_file
from minshi.redact.xlsx import open_xlsx
from minshi.types import Document

ID, PHONE, PHONE_2 = "11010519491231002X", "13900001234", "13912345678"
ID_MASK, MASK, MASK_2 = "11*************02X", "139****1234", "139****5678"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@pytest.fixture(scope="module")
def shipped() -> Tagger:
    return Tagger.load(threads=1)


@pytest.fixture
def redacted(tmp_path: Path, shipped: Tagger):
    """Redact bytes; nothing that was planted may be in the copy, nor be found in it again."""

    def redact(
        data: bytes, name: str, strategy: str = "mask", planted: tuple[str, ...] = (ID, PHONE, PHONE_2)
    ) -> tuple[bytes, Copied]:
        source, target = tmp_path / name, tmp_path / f"out-{name}"
        source.write_bytes(data)
        done = redact_file(source, target, tagger=shipped, strategy=strategy)
        copy = target.read_bytes()
        assert source.read_bytes() == data
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, f"out-{name}"])
        for content in contents(copy):
            for value in planted:
                for encoding in ("utf-8", "gb18030", "utf-16-le"):
                    assert value.encode(encoding) not in content, value
        docs = []
        with suppress(InputError):  # of which nothing remained
            docs += [item for item in read_stream(io.BytesIO(copy), name) if isinstance(item, Document)]
        found = [doc.text[span.start : span.end] for doc in shipped.tag_many(docs) for span in doc.spans]
        assert all(any(mark in value for mark in "*[]-") for value in found), found
        return copy, done

    return redact


def contents(data: bytes) -> list[bytes]:
    if not data.startswith(b"PK"):
        return [data]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [archive.read(name) for name in archive.namelist()]


def changed(before: bytes, after: bytes) -> list[str]:
    """Return the entries of a ZIP archive that differ; none may be lost or new, nor stand elsewhere."""
    with zipfile.ZipFile(io.BytesIO(before)) as old, zipfile.ZipFile(io.BytesIO(after)) as new:
        assert old.namelist() == new.namelist()
        return [name for name in old.namelist() if old.read(name) != new.read(name)]


def edited(data: bytes, edits: dict[str, tuple[str, str]]) -> bytes:
    """Replace a string in entries of a ZIP archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name in edits:
                before, after = (part.encode() for part in edits[name])
                assert before in content
                content = content.replace(before, after)
            new.writestr(name, content)
        for name in edits.keys() - set(old.namelist()):
            new.writestr(name, edits[name][1])
    return stream.getvalue()


def saved(document: object) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "big5"])
def test_text_keeps_its_encoding_its_line_ends_and_all_around(redacted, encoding):
    text = "公示名單\r\n身分證號：{}，電話：{}。\n\n  第一次　公示\t完\r\n".replace(
        "身分證", "身份证" if encoding != "big5" else "身分證"
    )
    copy, done = redacted(text.format(ID, PHONE).encode(encoding), "a.txt")
    assert copy == text.format(ID_MASK, MASK).encode(encoding)
    assert done.findings == {"ID_CARD": 1, "PHONE": 1}
    assert done.warnings == ()


def test_a_text_in_several_parts_is_redacted_in_each(redacted, monkeypatch):
    monkeypatch.setattr("minshi.readers.text.PART_CHARS", 100)
    text = f"今天天气很好，电话{PHONE}。\n" + "今天天气很好。\n" * 30 + f"电话{PHONE_2}。\n"
    copy, _ = redacted(text.encode(), "a.md")
    assert copy.decode() == text.replace(PHONE, MASK).replace(PHONE_2, MASK_2)


@pytest.mark.parametrize(
    ("strategy", "phone", "card"),
    [
        ("label", r"\[電話號碼\]", r"\[居民身份證號\]"),
        ("pseudonym", "電話號碼-[a-t][0-9a-f]{7}", "居民身份證號-[a-t][0-9a-f]{7}"),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.html"])
def test_a_replacement_in_big5_is_written_in_traditional_characters(redacted, name, strategy, phone, card):
    text = "公示名單\n電話：{}\n身分證號：{}\n"
    text = f"<html><meta charset=big5><p>{text}</p></html>" if name == "a.html" else text
    copy, _ = redacted(text.format(PHONE, ID).encode("big5"), name, strategy)
    assert re.fullmatch(text.format(phone, card), copy.decode("big5"))


def test_a_replacement_that_the_encoding_lacks_is_refused(tmp_path, shipped):
    (tmp_path / "a.txt").write_bytes(f"公示名單，電話：{PHONE}。".encode("big5"))
    labels = [LabelInfo("PHONE", "联络", "", "rule", None, None)]
    with pytest.raises(InputError, match="big5"):
        redact_file(tmp_path / "a.txt", tmp_path / "b.txt", tagger=shipped, strategy=Replacer("label", labels=labels))


def test_a_csv_keeps_its_dialect_and_every_other_field(redacted):
    text = '姓名;身份证号;"联系电话";数量\r\n张小明;{};"{}";"5 ""六"""\r\n\r\n王小蕙;;{};7\r\n'
    copy, _ = redacted(text.format(ID, PHONE, PHONE_2).encode("gb18030"), "a.csv", planted=(ID, PHONE, PHONE_2, "小明", "小蕙"))
    expected = text.replace("小明", "**").replace("小蕙", "**").format(ID_MASK, MASK, MASK_2)
    assert copy.decode("gb18030") == expected


def test_a_csv_field_is_quoted_if_its_replacement_needs_it(redacted, monkeypatch):
    monkeypatch.setattr("minshi.redact.strategies._masked", lambda label, value: 'a,"b"')
    copy, _ = redacted(f"联系电话,数量\n{PHONE},5\n".encode(), "a.csv", planted=(PHONE,))
    assert list(csv.reader(io.StringIO(copy.decode()))) == [["联系电话", "数量"], ['a,"b"', "5"]]


def test_a_tsv_and_a_field_with_line_breaks(redacted):
    text = '事项\t联系电话\n"第一\n第二"\t"{}"\n完\t{}\n'
    copy, _ = redacted(text.format(PHONE, PHONE_2).encode(), "a.tsv")
    assert copy.decode() == text.format(MASK, MASK_2)


def test_json_keeps_its_layout_and_a_number_becomes_text(redacted):
    text = '{{\n  "联系电话" : {},\n  "列表":[ 1.50, "手机\\t{}", true,{{}} ],"a/b~":"\\u7535\\u8bdd{}"\n}}\n'
    copy, _ = redacted(text.format(PHONE, PHONE_2, PHONE).encode(), "a.json")
    assert copy.decode() == text.format(f'"{MASK}"', MASK_2, MASK)


def test_a_key_of_json_that_is_personal_is_told_and_stays(redacted):
    _, done = redacted(json.dumps({f"电话{PHONE}": "甲"}, ensure_ascii=False).encode(), "a.json", planted=())
    assert "not changed: a key of an object (1 finding)" in done.warnings


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_half_of_a_pair_of_escapes_in_json_stays_an_escape(redacted, name, encoding):
    text = '{{"\\ud83d":"手机{} \\ud800","e":"甲\\ud83d，电话{}"}}'
    copy, done = redacted(text.format(PHONE, PHONE_2).encode(encoding), name)
    assert copy.decode(encoding) == text.format(MASK, MASK_2)
    assert done.findings == {"PHONE": 2}


def test_what_the_encoding_of_json_lacks_of_a_replacement_is_an_escape(redacted):
    copy, _ = redacted(f'{{"公示名單":"電話：{PHONE}。"}}'.encode("big5"), "a.json", "label")
    assert json.loads(copy.decode("big5")) == {"公示名單": "電話：[电话号码]。"}
    assert "電話：[" in copy.decode("big5")


def test_jsonl_is_redacted_beside_its_text_too(redacted):
    text = '{{"id": "{}", "text": "电话{}", "from": {{"手机": "{}"}}}}\r\n\n{{"a": 1}}\n{{"联系电话":{}}}\n'
    copy, _ = redacted(text.format(ID, PHONE, PHONE_2, PHONE).encode(), "a.jsonl")
    assert copy.decode() == text.format(ID_MASK, MASK, MASK_2, f'"{MASK}"')


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", '{"电话": "13900001234", "电话": "好"}'),
        ("a.jsonl", '{"text": "好"}\n{"text": \n'),
        ("a.json", "{"),
        ("a.pdf", "%PDF-1.4"),
        ("a.txt", "\x89PNG\0\0\0"),
        ("a.rtf", "{\\rtf1 好}"),
        ("a.zip", "PK\x03\x04"),
    ],
)
def test_what_cannot_be_redacted_is_refused_and_not_written(tmp_path, shipped, name, content):
    source, target = tmp_path / name, tmp_path / "out"
    source.write_text(content, encoding="utf-8")
    with pytest.raises(InputError):
        redact_file(source, target, tagger=shipped)
    assert list(tmp_path.iterdir()) == [source]


def test_a_workbook_of_1997_is_refused_with_what_to_do_about_it():
    with pytest.raises(InputError, match="save it as xlsx"):
        open_xlsx(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "a.xls")


PAGE = """<!DOCTYPE html>
<html><head><title>电话{0}</title><style>p {{ color: red }}</style></head>
<body class=x><!-- 电话{0} -->
<p title='电话{0}'>联系人   电话&nbsp;<b>{1}</b>。<br>特此&amp;公示 &lt;a&gt;</p>
<div style="display:none">手机{0}</div><a href=tel:{0}>打</a>
<TABLE><tr> <td>姓名<td>联系电话</tr> <tr><td> 王小蕙 <td><i>{2}</i></table>
</body></html>
"""


def test_a_page_keeps_its_markup_byte_for_byte(redacted):
    page = PAGE.format(PHONE, "139<i>1234</i>5678", PHONE)
    copy, _ = redacted(page.encode("gb18030").replace(b"<head>", b"<head><meta charset=gbk>"), "a.html", planted=(PHONE, "小蕙"))
    assert copy.decode("gb18030").replace("<meta charset=gbk>", "") == PAGE.replace("小蕙", "**").format(
        MASK, f"{MASK_2}<i></i>", MASK
    )


def test_a_script_that_may_hold_values_is_told(redacted):
    _, done = redacted(f"<p>电话{PHONE}</p><script>var a = '{PHONE_2}'</script>".encode(), "a.html", planted=(PHONE,))
    assert done.warnings == ("not looked at: scripts and style sheets (1)",)


def test_a_page_without_utf_8_takes_a_replacement_as_character_references(redacted):
    page = f"<meta charset=iso-8859-1><p>t\xe9l. {PHONE}</p>"
    copy, _ = redacted(page.encode("latin-1"), "a.html", "label")
    assert copy.startswith(b"<meta charset=iso-8859-1><p>t\xe9l. [&#")


def workbook() -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "名单"
    sheet.append(["身份证号", "联系电话", "数量", "说明"])
    sheet.append([ID, int(PHONE), 5, "好"])
    sheet.append(["", float(PHONE_2), 6.5, "好"])
    sheet["A2"].font = Font(bold=True)
    sheet["D2"] = CellRichText("手机", TextBlock(InlineFont(b=True), "1390000"), "1234")
    return book


def test_a_workbook_keeps_styles_and_every_other_cell(redacted):
    book = workbook()
    sheet = book.active
    sheet["A2"].comment = Comment(f"电话{PHONE}", "赵大力")
    sheet.oddHeader.center.text = f"电话{PHONE}"
    book.properties.creator = "赵大力"
    data = saved(book)
    copy, done = redacted(data, "a.xlsx", planted=(ID, PHONE, PHONE_2, "赵大力"))
    new = openpyxl.load_workbook(io.BytesIO(copy), rich_text=True).active
    rows = [[cell.value for cell in row] for row in new.iter_rows(min_row=2)]
    assert rows[0][:3] == [ID_MASK, MASK, 5]
    assert rows[1] == [None, MASK_2, 6.5, "好"]
    assert str(rows[0][3]) == f"手机{MASK}"
    assert new["A2"].font.b
    assert next(part for part in rows[0][3] if isinstance(part, TextBlock)).font.b
    assert done.warnings == ()
    assert set(changed(data, copy)) == {"docProps/core.xml", "xl/worksheets/sheet1.xml", "xl/comments/comment1.xml"}


def test_a_text_box_of_a_workbook_is_redacted_in_its_runs(redacted):
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        book.add_worksheet("名单").insert_textbox(1, 1, f"联系电话\n{PHONE}")
    split = f"{PHONE[:5]}</a:t></a:r><a:r><a:t>{PHONE[5:]}"
    data = edited(stream.getvalue(), {"xl/drawings/drawing1.xml": (PHONE, split)})
    copy, done = redacted(data, "a.xlsx", planted=(PHONE,))
    (doc,) = read_stream(io.BytesIO(copy), "a.xlsx")
    assert doc.text == f"联系电话\n{MASK}"
    assert (dict(done.findings), done.warnings) == ({"PHONE": 1}, ())


def test_a_comment_a_chart_and_a_header_of_a_workbook_are_redacted_at_their_places(redacted):
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet("名单")
        sheet.write_comment("C5", f"联系电话{PHONE}")
        sheet.set_header(f'&L&"宋体,常规"&12联系电话{PHONE_2}&R第&P页', {"margin": 0.5})
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=名单!$A$1:$A$2"})
        chart.set_title({"name": f"身份证号{ID}"})
        sheet.insert_chart("E5", chart)
    data = stream.getvalue()
    copy, done = redacted(data, "a.xlsx")
    assert dict(done.findings) == {"ID_CARD": 1, "PHONE": 2}
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        assert (
            f'&amp;L&amp;"宋体,常规"&amp;12联系电话{MASK_2}&amp;R第&amp;P页' in archive.read("xl/worksheets/sheet1.xml").decode()
        )
    assert set(changed(data, copy)) == {"xl/worksheets/sheet1.xml", "xl/comments1.xml", "xl/charts/chart1.xml"}


def with_header(header: str) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet("名单")
        sheet.write(0, 0, "事项")
        sheet.set_header("甲")
    return edited(stream.getvalue(), {"xl/worksheets/sheet1.xml": ("<oddHeader>甲</oddHeader>", header)})


def test_a_header_that_the_reader_does_not_see_is_redacted_too(redacted):
    copy, done = redacted(with_header(f"<oddHeader><![CDATA[联系电话{PHONE}]]></oddHeader>"), "a.xlsx")
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        assert f"<oddHeader>联系电话{MASK}</oddHeader>" in archive.read("xl/worksheets/sheet1.xml").decode()
    assert done.findings == {"PHONE": 1}


def test_a_header_that_cannot_be_written_is_refused(redacted):
    with pytest.raises(InputError, match="has changed"):
        redacted(with_header(f"<!--<oddHeader>联系电话{PHONE}</oddHeader>-->"), "a.xlsx")


SHARED = (
    '<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    f"<si><t>事项</t></si><si><t>联系电话</t></si><si><t>甲</t></si><si><t>{PHONE}</t></si><si><t>王小蕙</t></si></sst>"
)


def test_a_shared_string_goes_when_no_cell_uses_it_and_stays_for_the_others(redacted):
    """openpyxl writes strings inline where told to; a sheet as Excel writes it is made by hand."""
    book = openpyxl.Workbook()
    book.active.append(["事项", "联系电话"])
    data = saved(book)
    rows = "".join(
        f'<row r="{row}">'
        + "".join(f'<c r="{column}{row}" t="s"><v>{at}</v></c>' for column, at in zip("AB", cells, strict=True))
        + "</row>"
        for row, cells in enumerate([(0, 1), (2, 3), (2, 2)], start=1)
    )
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    old = sheet[sheet.index("<sheetData>") : sheet.index("</sheetData>")]
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    relation = f'<Relationship Id="r99" Type="{kind}" Target="sharedStrings.xml"/></Relationships>'
    content = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{content}"/></Types>'
    edits = {
        "xl/worksheets/sheet1.xml": (old, f"<sheetData>{rows}"),
        "xl/_rels/workbook.xml.rels": ("</Relationships>", relation),
        "[Content_Types].xml": ("</Types>", override),
        "xl/sharedStrings.xml": ("", SHARED),
    }
    data = edited(data, edits)
    copy, _ = redacted(data, "a.xlsx", planted=(PHONE, "王小蕙"))
    found = [[cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(copy)).active]
    assert found == [["事项", "联系电话"], ["甲", MASK], ["甲", "甲"]]


def test_the_stored_result_of_a_formula_is_redacted_and_the_formula_is_told(redacted):
    data = edited(saved(workbook()), {"xl/worksheets/sheet1.xml": ("<v>5</v>", f"<f>1+4</f><v>{PHONE}</v>")})
    copy, done = redacted(data, "a.xlsx")
    assert openpyxl.load_workbook(io.BytesIO(copy), data_only=True).active["C2"].value == MASK
    assert openpyxl.load_workbook(io.BytesIO(copy)).active["C2"].value == "=1+4"
    assert any("formulas (1)" in warning for warning in done.warnings)


def word_file() -> docx.Document:
    book = docx.Document()
    paragraph = book.add_paragraph("身份证号")
    paragraph.add_run(ID[:8]).bold = True
    paragraph.add_run(ID[8:]).italic = True
    paragraph.add_run("，电话")
    paragraph.add_run(f"{PHONE}。").underline = True
    table = book.add_table(2, 2)
    for row, cells in enumerate([["事项", "联系电话"], ["第一", PHONE_2]]):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    book.sections[0].footer.paragraphs[0].text = f"电话{PHONE}"
    book.core_properties.author = "赵大力"
    book.core_properties.title = f"电话{PHONE}"
    return book


def test_a_word_document_keeps_runs_and_styles(redacted):
    data = saved(word_file())
    copy, done = redacted(data, "a.docx", planted=(ID, ID[:8], ID[8:], PHONE, PHONE_2, "赵大力"))
    book = docx.Document(io.BytesIO(copy))
    runs = [(run.text, run.bold, run.italic, run.underline) for run in book.paragraphs[0].runs]
    plain = (None, None, None)
    assert runs == [
        ("身份证号", *plain),
        (ID_MASK, True, None, None),
        ("", None, True, None),
        ("，电话", *plain),
        (f"{MASK}。", None, None, True),
    ]
    assert [[cell.text for cell in row.cells] for row in book.tables[0].rows] == [["事项", "联系电话"], ["第一", MASK_2]]
    assert set(changed(data, copy)) == {"docProps/core.xml", "word/document.xml", "word/footer1.xml"}
    assert "not looked at: docProps/thumbnail.jpeg (a picture of its first page)" in done.warnings


def test_what_word_keeps_out_of_sight_is_redacted_too(redacted):
    hidden = (
        f'<w:del w:id="1" w:author="赵大力"><w:r><w:delText>电话{PHONE}</w:delText></w:r></w:del>'
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice Requires="wps"/>'
        f"<mc:Fallback><w:r><w:t>电话{PHONE}</w:t></w:r></mc:Fallback></mc:AlternateContent>"
        f'<w:r><w:fldSimple w:instr="x"/><w:instrText>HYPERLINK "tel:{PHONE}"</w:instrText></w:r></w:p>'
    )
    text = f"<w:p><w:r><w:t>电话{PHONE}</w:t></w:r></w:p>"
    comment = f'<w:comments xmlns:w="{W}"><w:comment w:author="赵大力" w:initials="赵">{text}</w:comment></w:comments>'
    link = f'<Relationship Id="r99" Type="t" Target="tel:{PHONE}" TargetMode="External"/></Relationships>'
    data = edited(
        saved(word_file()),
        {
            "word/document.xml": ("</w:p>", hidden),
            "word/comments.xml": ("", comment),
            "word/_rels/document.xml.rels": ("</Relationships>", link),
            "word/media/image1.png": ("", "no picture"),
        },
    )
    _, done = redacted(data, "a.docx", planted=(ID, PHONE, PHONE_2, "赵大力", 'initials="赵"'))
    assert "not looked at: word/media/image1.png (a picture)" in done.warnings


def test_a_number_in_an_equation_is_redacted_and_an_embedded_page_is_told(redacted):
    book = docx.Document()
    book.add_paragraph("联系电话")
    math = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    equation = f'<m:oMath xmlns:m="{math}"><m:r><m:t>{PHONE}</m:t></m:r></m:oMath></w:p>'
    edits = {"word/document.xml": ("</w:p>", equation), "word/chunk.html": ("", "<p>附页</p>")}
    copy, done = redacted(edited(saved(book), edits), "a.docx")
    (doc,) = read_stream(io.BytesIO(copy), "a.docx")
    assert doc.text == f"联系电话{MASK}"
    assert any("word/chunk.html" in warning for warning in done.warnings)


def test_a_pseudonym_is_the_same_in_every_place(redacted):
    copy, _ = redacted(f"电话{PHONE}，又手机{PHONE}，再手机{PHONE_2}。".encode(), "a.txt", "pseudonym")
    first, second, third = (part.split("电话号码-")[1][:8] for part in copy.decode().split("，"))
    assert first == second != third


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.json", "a.html", "a.docx", "a.xlsx"])
def test_what_holds_no_finding_is_copied_byte_for_byte(redacted, name):
    data = {
        "a.txt": "今天天气好。\r\n".encode("gb18030"),
        "a.csv": b"a,b\r\n1,2",
        "a.json": b'{"a": 1}',
        "a.html": "<p>通知<b>如下",
    }.get(name)
    if name == "a.docx":
        book = docx.Document()
        book.core_properties.author = ""
        book.add_paragraph("今天天气好。")
        data = saved(book)
    if name == "a.xlsx":
        book = openpyxl.Workbook()
        book.properties.creator = None
        book.active.append(["数量", "面积"])
        book.active.append([1, 2])
        data = saved(book)
    data = data.encode() if isinstance(data, str) else data
    copy, done = redacted(data, name)
    assert copy == data
    assert done.findings == {}


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.json", "a.jsonl", "a.html", "a.docx", "a.xlsx"])
def test_a_file_of_which_nothing_remains_is_written_all_the_same(redacted, name):
    data = {
        "a.txt": PHONE.encode(),
        "a.csv": f"联系电话\n{PHONE}\n".encode(),
        "a.json": f'{{"联系电话": "{PHONE}"}}'.encode(),
        "a.jsonl": f'{{"id": "7", "联系电话": "{PHONE}"}}\n{{"id": "8"}}\n'.encode(),
        "a.html": f"<p>{PHONE}</p>".encode(),
    }.get(name)
    if name == "a.docx":
        book = docx.Document()
        book.add_paragraph(PHONE)
        data = saved(book)
    if name == "a.xlsx":
        book = openpyxl.Workbook()
        book.active.append([PHONE])
        data = saved(book)
    copy, _ = redacted(data, name, "remove", planted=(PHONE,))
    assert data.startswith(b"PK") or copy == data.replace(PHONE.encode(), b"")


def test_findings_that_come_again_and_again_fail_the_file(tmp_path, shipped, monkeypatch):
    monkeypatch.setattr("minshi.redact.lookup.Lookup.spans", lambda self, text: iter(()))
    monkeypatch.setattr("minshi.redact.strategies._masked", lambda label, value: str(int(value) + 1))
    (tmp_path / "a.txt").write_text(f"电话{PHONE}", encoding="utf-8")
    with pytest.raises(InputError, match="1 findings remain"):
        redact_file(tmp_path / "a.txt", tmp_path / "b.txt", tagger=shipped)
    assert not (tmp_path / "b.txt").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"labels": "PHONE"},
        {"labels": ["phone"]},
        {"labels": ["PHONES"]},
        {"labels": {"姓名"}},
        {"labels": []},
        {"min_score": float("nan")},
        {"min_score": -0.5},
        {"min_score": 95},
    ],
)
def test_what_would_leave_all_in_clear_is_refused_and_not_written(tmp_path, shipped, wrong):
    (tmp_path / "a.txt").write_text(f"电话{PHONE}", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"PHONE|min_score=|none is named"):
        redact_file(tmp_path / "a.txt", tmp_path / "b.txt", tagger=shipped, **wrong)
    assert not (tmp_path / "b.txt").exists()


def test_only_the_labels_that_are_named_are_replaced(tmp_path, shipped):
    (tmp_path / "a.txt").write_text(f"身份证{ID}，电话{PHONE}", encoding="utf-8")
    redact_file(tmp_path / "a.txt", tmp_path / "b.txt", tagger=shipped, labels=["PHONE"], min_score=0.5)
    assert (tmp_path / "b.txt").read_text(encoding="utf-8") == f"身份证{ID}，电话{MASK}"


def test_a_copy_never_takes_the_place_of_a_file(tmp_path, shipped):
    path = tmp_path / "a.txt"
    path.write_text(f"电话{PHONE}", encoding="utf-8")
    with pytest.raises(InputError, match="nothing is overwritten"):
        redact_file(path, path, tagger=shipped)
    assert path.read_text(encoding="utf-8") == f"电话{PHONE}"
