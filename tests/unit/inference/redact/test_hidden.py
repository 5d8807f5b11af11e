"""What a copy could give away out of sight: it is redacted, or told where it cannot be; what is hostile is refused."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import quote, unquote

import docx
import openpyxl
import pytest
import toy

from minshi.errors import InputError
from minshi.redact import Copied, Replacer
from minshi.redact.copy import redact_bytes, redact_file
from minshi.types import Document

PHONE, MASK = "13900001234", "139****1234"
NAME = toy.entity("NAME", 3)
NAME_MASK = f"{NAME[0]}**"


class Shy:
    """A tagger that knows no name by itself, in a line without other words, as a model may that sees nothing around it."""

    def tag_many(self, docs: Iterable[Document], **options: object) -> Iterator[Document]:
        for doc in toy.alphabet_tagger().tag_many(docs):
            lines = doc.text.split("\n")
            yield replace(doc, spans=tuple(s for s in doc.spans if lines[doc.text.count("\n", 0, s.start)] != NAME))


def redacted(data: bytes, name: str) -> tuple[bytes, Copied]:
    return redact_bytes(data, name, tagger=Shy(), replace=Replacer("mask", labels=()), keep=lambda span: True)


def entries(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}


def with_entries(data: bytes, edits: dict[str, tuple[str, str]]) -> bytes:
    """Replace a string in entries of a ZIP archive, or the whole of one."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in (entries(data) | {name: after for name, (before, after) in edits.items() if not before}).items():
            before, after = edits.get(name, ("", ""))
            archive.writestr(name, content.replace(before, after) if before else content)
    return stream.getvalue()


def saved(document: object) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def workbook(title: str = "名单") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = title
    book.active.append(["姓名", "数量"])
    book.active.append([f"户主{NAME}", 1])
    return saved(book)


def word_file() -> bytes:
    document = docx.Document()
    document.add_paragraph(f"户主{NAME}")
    return saved(document)


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("entry", "edit"),
    [
        (
            SHEET,
            ("</sheetData>", '</sheetData><autoFilter ref="A1:B2"><filterColumn><filter val="{}"/></filterColumn></autoFilter>'),
        ),
        (SHEET, ("</sheetData>", '</sheetData><x><cfRule text="{}"><formula>A1="{}"</formula></cfRule></x>')),
        ("xl/drawings/drawing1.xml", ("", '<d><cNvPr id="1" name="{}.jpg"/></d>')),
        ("xl/persons/person.xml", ("", '<personList><person displayName="{}"/></personList>')),
        ("xl/workbook.xml", ("</workbook>", '<x><absPath url="D:\\{}\\"/></x><fileSharing userName="{}"/></workbook>')),
    ],
)
def test_what_excel_remembers_beside_the_cells_is_redacted(entry: str, edit: tuple[str, str]) -> None:
    before, after = edit
    copy, _ = redacted(with_entries(workbook(), {entry: (before, after.format(NAME, NAME))}), "a.xlsx")
    assert NAME not in "".join(entries(copy).values())
    assert NAME_MASK in entries(copy)[entry]


@pytest.mark.parametrize(
    "hidden",
    [
        '<w:smartTagPr><w:attr w:name="ProductID" w:val="{}"/></w:smartTagPr>',
        '<w:ffData><w:textInput><w:default w:val="{}"/></w:textInput></w:ffData>',
        '<w:listItem w:displayText="{}" w:value="{}"/>',
        '<w:tblCaption w:val="{}"/><w:tblDescription w:val="户主{}"/>',
        '<w:sdt><w:sdtPr><w:tag w:val="{}"/><w:comboBox w:lastValue="{}"/></w:sdtPr></w:sdt>',
        '<w:fldSimple w:instr=" HYPERLINK &quot;mailto:x?cc={}&quot; \\o &quot;{}&quot; "/>',
        "<w:r><w:delInstrText> QUOTE {} </w:delInstrText></w:r>",
    ],
)
def test_what_word_remembers_beside_the_text_is_redacted(hidden: str) -> None:
    copy, _ = redacted(
        with_entries(word_file(), {"word/document.xml": ("</w:p>", hidden.format(NAME, NAME) + "</w:p>")}), "a.docx"
    )
    assert NAME not in "".join(entries(copy).values())


@pytest.mark.parametrize(
    ("entry", "edit"),
    [
        ("docProps/core.xml", ("</cp:coreProperties>", "<cp:contentStatus>{}已审</cp:contentStatus></cp:coreProperties>")),
        ("docProps/core.xml", ("</cp:coreProperties>", "<cp:version>{}</cp:version></cp:coreProperties>")),
        ("docProps/app.xml", ("<Template>Normal.dotm</Template>", "<Template>{}.dotm</Template>")),
        (
            "word/settings.xml",
            ("</w:settings>", r'<w:mailMerge><w:connectString w:val="C:\{}\a.xlsx"/></w:mailMerge></w:settings>'),
        ),
        ("word/settings.xml", ("</w:settings>", "<w:mailMerge><w:query w:val=\"姓名='{}'\"/></w:mailMerge></w:settings>")),
    ],
)
def test_what_word_remembers_of_a_file_is_redacted(entry: str, edit: tuple[str, str]) -> None:
    before, after = edit
    copy, _ = redacted(with_entries(word_file(), {entry: (before, after.format(NAME))}), "a.docx")
    assert NAME not in "".join(entries(copy).values())
    assert NAME_MASK in entries(copy)[entry]


def test_a_number_in_the_identifier_of_a_file_is_redacted() -> None:
    document = docx.Document()
    document.add_paragraph("甲")
    document.core_properties.identifier = "11010519491231002X"
    copy, _ = redacted(saved(document), "a.docx")
    assert ">11*************02X</dc:identifier>" in entries(copy)["docProps/core.xml"]


def date_picker(date: str, shown: str) -> str:
    picker = f'<w:sdtPr><w:date w:fullDate="{date}T00:00:00Z"/></w:sdtPr>'
    content = f"<w:sdtContent><w:r><w:t>{shown}</w:t></w:r></w:sdtContent>"
    return f"<w:p><w:r><w:t>出生日期：</w:t></w:r><w:sdt>{picker}{content}</w:sdt></w:p>"


@pytest.mark.parametrize("shown", ["1985年3月2日", "1985-03-02", "一九八五年三月二日"])
def test_the_date_behind_a_redacted_one_is_gone_and_that_behind_another_stays(shown: str) -> None:
    pickers = date_picker("1985-03-02", shown) + date_picker("2024-05-01", "见附件")
    copy, _ = redacted(with_entries(word_file(), {"word/document.xml": ("</w:p>", f"</w:p>{pickers}")}), "a.docx")
    written = entries(copy)["word/document.xml"]
    assert shown not in written
    assert "1985-03-02" not in written
    assert written.count("<w:date/>") == 1
    assert '<w:date w:fullDate="2024-05-01T00:00:00Z"/>' in written


def test_a_date_found_elsewhere_is_gone_behind_what_a_picker_shows() -> None:
    born = "<w:p><w:r><w:t>出生日期：1985.3.2</w:t></w:r></w:p>" + date_picker("1985-03-02", "见上")
    copy, _ = redacted(with_entries(word_file(), {"word/document.xml": ("</w:p>", f"</w:p>{born}")}), "a.docx")
    assert "<w:date/>" in entries(copy)["word/document.xml"]


def field(instruction: str) -> str:
    runs = "".join(f'<w:r><w:instrText xml:space="preserve">{text}</w:instrText></w:r>' for text in instruction.split("|"))
    return f'<w:r><w:fldChar w:fldCharType="begin"/></w:r>{runs}<w:r><w:fldChar w:fldCharType="end"/></w:r>'


def test_a_bookmark_and_all_that_refer_to_it_change_alike() -> None:
    marks = "".join(
        f'<w:bookmarkStart w:id="{at}" w:name="{name}"/>' for at, name in enumerate((NAME, "name1", "附件", f"{NAME}_2"))
    )
    form = f'<w:fldChar w:fldCharType="begin"><w:ffData><w:name w:val="{NAME}"/></w:ffData></w:fldChar>'
    links = f'<w:hyperlink w:anchor="{NAME}"/><w:hyperlink w:anchor="附件"/><w:fldSimple w:instr="PAGEREF {NAME}"/>'
    references = [f" REF {NAME} \\h ", f" REF {NAME[:1]}|{NAME[1:]} \\h ", f' HYPERLINK \\l "{NAME}" ', " REF 附件 \\h "]
    body = f"{marks}{links}<w:r>{form}</w:r></w:p>" + "".join(f"<w:p>{field(text)}</w:p>" for text in references)
    ref = f'<Relationship Id="rId90" Type="x/hyperlink" Target="#{quote(NAME)}"/></Relationships>'
    data = with_entries(
        word_file(),
        {"word/document.xml": ("</w:p>", body), "word/_rels/document.xml.rels": ("</Relationships>", ref)},
    )
    for strategy in ("mask", "label", "pseudonym", "remove"):
        copy, _ = redact_bytes(data, "a.docx", tagger=Shy(), replace=Replacer(strategy, labels=()), keep=lambda span: True)
        written = entries(copy)["word/document.xml"]
        assert NAME not in written
        new, *others = re.findall(r'<w:bookmarkStart w:id="\d" w:name="(.*?)"', written)
        assert {new, others[2]} == {"name2", "name3"}
        assert others[:2] == ["name1", "附件"]
        assert re.findall(r'w:anchor="(.*?)"', written) == [new, "附件"]
        assert f'<w:name w:val="{new}"/>' in written
        assert re.findall(r'w:instr="(.*?)"', written) == [f"PAGEREF {new}"]
        fields = ["".join(re.findall(r"<w:instrText.*?>(.*?)<", text)) for text in written.split("<w:p>")]
        assert list(filter(None, fields)) == [
            f" REF {new} \\h ",
            f" REF {new} \\h ",
            f' HYPERLINK \\l "{new}" ',
            " REF 附件 \\h ",
        ]
        assert f'Target="#{new}"' in entries(copy)["word/_rels/document.xml.rels"]


def test_a_style_called_after_a_person_changes_and_no_other_does() -> None:
    document = docx.Document()
    style = document.styles.add_style(f"{NAME}样式", 1)
    document.add_paragraph(f"户主{NAME}", style)
    before = entries(saved(document))["word/styles.xml"]
    copy, _ = redacted(saved(document), "a.docx")
    assert NAME not in "".join(entries(copy).values())
    assert docx.Document(io.BytesIO(copy)).paragraphs[0].style.name == "name1"
    assert entries(copy)["word/styles.xml"] == before.replace(f"{NAME}样式", "name1")


def test_a_name_that_a_link_writes_in_percent_is_redacted() -> None:
    ref = '<Relationship Id="rId90" Type="x/hyperlink" Target="http://x.cn/a%20b?n={}&amp;m=%E7%94%B2" TargetMode="External"/>'
    end = "</Relationships>"
    data = with_entries(word_file(), {"word/_rels/document.xml.rels": (end, ref.format(quote(NAME)) + end)})
    copy, _ = redacted(data, "a.docx")
    target = re.search(r'Target="http://x.cn/a%20b\?n=(.*?)&amp;m=%E7%94%B2"', entries(copy)["word/_rels/document.xml.rels"])
    assert target
    assert unquote(target[1]) == NAME_MASK


def test_word_art_is_redacted_in_both_of_its_forms() -> None:
    v = 'xmlns:v="urn:schemas-microsoft-com:vml"'
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    art = f'<w:pict><v:textpath string="户主{NAME}甲{NAME}"/></w:pict>'
    forms = f"<mc:AlternateContent {mc} {v}><mc:Choice>{art}</mc:Choice><mc:Fallback>{art}</mc:Fallback></mc:AlternateContent>"
    data = with_entries(word_file(), {"word/document.xml": ("</w:p>", f"<w:r>{forms}</w:r></w:p>")})
    copy, _ = redacted(data, "a.docx")
    written = entries(copy)["word/document.xml"]
    assert NAME not in written
    assert written.count(f'string="户主{NAME_MASK}甲{NAME_MASK}"') == 2


def test_what_a_drop_down_field_shows_is_redacted_as_it_stands_in_its_line() -> None:
    choices = "".join(f'<w:listEntry w:val="{choice}"/>' for choice in ("无", NAME))
    field = f'<w:fldChar><w:ffData><w:ddList><w:result w:val="1"/>{choices}</w:ddList></w:ffData></w:fldChar>'
    document = docx.Document()
    document.add_paragraph("户主")
    copy, _ = redacted(with_entries(saved(document), {"word/document.xml": ("</w:p>", f"<w:r>{field}</w:r></w:p>")}), "a.docx")
    assert f'<w:listEntry w:val="无"/><w:listEntry w:val="{NAME_MASK}"/>' in entries(copy)["word/document.xml"]


def test_a_name_in_a_diagram_is_redacted_in_its_drawing_too_and_what_is_embedded_is_told() -> None:
    a = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    text = f"<a:p><a:r><a:t>户主{NAME}</a:t></a:r></a:p>"
    for data, name, folder in ((word_file(), "a.docx", "word"), (workbook(), "a.xlsx", "xl")):
        parts = {
            f"{folder}/diagrams/data1.xml": ("", f"<dataModel {a}><pt><t>{text}</t></pt></dataModel>"),
            f"{folder}/diagrams/drawing1.xml": ("", f"<drawing {a}><sp><txBody>{text}</txBody></sp></drawing>"),
            f"{folder}/embeddings/oleObject1.bin": ("", "?"),
        }
        copy, done = redacted(with_entries(data, parts), name)
        assert NAME not in "".join(entries(copy).values())
        assert f"not looked at: {folder}/embeddings/oleObject1.bin (an embedded file)" in done.warnings


def test_a_cell_beyond_what_is_read_of_a_table_is_redacted() -> None:
    row = '<w:trPr><w:gridBefore w:val="1000"/></w:trPr>' + "".join(
        f"<w:tc><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>" for text in ("第一", NAME)
    )
    table = f"</w:p><w:tbl><w:tr>{row}</w:tr></w:tbl>"
    copy, _ = redacted(with_entries(word_file(), {"word/document.xml": ("</w:p>", table)}), "a.docx")
    assert NAME not in entries(copy)["word/document.xml"]


def test_the_author_of_a_threaded_comment_stays_a_sign() -> None:
    comments = f"<comments><authors><author>tc={{1234}}</author><author>{NAME}</author></authors></comments>"
    copy, _ = redacted(with_entries(workbook(), {"xl/comments/comment1.xml": ("", comments)}), "a.xlsx")
    assert entries(copy)["xl/comments/comment1.xml"].endswith(comments.replace(NAME, NAME_MASK))


def test_a_damaged_part_is_refused_though_no_reader_needs_it() -> None:
    with pytest.raises(InputError, match="no well-formed XML"):
        redacted(with_entries(word_file(), {"word/comments.xml": ("", f"<w:comment>{NAME}")}), "a.docx")


@pytest.mark.parametrize(
    ("data", "name", "what"),
    [
        (workbook(title=NAME), "a.xlsx", "the name of a sheet"),
        (f"户主{NAME}".encode(), f"村/{NAME}.txt", "its file name"),
        (json.dumps({NAME: f"户主{NAME}"}).encode(), "a.json", "a key of an object"),
        (f"姓名,{NAME}联系电话,性别\n甲{NAME},1,2\n".encode(), "a.csv", "a header of a table"),
    ],
)
def test_what_was_found_elsewhere_is_told_where_it_stays(data: bytes, name: str, what: str) -> None:
    _, done = redacted(data, name)
    assert f"not changed: {what} (1 finding)" in done.warnings


def test_a_picture_inside_a_page_stays_and_is_told() -> None:
    picture = f"data:image/png;base64,{PHONE}AAAA"
    page = f'<p>手机{PHONE}<img src="{picture}"></p><a href="tel:139-0000-1234">x</a>'
    copy, done = redacted(page.encode(), "a.html")
    assert copy.decode() == f'<p>手机{MASK}<img src="{picture}"></p><a href="tel:139******1234">x</a>'
    assert done.warnings == ("not looked at: pictures and other data inside the page (1)",)


def test_a_telephone_number_that_a_program_wrote_as_a_fraction_is_redacted() -> None:
    assert redacted(f'{{"联系电话": {PHONE}.0}}'.encode(), "a.json")[0].decode() == f'{{"联系电话": "{MASK}"}}'


@pytest.mark.parametrize(
    ("limit", "value", "name", "data"),
    [
        ("copy._MAX_BYTES", 9, "a.txt", b"0123456789"),
        ("html._MAX_CHARS", 9, "a.html", b"<p>0123456789</p>"),
        ("package._MAX_BYTES", 999, "a.xlsx", workbook()),
        ("package._MAX_XML_BYTES", 999, "a.docx", word_file()),
    ],
)
def test_a_file_that_would_take_too_much_memory_is_refused(monkeypatch, tmp_path, limit, value, name, data) -> None:
    monkeypatch.setattr(f"minshi.redact.{limit}", value)
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=r"over|too large"):
        redact_file(tmp_path / name, tmp_path / "out", tagger=toy.alphabet_tagger())
    assert not (tmp_path / "out").exists()


def test_two_cells_in_far_corners_are_refused_before_a_reader_holds_all_between_them() -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = book.active["XFD1048576"] = "x"
    with pytest.raises(InputError, match="sheet Sheet reaches over"):
        redacted(saved(book), "a.xlsx")


@pytest.mark.parametrize("place", ["XFD1", "XFD1048576"])
def test_a_blank_far_off_stays_and_the_list_is_redacted(place: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook()))
    book.active["A1500"] = f"户主{NAME}"
    book.active[place] = " "
    copy, _ = redacted(saved(book), "a.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(copy)).active
    assert NAME not in sheet["A2"].value + sheet["A1500"].value
    assert sheet[place].value == " "


def test_of_formulas_that_nobody_computed_no_stored_result_is_said_to_be_looked_at() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook()))
    book.active["C2"], book.active["C3"] = f'="户主"&"{NAME}"', "=1+1"
    data = saved(book)
    copy, done = redacted(data, "a.xlsx")
    assert NAME not in entries(copy)["xl/worksheets/sheet1.xml"]
    (warning,) = done.warnings
    assert "formulas without a stored result (2)" in warning
    assert "stored results were" not in warning
    _, done = redacted(with_entries(data, {"xl/worksheets/sheet1.xml": ("<f>1+1</f><v></v>", "<f>1+1</f><v>2</v>")}), "a.xlsx")
    assert [warning.partition(":")[0] for warning in done.warnings] == ["not looked at"] * 2
    assert any("formulas (1): their stored results were looked at" in warning for warning in done.warnings)
    assert any("formulas without a stored result (1)" in warning for warning in done.warnings)


def test_a_package_of_very_many_parts_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(10_001):
            archive.writestr(f"word/{number}" if number else "word/document.xml", "")
    with pytest.raises(InputError, match="parts"):
        redacted(stream.getvalue(), "a.docx")


@pytest.mark.parametrize("header", ["序号,姓名,联系电话（经办人{}）", "联系人,电话,{},单位,填表日期\n序号,姓名,残疾等级,备注"])
def test_a_number_in_or_above_a_header_is_redacted(header: str) -> None:
    rows = "\n1,甲,2,无\n"
    copy, done = redacted(f"{header.format(PHONE)}{rows}".encode(), "a.csv")
    assert copy.decode() == f"{header.format(MASK)}{rows}"
    assert not done.warnings
