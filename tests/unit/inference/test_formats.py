"""Real files of every format: what stands in them is read, and each value is at its place."""

from __future__ import annotations

import codecs
import datetime
import errno
import gzip
import io
import json
import re
import struct
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress

import docx
import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from minshi.errors import ConfigError, InputError, StorageError
from minshi.readers import FORMATS, read_stream
from minshi.readers.archive import Limits, Unpacked, entries
from minshi.readers.ods_cells import with_types
from minshi.readers.options import ALL, Options, check_fields
from minshi.readers.sniff import office_suffix, sniff
from minshi.types import Document

ROWS = [["姓名", "家庭住址", "备注"], ["张三", "溪口村3组", "丧偶"], ["李四", "溪口村4组", ""]]


def documents(data: bytes, name: str) -> list[Document]:
    found = list(read_stream(io.BytesIO(data), name))
    assert all(isinstance(item, Document) for item in found)
    return found


def places(docs: list[Document]) -> dict[str, str]:
    return {anchor.place: doc.text[anchor.start : anchor.end] for doc in docs for anchor in doc.anchors}


def word_file() -> bytes:
    book = docx.Document()
    book.add_paragraph("王小蕙患尿毒症。")
    table = book.add_table(len(ROWS), 3)
    for row, cells in enumerate(ROWS):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    book.add_paragraph("特此公示")
    book.sections[0].header.paragraphs[0].text = "经办 赵六"
    return saved(book.save)


def workbook(rows: list[list[object]], title: str = "名单") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    return saved(book.save)


def saved(save: Callable[[io.BytesIO], object]) -> bytes:
    stream = io.BytesIO()
    save(stream)
    return stream.getvalue()


def test_a_word_document_gives_paragraphs_tables_and_headers_at_their_places():
    docs = documents(word_file(), "a.docx")
    found = places(docs)
    assert found["p=1"] == "王小蕙患尿毒症。"
    assert found["p=2"] == "特此公示"
    assert found["table=1;row=2;col=2"] == "溪口村3组"
    assert "经办 赵六" in found.values()
    assert any("姓名：张三；家庭住址：溪口村3组；备注：丧偶" in doc.text for doc in docs)


def test_a_tracked_deletion_is_not_read_and_an_insertion_is():
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    runs = "<w:ins><w:r><w:t>张三</w:t></w:r></w:ins><w:del><w:r><w:delText>李四</w:delText></w:r></w:del>"
    data = edited(word_file(), "word/document.xml", f"<w:document {w}><w:body><w:p>{runs}</w:p></w:body></w:document>")
    assert places(documents(data, "a.docx"))["p=1"] == "张三"


def test_text_in_an_equation_is_read_with_its_paragraph():
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    m = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    runs = f"<w:r><w:t>电话</w:t></w:r><m:oMath {m}><m:r><m:t>13900001234</m:t></m:r></m:oMath>"
    data = edited(word_file(), "word/document.xml", f"<w:document {w}><w:body><w:p>{runs}</w:p></w:body></w:document>")
    assert places(documents(data, "a.docx"))["p=1"] == "电话13900001234"


def test_a_text_box_is_read_once_in_its_old_form_and_in_both():
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml"'
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    box = "<w:txbxContent><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:txbxContent>"
    old = "<w:r><w:pict><v:shape><v:textbox>" + box + "</v:textbox></v:shape></w:pict></w:r>"
    both = f"<mc:AlternateContent {mc}><mc:Choice>{box}</mc:Choice><mc:Fallback>{old}</mc:Fallback></mc:AlternateContent>"
    body = f"<w:p>{old.format('张三')}{both.format('李四', '李四')}</w:p>"
    data = edited(word_file(), "word/document.xml", f"<w:document {w}><w:body>{body}</w:body></w:document>")
    assert [text for place, text in places(documents(data, "a.docx")).items() if place.startswith("p=")] == ["张三", "李四"]


def test_an_old_form_is_read_where_the_new_one_shows_no_text_and_so_is_word_art():
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml"'
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    art = '<w:r><w:pict><v:shape><v:textpath string="{}"/></v:shape></w:pict></w:r>'
    box = "<w:r><w:pict><w:txbxContent><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>"
    either = "<w:r><mc:AlternateContent><mc:Choice>{}</mc:Choice><mc:Fallback>{}</mc:Fallback></mc:AlternateContent></w:r>"
    forms = (either.format("<w:drawing/>", box.format("张三")), either.format(art.format("李四"), art.format("李四")))
    cell = f"<w:tbl><w:tr><w:tc><w:p><w:r><w:t>甲</w:t></w:r>{art.format('王五')}</w:p></w:tc></w:tr></w:tbl>"
    body = f"<w:p>{forms[0]}</w:p><w:p>{forms[1]}<w:r><w:t>乙</w:t></w:r></w:p>{cell}"
    data = edited(word_file(), "word/document.xml", f"<w:document {w} {mc}><w:body>{body}</w:body></w:document>")
    read = {place: text for place, text in places(documents(data, "a.docx")).items() if "header" not in place}
    assert list(read.values()) == ["张三", "乙", "李四", "王五", "甲"]


def with_embedded(content: str | bytes, entry: str) -> bytes:
    data = word_file()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        relations = archive.read("word/_rels/document.xml.rels").decode()
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/aFChunk"
    relation = f'<Relationship Id="c" Type="{kind}" Target="/word/{entry}"/></Relationships>'
    data = edited(data, "word/_rels/document.xml.rels", relations.replace("</Relationships>", relation))
    return with_entry(data, f"word/{entry}", content)


@pytest.mark.parametrize(
    ("content", "entry"), [("<html><p>户主&#24352;三", "a.dat"), ("<p>户主张三</p>", "a.htm"), (word_file(), "a.docx")]
)
def test_a_document_inside_a_letter_is_read(content: str | bytes, entry: str):
    found = places(documents(with_embedded(content, entry), "a.docx"))
    assert found["p=1"] == "王小蕙患尿毒症。"
    assert found["embedded=1;p=1"] == ("王小蕙患尿毒症。" if isinstance(content, bytes) else "户主张三")


@pytest.mark.parametrize("content", ["MIME-Version: 1.0\nContent-Type: multipart/related\n\n", "{\\rtf1 x}", "PK\3\4"])
def test_a_document_inside_a_letter_that_is_not_read_is_said(content: str):
    found = list(read_stream(io.BytesIO(with_embedded(content, "a.mht")), "a.docx"))
    errors = [str(item) for item in found if isinstance(item, InputError)]
    assert errors == ["a.docx: a document inside it (altChunk) is not read; open it in Word and save it anew"]
    assert places([item for item in found if isinstance(item, Document)])["p=1"] == "王小蕙患尿毒症。"


def test_what_is_inside_a_document_inside_a_letter_is_said():
    found = list(read_stream(io.BytesIO(with_embedded(with_embedded("<html>张三", "a.htm"), "a.docx")), "b.docx"))
    assert [str(item) for item in found if isinstance(item, InputError)] == [
        "b.docx!word/a.docx: a document inside it (altChunk) is not read; open it in Word and save it anew"
    ]


DIAGRAM = (
    '<dgm:dataModel xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><dgm:ptLst><dgm:pt modelId="1" type="doc"/>'
    "<dgm:pt><dgm:t><a:p><a:r><a:t>户主张</a:t></a:r><a:r><a:t>三</a:t></a:r></a:p><a:p><a:r><a:t>丧偶</a:t></a:r></a:p></dgm:t>"
    "</dgm:pt><dgm:pt><dgm:t><a:p><a:r><a:t>王小蕙</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:ptLst></dgm:dataModel>"
)


@pytest.mark.parametrize(
    ("name", "inside", "told"),
    [
        (
            "a.docx",
            ["word/embeddings/Sheet1.xlsx", "word/embeddings/oleObject1.bin", "word/embeddings/_rels/x.rels", "word/media/1.png"],
            ["embedded files (2) are not read; save each as a file of its own"],
        ),
        (
            "a.docx",
            ["word/charts/chart1.xml", "word/charts/style1.xml", "word/charts/_rels/chart1.xml.rels"],
            ["charts (1) are not read; look at what they show"],
        ),
        (
            "a.xlsx",
            ["xl/embeddings/Doc1.docx", "xl/charts/colors1.xml"],
            ["embedded files (1) are not read; save each as a file of its own"],
        ),
        (
            "a.xlsx",
            [
                *(f"xl/pivotCache/pivotCache{part}1.xml" for part in ("Definition", "Records")),
                "xl/pivotCache/_rels/pivotCacheDefinition1.xml.rels",
                "xl/pivotTables/pivotTable1.xml",
            ],
            ["the data that pivot tables keep (1) are not read; delete these tables, or look at where their data come from"],
        ),
    ],
)
def test_what_is_inside_an_office_file_and_not_read_is_said_once_a_kind(name: str, inside: list[str], told: list[str]):
    data = whole = word_file() if name == "a.docx" else workbook(ROWS)
    for entry in inside:
        data = with_entry(data, entry, "<x/>")
    found = list(read_stream(io.BytesIO(data), name))
    assert [str(item) for item in found if isinstance(item, InputError)] == [f"{name}: {reason}" for reason in told]
    assert [item for item in found if isinstance(item, Document)] == documents(whole, name)


def test_the_text_of_a_diagram_is_read():
    found = places(documents(with_entry(word_file(), "word/diagrams/data1.xml", DIAGRAM), "a.docx"))
    assert found["diagram=1;p=1"] == "户主张三\n丧偶"
    assert found["diagram=1;p=2"] == "王小蕙"
    data = with_entry(with_boxes("李四", cells=True), "xl/diagrams/data1.xml", DIAGRAM)
    relation = '<Relationships><Relationship Id="x" Type="x" Target="../diagrams/data1.xml"/></Relationships>'
    found = places(documents(with_entry(data, "xl/drawings/_rels/drawing1.xml.rels", relation), "a.xlsx"))
    assert found["sheet=名单;diagram=1"] == "户主张三\n丧偶"
    assert found["sheet=名单;diagram=2"] == "王小蕙"


@pytest.mark.parametrize(
    ("marks", "chosen"),
    [
        ('<w:result w:val="2"/><w:default w:val="1"/>', "离异"),
        ('<w:default w:val="1"/>', "丧偶"),
        ("", "已婚"),
        ('<w:result w:val="9"/>', "已婚"),
    ],
)
def test_what_is_chosen_in_a_drop_down_field_is_read_in_its_line(marks: str, chosen: str):
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    choices = "".join(f'<w:listEntry w:val="{choice}"/>' for choice in ("已婚", "丧偶", "离异"))
    field = f'<w:fldChar w:fldCharType="begin"><w:ffData><w:ddList>{marks}{choices}</w:ddList></w:ffData></w:fldChar>'
    field += "<w:instrText>FORMDROPDOWN</w:instrText>" + '<w:fldChar w:fldCharType="end"/>'
    body = f"<w:p><w:r><w:t>婚姻状况：</w:t></w:r><w:r>{field}</w:r><w:r><w:t>。</w:t></w:r></w:p>"
    data = edited(word_file(), "word/document.xml", f"<w:document {w}><w:body>{body}</w:body></w:document>")
    assert places(documents(data, "a.docx"))["p=1"] == f"婚姻状况：{chosen}。"


def test_a_document_that_a_letter_shows_twice_is_read_once():
    data = with_embedded("<html><p>户主张三", "a.htm")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        relations = archive.read("word/_rels/document.xml.rels").decode()
    doubled = re.sub('(<Relationship Id=")c(".*?/>)', r"\1c\2\1d\2", relations)
    found = places(documents(edited(data, "word/_rels/document.xml.rels", doubled), "a.docx"))
    assert [place for place in found if place.startswith("embedded")] == ["embedded=1;p=1"]


def test_a_letter_with_damaged_relations_is_read_all_the_same():
    data = with_embedded("<html><p>户主张三", "a.htm")
    found = list(read_stream(io.BytesIO(edited(data, "word/_rels/document.xml.rels", "<")), "a.docx"))
    errors = [str(item) for item in found if isinstance(item, InputError)]
    assert errors == ["a.docx: word/_rels/document.xml.rels is no well-formed XML"]
    whole = places(documents(word_file(), "a.docx"))
    assert places([item for item in found if isinstance(item, Document)]) == whole
    assert any(place.startswith("header=1;") for place in whole)


def edited(data: bytes, entry: str, content: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            new.writestr(name, content if name == entry else old.read(name))
    return stream.getvalue()


def test_an_xml_bomb_is_refused():
    bomb = '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><d>&b;</d>'
    with pytest.raises(InputError, match="DTD"):
        documents(edited(word_file(), "word/document.xml", bomb), "a.docx")


def test_a_workbook_gives_every_cell_at_its_name_with_numbers_and_dates_as_written():
    rows = [["溪口村名单"], [], ["姓名", "出生日期", "联系电话"], ["张三", datetime.date(1985, 3, 2), 13900001234]]
    docs = documents(workbook(rows), "a.xlsx")
    found = places(docs)
    assert found["sheet=名单;cell=A1"] == "溪口村名单"
    assert found["sheet=名单;cell=B4"] == "1985-03-02"
    assert found["sheet=名单;cell=C4"] == "13900001234"
    assert docs[0].text.endswith("姓名：张三；出生日期：1985-03-02；联系电话：13900001234")


def with_boxes(*texts: str, cells: bool = True) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        if cells:
            book.add_worksheet("空").write(0, 0, "只此一格")
        sheet = book.add_worksheet("名单")
        for number, text in enumerate(texts):
            sheet.insert_textbox(5 * number, 1, text)
    return stream.getvalue()


def test_text_boxes_of_a_workbook_are_read_behind_its_cells_under_the_name_of_their_sheet():
    found = places(documents(with_boxes("户主张三\n住溪口村3组", "电话13900001234"), "a.xlsx"))
    assert found == {
        "sheet=空;cell=A1": "只此一格",
        "sheet=名单;box=1": "户主张三\n住溪口村3组",
        "sheet=名单;box=2": "电话13900001234",
    }


def test_a_workbook_of_text_boxes_alone_is_not_empty():
    assert places(documents(with_boxes("户主张三", cells=False), "a.xlsx")) == {"sheet=名单;box=1": "户主张三"}


def test_a_text_box_is_read_where_nothing_tells_its_sheet():
    data = edited(with_boxes("户主张三"), "xl/worksheets/_rels/sheet2.xml.rels", "<Relationships/>")
    assert places(documents(data, "a.xlsx"))["drawing=1;box=1"] == "户主张三"


def test_text_boxes_that_are_damaged_are_said_and_the_cells_are_read():
    doc, error = read_stream(io.BytesIO(edited(with_boxes("户主张三"), "xl/drawings/drawing1.xml", "<wsDr>")), "a.xlsx")
    assert doc.text == "只此一格"
    assert str(error) == "a.xlsx: xl/drawings/drawing1.xml is no well-formed XML"


def with_relations(data: bytes, *targets: str) -> bytes:
    """Return a workbook whose first sheet has relations to parts of xl/drawings."""
    entry = "xl/worksheets/_rels/sheet1.xml.rels"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        relations = archive.read(entry).decode()
    more = "".join(f'<Relationship Id="x{n}" Type="x" Target="../drawings/{target}"/>' for n, target in enumerate(targets))
    return edited(data, entry, relations.replace("</Relationships>", f"{more}</Relationships>"))


def test_text_boxes_of_two_drawings_of_a_sheet_have_places_of_their_own():
    data = with_boxes("户主张三", cells=False)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        drawing = archive.read("xl/drawings/drawing1.xml")
    found = documents(with_relations(with_entry(data, "xl/drawings/drawing2.xml", drawing), "drawing2.xml"), "a.xlsx")
    boxes = [anchor.place for doc in found for anchor in doc.anchors if ";box=" in anchor.place]
    assert boxes == ["sheet=名单;box=1", "sheet=名单;box=2"]


def test_a_sheet_that_shows_a_drawing_a_thousand_times_is_read_at_once():
    relation = '<Relationship Id="c{0}" Type="chart" Target="../charts/chart{0}.xml"/>'
    relations = f"<Relationships>{''.join(map(relation.format, range(1000)))}</Relationships>"
    data = with_entry(with_boxes("户主张三", cells=False), "xl/drawings/_rels/drawing1.xml.rels", relations)
    data = with_relations(data, *["drawing1.xml"] * 1000)
    start = time.monotonic()
    assert "sheet=名单;box=1" in places(documents(data, "a.xlsx"))
    assert time.monotonic() - start < 5


def with_comments() -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet("名单")
        sheet.write(0, 0, "姓名")
        sheet.write_comment("C5", "患尿毒症")
        sheet.set_header('&L&"宋体,常规"&12经办赵六&R第&P页')
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=名单!$A$1:$A$2"})
        chart.set_title({"name": "张三家收入"})
        sheet.insert_chart("E5", chart)
    return stream.getvalue()


def test_comments_headers_and_titles_of_charts_are_read_behind_the_cells():
    found = places(documents(with_comments(), "a.xlsx"))
    assert found["sheet=名单;note=C5"] == "患尿毒症"
    assert found["sheet=名单;chart=1"] == "张三家收入"
    assert found["sheet=名单;header=1"].split() == ["经办赵六", "第", "页"]


def test_a_threaded_comment_is_read_with_its_replies_and_its_old_form_is_not():
    thread = "".join(f'<threadedComment ref="C5"><text>{text}</text></threadedComment>' for text in ("患尿毒症", "已核实"))
    data = with_comments()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        relations = archive.read("xl/worksheets/_rels/sheet1.xml.rels").decode()
        comments = archive.read("xl/comments1.xml").decode()
    relation = '<Relationship Id="x" Type="threadedComment" Target="../threadedComments/t1.xml"/></Relationships>'
    data = edited(data, "xl/worksheets/_rels/sheet1.xml.rels", relations.replace("</Relationships>", relation))
    data = edited(data, "xl/comments1.xml", re.sub("<author>[^<]*|<author/>", "<author>tc={1}", comments, count=1))
    data = with_entry(data, "xl/threadedComments/t1.xml", f"<ThreadedComments>{thread}</ThreadedComments>")
    found = places(documents(data, "a.xlsx"))
    notes = {place: text for place, text in found.items() if ";note=" in place}
    assert notes == {"sheet=名单;note=C5": "患尿毒症", "sheet=名单;note=C5;reply=1": "已核实"}


def test_comments_of_a_binary_workbook_are_said_not_to_be_read():
    doc, error = read_stream(io.BytesIO(with_entry(workbook([["张三"]]), "xl/comments1.bin", "?")), "a.xlsx")
    assert doc.text == "张三"
    assert "comments in this kind of workbook are not read" in str(error)


def open_document(sheet: str) -> bytes:
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
        for short, long in {"office": "office", "table": "table", "text": "text", "draw": "drawing"}.items()
    )
    table = f'<table:table table:name="名单">{sheet}</table:table>'
    body = f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"
    data = b"PK\5\6" + bytes(18)
    for entry, content in {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": f"<office:document-content {spaces}>{body}</office:document-content>",
        "META-INF/manifest.xml": '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
    }.items():
        data = with_entry(data, entry, content)
    return data


def test_notes_and_text_boxes_of_an_open_document_are_read():
    inner = "<draw:frame><draw:text-box><text:p>独居</text:p></draw:text-box></draw:frame>"
    box = f"<draw:text-box><text:p>户主<text:tab/>张三</text:p><text:p>丧偶<text:line-break/>{inner}</text:p></draw:text-box>"
    shapes = f"<table:shapes><draw:frame>{box}</draw:frame></table:shapes>"
    cell = "<office:annotation><text:p>患<text:span>尿毒症</text:span></text:p></office:annotation><text:p>姓名</text:p>"
    row = f'<table:table-row><table:table-cell office:value-type="string">{cell}</table:table-cell></table:table-row>'
    found = places(documents(open_document(f"{shapes}{row}"), "a.ods"))
    assert found == {
        "sheet=名单;cell=A1": "姓名",
        "sheet=名单;note=1": "患尿毒症",
        "sheet=名单;box=1": "户主\t张三\n丧偶\n\n独居",
    }


def cell(inner: str, attributes: str = "") -> str:
    return f"<table:table-cell{attributes and ' '}{attributes}>{inner}</table:table-cell>"


STRING = 'office:value-type="string"'


@pytest.mark.parametrize("block", [4 << 20, 7])
def test_cells_of_an_open_document_that_say_no_type_are_read_as_text(block, monkeypatch):
    monkeypatch.setattr("minshi.readers.ods_cells._BLOCK", block)
    note, shape = (f"<{tag}><text:p>旁注</text:p></{tag}>" for tag in ("office:annotation", "draw:custom-shape"))
    rows = [
        [cell("<text:p>姓名</text:p>", STRING), cell("<text:p>电话</text:p>", STRING), cell("<text:p>备注</text:p>", STRING)],
        [cell("<text:p>张三</text:p>", STRING), cell("<text:p>13687654321</text:p>"), cell(shape)],
        [cell(f"{note}<text:p>李<text:span>四</text:span></text:p>"), "<table:table-cell/>", cell("<text:p/>")],
        [cell("<text:p>无</text:p>", 'table:formula="a>b" table:number-columns-repeated="2"'), cell(note)],
        [cell("<text:p>3</text:p>", 'office:value="3" office:value-type="float"'), cell("<text:p>0</text:p>", 'a=">" ' + STRING)],
    ]
    data = open_document("".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in rows))
    assert {place: text for place, text in places(documents(data, "a.ods")).items() if ";cell=" in place} == {
        "sheet=名单;cell=A2": "张三",
        "sheet=名单;cell=B2": "13687654321",
        "sheet=名单;cell=A3": "李四",
        "sheet=名单;cell=A4": "无",
        "sheet=名单;cell=B4": "无",
        "sheet=名单;cell=A5": "3",
        "sheet=名单;cell=B5": "0",
    }


def test_an_open_document_with_no_types_at_all_is_read():
    data = open_document(f"<table:table-row>{cell('<text:p>户主张三</text:p>')}</table:table-row>")
    assert places(documents(data, "a.ods")) == {"sheet=名单;cell=A1": "户主张三"}


def test_an_open_document_whose_cells_have_types_is_read_as_it_is():
    file = io.BytesIO(open_document(f"<table:table-row>{cell('<text:p>张三</text:p>', STRING)}</table:table-row>"))
    assert with_types(file) is file


def test_an_open_document_that_hides_a_dtd_behind_a_long_comment_has_no_entity_put_in():
    row = f"<table:table-row>{cell('<text:p>&a;</text:p>')}</table:table-row>"
    hostile = f"<!--{'x' * 20_000}--><!DOCTYPE x [<!ENTITY a 'boom'>]>"
    with zipfile.ZipFile(io.BytesIO(open_document(row))) as archive:
        parts = {entry: archive.read(entry) for entry in archive.namelist()}
    file = io.BytesIO(packed({**parts, "content.xml": hostile.encode() + parts["content.xml"]}))
    assert with_types(file) is file


def with_entry(data: bytes, entry: str, content: str | bytes) -> bytes:
    stream = io.BytesIO(data)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(entry, content)
    return stream.getvalue()


def test_a_long_sheet_comes_in_parts_that_all_have_the_header():
    docs = documents(workbook([["姓名", "家庭住址"], *([f"张{n}", f"溪口村{n}组"] for n in range(3000))]), "a.xlsx")
    assert len(docs) > 5
    assert all(doc.text.startswith("姓名：张") for doc in docs)
    assert places(docs)["sheet=名单;cell=B3001"] == "溪口村2999组"


def written_by_xlsxwriter(rows: list[list[object]], left: int = 0) -> bytes:
    """A workbook with shared strings and merged cells, as Excel writes it; the last row begins a column further left."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("名单")
        for number, row in enumerate(rows):
            for column, value in enumerate(row, start=left - (number == len(rows) - 1 and left > 0)):
                sheet.write(number, column, value)
        sheet.merge_range(0, left, 0, left + 2, "公示名单")
        book.add_worksheet("空").write(0, 0, "只此一格")
    return stream.getvalue()


@pytest.mark.parametrize("write", [workbook, written_by_xlsxwriter, lambda rows: written_by_xlsxwriter(rows, left=2)])
@pytest.mark.parametrize("part_bytes", [1, 2_000, 1 << 20])
def test_a_long_sheet_is_read_in_parts_and_gives_the_same(
    write: Callable[..., bytes], part_bytes: int, monkeypatch: pytest.MonkeyPatch
):
    stay = datetime.datetime(2024, 5, 6, 7, 30)
    odd = [13900001234, 1.5, True, datetime.date(1985, 3, 2), stay, datetime.time(7, 5), "a<b>&c", "两\n行"]
    people = [[f"张{number}", f"溪口村{number}组", odd[number % len(odd)]] for number in range(60)]
    head, last = [["公示名单"], [], ["姓名", "家庭住址", "备注"]], ["李四", "溪口村", "丧偶"]
    rows = [*head, *people, ["第二村民小组"], [], *people[:9], last]
    book = write(rows)
    whole = documents(book, "a.xlsx")
    monkeypatch.setattr("minshi.readers.long_sheets.LONG_BYTES", 0)
    monkeypatch.setattr("minshi.readers.long_sheets.PART_BYTES", part_bytes)
    monkeypatch.setattr("minshi.readers.long_sheets._BLOCK", 1_500)
    in_parts = documents(book, "a.xlsx")
    assert places(in_parts) == places(whole)
    assert "13900001234" in places(whole).values()
    assert in_parts[0].text.splitlines()[:-1] == whole[0].text.splitlines()[:-1]


@pytest.mark.parametrize("part_bytes", [3_000, 1 << 20])
def test_a_long_sheet_that_is_cut_off_is_reported_behind_what_was_read(part_bytes: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("minshi.readers.long_sheets.LONG_BYTES", 0)
    monkeypatch.setattr("minshi.readers.long_sheets.PART_BYTES", part_bytes)
    monkeypatch.setattr("minshi.readers.long_sheets._BLOCK", 1_500)
    whole = zipfile.ZipFile(io.BytesIO(workbook([["姓名", "家庭住址"], *([f"张{n}", f"溪口村{n}组"] for n in range(300))])))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as broken:
        for entry in whole.namelist():
            data = whole.read(entry)
            broken.writestr(entry, data[: len(data) // 2] if entry.startswith("xl/worksheets/") else data)
    *docs, last = read_stream(stream, "a.xlsx")
    assert isinstance(last, InputError)
    read = max(int(re.search(r"cell=[AB](\d+)", place)[1]) for place in places(docs))
    assert read > 100, "what can be read is"
    assert str(last) == f"a.xlsx: sheet 名单 is damaged and cannot be read from row {read + 1} on"


def test_a_page_gives_what_is_seen_and_its_tables():
    page = """<html><head><title>t</title></head><body><p>王小蕙<b>患</b>病</p><script>var a</script>
    <div style="display:none">看不见</div><table><tr><th>姓名</th><th colspan="2">家庭住址</th><th>备注</th></tr>
    <tr><td rowspan="2">张三</td><td>溪口村</td><td>3组</td><td>丧偶</td></tr>
    <tr><td>石桥村</td><td>4组</td><td>无</td></tr></table>"""
    docs = documents(page.encode("gb18030").replace(b"<title>", b"<meta charset=gb2312><title>"), "a.html")
    assert docs[0].text == "t\n王小蕙患病"
    assert places(docs[1:])["table=1;row=2;col=4"] == "丧偶"
    assert places(docs[1:])["table=1;row=3;col=2"] == "石桥村"


def test_cells_that_claim_more_columns_than_any_table_has_do_not_get_them():
    row = "<tr>" + "<td colspan=1000 rowspan=1000>甲</td>" * 300 + "</tr>"
    docs = documents(f"<table>{row}<tr><td>乙</td><td>丙</td></tr></table>".encode(), "a.html")
    assert sum(doc.text.count("甲") for doc in docs) == 300
    assert all(int(place.rpartition("col=")[2]) < 1_400 for place in places(docs))


def test_an_xls_that_is_a_page_is_read_as_one():
    rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in ROWS)
    assert places(documents(f"<html><table>{rows}</table>".encode(), "名单.xls"))["table=1;row=2;col=1"] == "张三"


def test_a_page_nested_twenty_thousand_deep_is_read():
    (doc,) = documents(b"<div>" * 20_000 + "张三".encode(), "a.html")
    assert doc.text == "张三"


def test_json_gives_every_string_at_its_pointer():
    value = [{"姓名": "张三", "x": {"备~注": ["丧偶"]}, "tel": 13900001234, "n": 5, "q": 13900001234.0, "f": 123456.5}]
    docs = documents(json.dumps(value).encode(), "a.json")
    assert places(docs) == {"/0/姓名": "张三", "/0/x/备~0注/0": "丧偶", "/0/tel": "13900001234", "/0/q": "13900001234"}
    assert docs[0].text == "姓名：张三\n备~注：丧偶\ntel：13900001234\nq：13900001234"


def read_fields(data: bytes, name: str, *fields: str) -> list[dict[str, str]]:
    """Return what stands at which place, a document each."""
    docs = read_stream(io.BytesIO(data), name, options=Options(fields=fields))
    return [places([doc]) for doc in docs if isinstance(doc, Document)]


RECORDS = [
    {"id": "甲1", "text": "公告", "applicant": "张三患尿毒症"},
    {"id": 2, "detail": {"note": "丧偶", "applicant": ["李四", {"x": "王五"}]}, "a/b~": "赵六"},
]
JSON_LINES = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in RECORDS).encode()


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.jsonl.gz"])
def test_all_strings_of_a_record_are_read_at_their_pointers_where_they_are_asked_for(name: str):
    data = json.dumps(RECORDS).encode() if name == "a.json" else JSON_LINES
    first, second = read_fields(gzip.compress(data) if name.endswith("gz") else data, name, *ALL)
    head, other = ("/0", "/1") if name == "a.json" else ("line=1;", "line=2;")
    assert first == {f"{head}/id": "甲1", f"{head}/text": "公告", f"{head}/applicant": "张三患尿毒症"}
    assert set(second) == {
        f"{other}{place}" for place in ("/detail/note", "/detail/applicant/0", "/detail/applicant/1/x", "/a~1b~0")
    }


def test_json_lines_are_their_text_alone_unless_fields_are_asked_for():
    assert next(doc.text for doc in documents(JSON_LINES, "a.jsonl")) == "公告"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (["applicant"], [{"/applicant": "张三患尿毒症"}, {"/detail/applicant/0": "李四", "/detail/applicant/1/x": "王五"}]),
        (["/applicant"], [{"/applicant": "张三患尿毒症"}]),
        (["/detail/note", "/a~1b~0"], [{"/detail/note": "丧偶", "/a~1b~0": "赵六"}]),
        (["/detail/applicant/1", "text"], [{"/text": "公告"}, {"/detail/applicant/1/x": "王五"}]),
    ],
)
def test_fields_are_names_anywhere_or_pointers_into_a_record(fields: list[str], expected: list[dict[str, str]]):
    for name, data in (("a.jsonl", JSON_LINES), ("a.json", json.dumps(RECORDS).encode())):
        in_file = read_fields(data, name, *fields)
        assert [{place[place.index("/", 1) :]: text for place, text in found.items()} for found in in_file] == expected


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_a_file_without_any_of_the_fields_is_said(name: str):
    with pytest.raises(InputError, match="no text in its fields nam, /x"):
        read_fields(json.dumps({"name": "张三"}).encode(), name, "nam", "/x")


@pytest.mark.parametrize("field", ["/a~", "/a~2/b", "a/b", "#/a"])
def test_what_is_no_pointer_is_refused(field: str):
    with pytest.raises(ConfigError, match="JSON pointer"):
        check_fields(["name", field])


def test_the_bounds_of_archives_can_be_set():
    data = packed({"a.txt": b"x", "b.zip": packed({"c.txt": b"y"})})
    strict = Options(limits=Limits(max_entries=1)), Options(limits=Limits(max_depth=1))
    with pytest.raises(InputError, match="may hold 1 in all"):
        list(read_stream(io.BytesIO(data), "o.zip", options=strict[0]))
    _, error = read_stream(io.BytesIO(data), "o.zip", options=strict[1])
    assert "nested more than 1 deep" in str(error)


def test_a_csv_gives_fields_and_skips_repeated_headers():
    text = "溪口村名单,,\n姓名,家庭住址,备注\n张三,溪口村3组,\n姓名,家庭住址,备注\n李四,,丧偶\n"
    (doc,) = documents(text.encode("gb18030"), "a.csv")
    assert doc.text == "溪口村名单\n姓名：张三；家庭住址：溪口村3组\n姓名：李四；备注：丧偶"
    assert places([doc])["row=5;field=备注"] == "丧偶"


def test_a_form_reads_as_pairs():
    (doc,) = documents("姓名,张三,性别,男\n家庭住址,溪口村3组,婚姻状况,丧偶\n".encode(), "a.csv")
    assert doc.text == "姓名：张三；性别：男\n家庭住址：溪口村3组；婚姻状况：丧偶"


def test_a_form_with_fields_left_empty_is_no_table():
    (doc,) = documents("姓名,张三,性别,年龄,民族\n家庭住址,溪口村3组,婚姻状况,丧偶\n".encode(), "a.csv")
    assert doc.text == "姓名；张三；性别；年龄；民族\n家庭住址：溪口村3组；婚姻状况：丧偶"
    assert "张三" in places([doc]).values()


def test_a_header_of_two_rows_is_joined():
    (doc,) = documents("户主,家庭成员,,备注\n,姓名,与户主关系,\n张三,张小,长子,无\n".encode(), "a.csv")
    assert doc.text == "户主：张三；家庭成员姓名：张小；家庭成员与户主关系：长子；备注：无"


def test_a_header_of_two_rows_with_unknown_words_is_joined():
    rows = "序号,基本情况,,健康状况,\n,姓名,门牌,基础病,用药\n1,张三,三组21号,哮喘,无\n"
    (doc,) = documents(rows.encode(), "a.csv")
    assert doc.text.split("\n") == [
        "姓名；门牌；基础病；用药",
        "序号：1；基本情况姓名：张三；基本情况门牌：三组21号；健康状况基础病：哮喘；健康状况用药：无",
    ]


def test_a_header_row_of_mostly_unknown_words_is_one_and_is_read_as_text_too():
    (doc,) = documents("旧号,新门牌,户主\n西街11,向阳路88弄3,张三\n西街12,向阳路88弄5,李四\n".encode(), "a.csv")
    assert doc.text.startswith("旧号；新门牌；户主\n旧号：西街11；新门牌：向阳路88弄3；户主：张三\n")
    assert places([doc])["row=3;field=户主"] == "李四"


@pytest.mark.parametrize(
    "rows", ["张三,30,溪口村\n李四,31,石桥村\n王五,40,溪口村\n", "姓名,张三,工种,焊工\n年龄,30,学历,高中\n电话,1,职务,无\n"]
)
def test_a_table_without_header_row_keeps_its_first_row(rows: str):
    (doc,) = documents(rows.encode(), "a.csv")
    assert len(doc.text.splitlines()) == 3
    assert "张三" in places([doc]).values()


def test_a_header_below_many_blank_rows_is_found():
    (doc,) = documents(workbook([[]] * 30 + [["姓名", "住址"], ["张三", "溪口村"]]), "a.xlsx")
    assert doc.text == "姓名：张三；住址：溪口村"
    assert places([doc])["sheet=名单;cell=B32"] == "溪口村"


def test_tables_nested_ten_thousand_deep_are_read():
    docs = documents(b"<table><tr><td>x</td><td>" * 10_000 + "张三".encode(), "a.html")
    assert "张三" in "".join(doc.text for doc in docs)


def test_an_old_letter_with_a_sheet_pasted_into_it_is_a_letter():
    letter = io.BytesIO(compound_file("WordDocument", inner="Workbook"))
    assert sniff(letter, "a.doc") == "office"
    letter.seek(0)
    assert office_suffix(letter, "a.csv") == ".doc"
    assert sniff(io.BytesIO(compound_file("Workbook", inner="WordDocument")), "a.xls") == "sheets"
    with pytest.raises(InputError, match="encrypted"):
        sniff(io.BytesIO(compound_file("EncryptedPackage", inner="Workbook")), "a.xlsx")


def compound_file(stream: str, *, inner: str) -> bytes:
    """An OLE file of three sectors: allocation table, directory, content; `inner` is a stream of a storage beside `stream`."""
    none = 0xFFFFFFFF

    def entry(name: str, kind: int, right: int, child: int) -> bytes:
        raw = name.encode("utf-16-le")
        links = struct.pack("<HBBIII36xIQ", len(raw) + 2, kind, 1, none, right, child, 2, 512)
        return raw.ljust(64, b"\0") + links

    entries = (
        entry("Root Entry", 5, none, 1) + entry(stream, 2, 2, none) + entry("Pool", 1, none, 3) + entry(inner, 2, none, none)
    )
    head = codecs.decode("d0cf11e0a1b11ae1", "hex") + bytes(16) + struct.pack("<HHHHH", 62, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<109I", 0, *[none] * 108)
    table = struct.pack("<128I", 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFE, *[none] * 125)
    return head + table + entries + bytes(512)


def test_a_book_that_says_it_is_huge_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("minshi.readers.ooxml._MAX_BOOK_BYTES", 1000)
    with pytest.raises(InputError, match="zip bomb"):
        documents(workbook([["张三"]]), "a.xlsx")


def packed(entries: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return stream.getvalue()


def test_archives_in_an_archive_share_one_bound():
    inner = packed({f"{n}.txt": b"x" for n in range(6)})
    limits = Limits(max_entries=10)
    (_, first), (_, second) = entries(io.BytesIO(packed({"a.zip": inner, "b.zip": inner})), "o.zip", limits)
    with first, second:
        for item in entries(first, "a", limits):
            assert isinstance(item, tuple)
            item[1].close()
        with pytest.raises(InputError, match="10 in all"):
            list(entries(second, "b", limits))


@pytest.mark.parametrize("name", ["a.zip", "o.zip", "a.txt.gz"])
def test_a_full_disk_is_no_fault_of_the_archive(monkeypatch: pytest.MonkeyPatch, name: str):
    def full(self: Unpacked, piece: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    data = gzip.compress(b"x") if name.endswith("gz") else packed({"a.txt": b"x"})
    data = packed({"a.zip": data, "b.txt": b"x"}) if name == "o.zip" else data
    monkeypatch.setattr(Unpacked, "write", full)
    with pytest.raises(StorageError, match=r"no room to unpack it in .*No space left"):
        list(read_stream(io.BytesIO(data), name))


@pytest.mark.parametrize(("number", "error"), [(errno.ENOSPC, StorageError), (errno.EIO, InputError)])
def test_a_full_disk_is_told_from_a_file_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch, number: int, error: type):
    def broken(file: object, name: str) -> None:
        raise OSError(number, "reason")

    monkeypatch.setattr("minshi.readers.text.read_text", broken)
    with pytest.raises(error, match="reason"):
        list(read_stream(io.BytesIO(b"x"), "a.txt"))


def test_a_quote_that_never_closes_is_said():
    *_, error = read_stream(io.BytesIO(b'a,b\n"' + b"x,y\n" * 400_000), "a.csv")
    assert isinstance(error, InputError)
    assert "quote" in str(error)


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_a_quote_that_never_closes_is_said_of_a_short_table_too_and_all_is_read(end: str):
    rows = 'a,b\n"张三,1\n李四,2'
    doc, error = read_stream(io.BytesIO((rows + end).encode()), "a.csv")
    assert isinstance(doc, Document)
    assert "李四" in doc.text
    assert str(error) == "a.csv: row 2: a quote never closes; all behind it is read as one field"
    assert documents((rows + '"' + end).encode(), "a.csv")


@pytest.mark.parametrize("format", [name for name in FORMATS if name not in ("text", "jsonl", "office")])
@given(data=st.binary(min_size=1, max_size=300))
def test_garbage_is_an_input_error_in_every_format(format, data):
    with suppress(InputError):
        assert all(isinstance(item, Document | InputError) for item in read_stream(io.BytesIO(data), "a", format=format))
