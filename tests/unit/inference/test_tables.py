"""Headers of tables as people make them: repeated, changing, of several rows, in small tables, in forms, in English."""

from __future__ import annotations

import io

import docx
import openpyxl
import pytest

from minshi.columns import HEADERS
from minshi.readers import read_stream
from minshi.readers.tables import Cell, table_documents
from minshi.types import Document


def documents(*rows: str) -> list[Document]:
    cells = [[Cell(text, f"r{r}c{c}") for c, text in enumerate(row.split(","))] for r, row in enumerate(rows)]
    return list(table_documents(cells, "t"))


def lines(*rows: str) -> list[str]:
    return [line for doc in documents(*rows) for line in doc.text.split("\n")]


def test_a_repeated_header_is_left_out_whatever_blank_cells_follow_it():
    assert lines("姓名,住址", "张三,溪口村", "姓名,住址,", "李四,石桥村") == [
        "姓名：张三；住址：溪口村",
        "姓名：李四；住址：石桥村",
    ]


def test_a_repeated_title_is_text_and_no_persons_row():
    (doc,) = documents("溪口村名单,", "姓名,住址", "张三,溪口村", "溪口村名单,", "姓名,住址", "李四,石桥村")
    assert doc.text.split("\n")[2:] == ["溪口村名单", "姓名：李四；住址：石桥村"]
    assert "r3c0" in [anchor.place for anchor in doc.anchors]  # it may name somebody


def test_a_second_table_further_down_has_its_own_title_and_header():
    first, second = documents("姓名,住址", "张三,溪口村", "患病人员,", "姓名,疾病,诊断日期", "李四,尿毒症,2020-01-02")
    assert first.text.split("\n") == ["姓名：张三；住址：溪口村", "患病人员"]
    assert second.text == "姓名：李四；疾病：尿毒症；诊断日期：2020-01-02"
    assert (first.meta[HEADERS], second.meta[HEADERS]) == (("姓名", "住址"), ("姓名", "疾病", "诊断日期"))


def test_a_header_further_down_is_text_too_where_a_word_of_it_is_unknown():
    found = lines("姓名,住址", "张三,溪口村", "户主,电话,性别,李四", "王五,见附件,男,无")
    assert found[1:] == ["户主；电话；性别；李四", "户主：王五；电话：见附件；性别：男；李四：无"]


def test_a_row_of_values_that_headers_end_with_is_data():
    assert lines("姓名,致贫原因,类别", "张三,疾病,低保", "李四,残疾,低保")[1] == "姓名：李四；致贫原因：残疾；类别：低保"


def test_a_header_of_three_rows_is_joined():
    rows = ("序号,家庭成员,,,备注", ",姓名,证件情况,,", ",,身份证号,性别,", "1,张三,见附件,男,丧偶")
    expected = "序号：1；家庭成员姓名：张三；家庭成员证件情况身份证号：见附件；家庭成员证件情况性别：男；备注：丧偶"
    assert lines(*rows) == [expected]


def workbook_with_group() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["户主", "家庭成员", None, None], [None, "姓名", "关系", "联系电话"], ["张三", "张小", "长子", "13900001234"]):
        sheet.append(row)
    sheet.merge_cells("B1:C1")
    return saved(book)


def letter_with_group() -> bytes:
    letter = docx.Document()
    table = letter.add_table(3, 4)
    for at, row in enumerate(
        (["户主", "家庭成员", "", ""], ["", "姓名", "关系", "联系电话"], ["张三", "张小", "长子", "13900001234"])
    ):
        for column, text in enumerate(row):
            table.cell(at, column).text = text
    table.cell(0, 1).merge(table.cell(0, 2))
    return saved(letter)


PAGE_WITH_GROUP = """<html><table><tr><th>户主</th><th colspan="2">家庭成员</th><th></th></tr>
<tr><th></th><th>姓名</th><th>关系</th><th>联系电话</th></tr>
<tr><td>张三</td><td>张小</td><td>长子</td><td>13900001234</td></tr></table></html>"""


def saved(book: openpyxl.Workbook | docx.document.Document) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "name"),
    [(workbook_with_group(), "a.xlsx"), (letter_with_group(), "a.docx"), (PAGE_WITH_GROUP.encode(), "a.html")],
)
def test_a_column_beside_a_merged_group_is_not_of_the_group(data: bytes, name: str):
    (doc,) = read_stream(io.BytesIO(data), name)
    assert isinstance(doc, Document)
    assert doc.text == "户主：张三；家庭成员姓名：张小；家庭成员关系：长子；联系电话：13900001234"


def test_a_merged_cell_of_a_page_covers_columns_beside_one_that_is_merged_over_rows():
    page = """<table><tr><td rowspan=2>户主</td><td colspan=2>家庭成员</td><td></td></tr>
    <tr><td>姓名</td><td>关系</td><td>备注</td></tr><tr><td>张三</td><td>张小</td><td>长子</td><td>丧偶</td></tr></table>"""
    (doc,) = read_stream(io.BytesIO(page.encode()), "a.html")
    assert isinstance(doc, Document)
    assert doc.text == "户主：张三；家庭成员姓名：张小；家庭成员关系：长子；备注：丧偶"


def test_names_of_villages_are_no_headers():
    assert lines("石桥街道,溪口社区,张三", "石桥街道,溪口村,李四") == ["石桥街道；溪口社区；张三", "石桥街道；溪口村；李四"]
    assert lines("村（社区）,户主", "溪口村,张三") == ["村（社区）：溪口村；户主：张三"]


def test_a_single_column_has_its_header():
    assert lines("婚姻状况", "丧偶", "离异") == ["婚姻状况：丧偶", "婚姻状况：离异"]
    assert lines("姓名", "张三", "性别", "男") == ["姓名", "张三", "性别", "男"]


def test_two_cells_above_rows_are_a_header_and_a_pair_in_a_form_is_not():
    assert lines("姓名,病名", "张三,尿毒症") == ["姓名：张三；病名：尿毒症"]
    assert lines("姓名,毛病", "张三,尿毒症", "李四,哮喘") == ["姓名；毛病", "姓名：张三；毛病：尿毒症", "姓名：李四；毛病：哮喘"]
    assert lines("姓名,张三", "性别,男", "住址,溪口村") == ["姓名：张三", "性别：男", "住址：溪口村"]


def test_a_row_of_a_form_keeps_its_pairs_before_an_odd_cell():
    assert lines("姓名,张三,性别,男,照片", "住址,溪口村,婚姻状况,丧偶,") == [
        "姓名：张三；性别：男；照片",
        "住址：溪口村；婚姻状况：丧偶",
    ]


def test_english_headers_are_known_and_keep_their_spaces():
    rows = ("Name,Home Address,Phone No.,Marital status", "Zhang San,12 Xikou,13900001234,widowed")
    assert lines(*rows) == ["Name：Zhang San；Home Address：12 Xikou；Phone No.：13900001234；Marital status：widowed"]
    assert lines("Name,Religion", "Li Si,Buddhism") == ["Name：Li Si；Religion：Buddhism"]


def test_headers_in_pinyin_are_known_and_words_that_begin_with_one_are_not():
    assert lines("xm,xb,jtzz,zjxy", "张三,男,溪口村,佛教") == ["xm：张三；xb：男；jtzz：溪口村；zjxy：佛教"]
    assert lines("XingMing,JiaTing_DiZhi", "张三,溪口村") == ["XingMing：张三；JiaTing_DiZhi：溪口村"]
    assert lines("XM,ZZ,CSNY", "张三,溪口村,198503") == ["XM：张三；ZZ：溪口村；CSNY：198503"]
    assert lines("xmlns,dzyx", "张三,溪口村") == ["xmlns；dzyx", "张三；溪口村"]


def test_a_row_with_a_telephone_number_above_the_header_is_text():
    found = lines("户主,张三,户籍地,,联系电话,13900001234", "姓名,关系,年龄,职业", "李四,妻,50,务农")
    assert found == ["户主：张三；联系电话：13900001234", "姓名：李四；关系：妻；年龄：50；职业：务农"]
    assert (
        lines("单位,石桥镇,负责人,电话,13900001234", "编号,姓名,残疾等级", "1,张三,二级")[0]
        == "单位；石桥镇；负责人；电话；13900001234"
    )


def test_a_form_that_is_filled_in_part_is_read_as_pairs():
    found = lines("姓名,张三,性别,,民族,", "住址,溪口村3组,职业,,单位,")
    assert found == ["姓名：张三", "住址：溪口村3组"]


def test_accounts_and_postcodes_are_fields_of_a_form():
    found = lines(
        "联系电话,88886666,QQ,12345678", "固定电话,88886667,邮编,312000", "QQ号,12345678,微信号,xiaohui_85", "传真,1,护照号,2"
    )
    assert found == [
        "联系电话：88886666；QQ：12345678",
        "固定电话：88886667；邮编：312000",
        "QQ号：12345678；微信号：xiaohui_85",
        "传真：1；护照号：2",
    ]


def test_the_first_person_of_a_table_without_header_is_not_lost():
    (doc,) = documents("张三,肢体残疾,低保,农业银行,13900001234", "李四,精神残疾,低保,工商银行,13900005678")
    assert doc.text.split("\n")[0] == "张三；肢体残疾；低保；农业银行；13900001234"
    assert lines("慢性疾病", "尿毒症", "哮喘")[0] == "慢性疾病"


@pytest.mark.parametrize(
    "rows",
    [
        ("王建国,初中学历,身体健康", "丁一,小学学历,身体健康", "赵强,大专学历,尿毒症"),
        ("丁一,夫妻关系,初中学历", "王建国,父子关系,小学", "赵强,父女关系,大专"),
        ("欧阳小蕙,初中学历,农业银行,无电话", "王建国,小学,农商行,13900001234"),
        (
            "欧阳小蕙,男,农业银行,石桥镇溪口村3组,离异,健康",
            "王建国,无电话,男,夫妻关系,已婚,健康",
            "丁一,无身份证,女,城镇住址,离异,哮喘",
        ),
        ("王建国,监护人,同户主", "丁一,户主,江家村民小组", "赵强,少数民族,三年级"),
        ("死亡时间,户主,女,,欧阳小蕙,精神残疾", "已死亡,长子,男,,王建国,视力残疾"),
        ("精神残疾,李名", "听力残疾,丁一"),
    ],
)
def test_no_row_of_a_table_without_header_is_taken_for_its_header(rows: tuple[str, ...]):
    assert lines(*rows) == [row.replace(",,", ",").replace(",", "；") for row in rows]


def test_a_header_found_by_its_words_is_text_too_where_a_word_is_unknown():
    found = documents("欧阳小蕙,联系电话,开户行", "王建国,1,农商行", "丁一,2,信用社")[0]
    assert found.text.split("\n")[:2] == ["欧阳小蕙；联系电话；开户行", "欧阳小蕙：王建国；联系电话：1；开户行：农商行"]
    assert [anchor.place for anchor in found.anchors][:3] == ["r0c0", "r0c1", "r0c2"]


@pytest.mark.parametrize(
    "header",
    [
        "姓名,学历,与户主关系",
        "户主,所在村民小组,最高学历",
        "村组,总户数,人口,男,女",
        "姓名,有无残疾,无线电话",
        "见证人姓名,同住情况,未就业原因",
    ],
)
def test_headers_that_are_like_values_stay_headers(header: str):
    doc = documents(header, "丁一,1,2,3,4", "王建国,5,6,7,8")[-1]
    assert doc.meta[HEADERS] == tuple(header.split(","))


def test_a_header_that_holds_more_than_the_name_of_a_column_is_text_too():
    found = documents("姓名,家庭住址,联系电话（经办人13900001234）", "张三,溪口村,1")[0]
    assert found.text.startswith("姓名；家庭住址；联系电话（经办人13900001234）\n姓名：张三")
    assert [anchor.place for anchor in found.anchors][:3] == ["r0c0", "r0c1", "r0c2"]
    assert lines("姓名,家庭住址（必填）,金额（元）", "张三,溪口村,1") == ["姓名：张三；家庭住址（必填）：溪口村；金额（元）：1"]


def test_a_number_in_a_header_is_in_no_place():
    (doc,) = read_stream(io.BytesIO("姓名,住址,电话（经办人13900001234）\n张三,溪口村,1\n".encode()), "a.csv")
    assert [anchor.place for anchor in doc.anchors][3:] == ["row=2;field=姓名", "row=2;field=住址", "row=2;col=3"]


def test_a_row_of_illnesses_further_down_is_no_header():
    found = lines("残疾类别,致残原因,病种", "肢体残疾,外伤,无", "智力残疾,先天性疾病,慢性疾病", "无,外伤,高血压")
    assert found[1] == "残疾类别：智力残疾；致残原因：先天性疾病；病种：慢性疾病"


def test_a_table_whose_headers_stand_in_its_first_column_is_read_under_them():
    rows = ("姓名,丁一,丁二", "出生日期,1985-03-02,1960-11-12", "血型,甲,乙", "与户主关系,户主,配偶", "微信号,xiaohui_85,")
    assert lines("人员信息,,", *rows) == [
        "人员信息",
        "姓名：丁一；姓名：丁二",
        "出生日期：1985-03-02；出生日期：1960-11-12",
        "血型；血型：甲；血型：乙",
        "与户主关系：户主；与户主关系：配偶",
        "微信号：xiaohui_85",
    ]


def test_a_form_and_a_usual_table_are_not_read_sideways():
    assert lines("姓名,丁一,照片", "性别,男,", "民族,汉族,学历,本科", "电话,1,邮箱,2")[-1] == "电话：1；邮箱：2"
    usual = lines("姓名,甲项,乙项", "丁一,10,20", "丁二,30,40")
    assert usual[-2:] == ["姓名：丁一；甲项：10；乙项：20", "姓名：丁二；甲项：30；乙项：40"]
