"""A column agrees with itself: whole cells of names and addresses are marked where header or neighbours say so."""

from __future__ import annotations

import pytest

from minshi.columns import COLUMNS, HEADERS, agree
from minshi.readers.tables import Cell, table_documents
from minshi.types import Document, Span


def table(*rows: str) -> Document:
    cells = [[Cell(text, f"r{r}c{c}") for c, text in enumerate(row.split("|"))] for r, row in enumerate(rows)]
    (doc,) = table_documents(cells, "t")
    return doc


def texts(doc: Document, spans: tuple[Span, ...]) -> list[tuple[str, str]]:
    return [(doc.text[span.start : span.end], span.label) for span in spans]


def test_a_cell_that_the_model_missed_is_marked_under_a_telling_header():
    doc = table("姓名|家庭住址", "石桥|溪口村3组", "合计|2户")
    assert texts(doc, agree(doc, [])) == [("石桥", "NAME"), ("溪口村3组", "ADDRESS")]


def test_what_the_model_said_of_a_part_gives_way_to_the_whole_cell():
    doc = table("姓名|年龄", "欧阳小蕙|30")
    at = doc.text.index("欧阳")
    assert texts(doc, agree(doc, [Span(at, at + 2, "NAME")])) == [("欧阳小蕙", "NAME")]


@pytest.mark.parametrize("padding", ["", "  ", "\u3000"])
def test_most_cells_carry_the_rest_of_a_column_without_a_telling_header(padding):
    names = ["张三", "李四", "王五", "赵六", "钱七", "石桥"]
    doc = table("名单内人员|年龄|备注", *(f"{padding}{name}{padding}|30|无" for name in names))
    spans = [Span(doc.text.index(name), doc.text.index(name) + 2, "NAME") for name in names[:5]]
    assert ("石桥", "NAME") in texts(doc, agree(doc, spans))


def test_offices_under_a_neutral_header_and_masked_names_stay_unmarked():
    doc = table("姓名|单位|住址", "张*|溪口村委会|溪口村委会", "陈某某|溪口村委会|溪口村委会")
    assert agree(doc, []) == ()


def test_findings_of_rules_are_kept():
    doc = table("姓名|年龄", "张三李四|3")
    at = doc.text.index("张三")
    found = (Span(at, at + 2, "PHONE", 1.0, "rule:x"),)
    assert agree(doc, found) == found


def test_documents_without_columns_are_left_alone():
    found = (Span(0, 1, "NAME"),)
    assert agree(Document("a", "张三"), found) == found
    assert agree(Document("a", "张三", meta={HEADERS: (), COLUMNS: ()}), found) == found


def test_addresses_of_firms_are_nobodys():
    doc = table("序号|企业名称|地址", "1|石桥机械厂|河西路12号", "2|溪口茶厂|江峰街")
    assert agree(doc, []) == ()


@pytest.mark.parametrize(
    "names", ["Full Name", "full_name", "Name", "NAME", "Patient's name", "xm", "XM", "hzxm", "xingming", "Householder"]
)
@pytest.mark.parametrize(
    "addresses", ["Home Address", "home_address", "Address", "Residence", "dz", "jtzz", "ZZ", "jiating_zhuzhi"]
)
def test_headers_that_systems_export_say_as_much_as_chinese_ones(names, addresses):
    doc = table(f"{names}|{addresses}|Gender", "石桥|溪口村3组|男", "合计|2户|")
    assert texts(doc, agree(doc, [])) == [("石桥", "NAME"), ("溪口村3组", "ADDRESS")]


@pytest.mark.parametrize(
    "header",
    [
        "Company name",
        "company_name",
        "File name",
        "User name",
        "Nickname",
        "Product Name",
        "Name of school",
        "xmmc",
        "mc",
        "Names",
    ],
)
def test_names_of_other_things_are_no_names_of_people(header):
    doc = table(f"{header}|Gender|Age", "石桥|男|30", "江峰|女|41")
    assert agree(doc, []) == ()


@pytest.mark.parametrize(
    "header",
    ["E-mail address", "email_address", "IP address", "Office address", "Address of the office", "Registered address", "dzyx"],
)
def test_addresses_of_another_kind_are_no_homes(header):
    doc = table(f"Full name|{header}|Gender|Age", "张三|溪口村3组|男|30")
    assert texts(doc, agree(doc, [])) == [("张三", "NAME")]


def test_a_name_of_anything_is_a_persons_beside_what_only_people_have():
    for rows in (("Name|Remarks", "石桥|无", "江峰|无"), ("xm|bz", "石桥|无", "江峰|无")):
        assert agree(doc := table(*rows), []) == ()
        assert doc.meta[HEADERS] == tuple(rows[0].split("|"))
    doc = table("Name|DOB", "石桥|1985")
    assert texts(doc, agree(doc, [])) == [("石桥", "NAME")]


def test_addresses_of_firms_in_english_are_nobodys_and_those_of_their_people_are():
    doc = table("Company|Address|Tel", "石桥机械厂|河西路12号|无")
    assert doc.meta[HEADERS]
    assert agree(doc, []) == ()
    doc = table("Full name|Company|Home address|Gender", "张三|石桥机械厂|河西路12号|男")
    assert texts(doc, agree(doc, [])) == [("张三", "NAME"), ("河西路12号", "ADDRESS")]


def test_words_that_head_columns_are_no_names_of_people():
    doc = table("姓名|性别|数量", "出生日期|男|1", "微信号|女|2", "丁一一|男|3")
    assert texts(doc, agree(doc, [])) == [("丁一一", "NAME")]
