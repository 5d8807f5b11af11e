"""What of a web page is read: what a reader of it sees, and nothing that is hidden."""

from __future__ import annotations

import io

import pytest

from minshi.errors import InputError
from minshi.readers import read_stream
from minshi.types import Document

HEAD = "<tr><th>姓名<th>住址<th>备注</tr>"
ROW = "<tr><td>张三<td>溪口村3组<td>丧偶</tr>"


def documents(page: str) -> list[Document]:
    found = list(read_stream(io.BytesIO(page.encode()), "a.html"))
    assert all(isinstance(item, Document) for item in found)
    return [item for item in found if isinstance(item, Document)]


def text(page: str) -> str:
    return "\n".join(doc.text for doc in documents(page))


@pytest.mark.parametrize("hidden", ["hidden", 'style="color:red; display: none"', "style='visibility:hidden'"])
@pytest.mark.parametrize(
    "table",
    [
        "<table {}>" + HEAD + "<tr><td>李四<td>石桥村<td>无</tr></table>",
        "<table>" + HEAD + ROW + "<tr {}><td>李四<td>石桥村<td>无</tr></table>",
        "<table>" + HEAD + ROW + "<tbody {}><tr><td>李四<td>石桥村<td>无</tr></tbody></table>",
        "<div {}><div><table>" + HEAD + "<tr><td>李四<td>石桥村<td>无</tr></table></div></div>",
        "<table>" + HEAD + ROW + "<tr><td>甲<td>乙<td {}><table><tr><th>姓名<th>住址<tr><td>李四<td>石桥村</table></tr></table>",
        "<table><caption {}>李四</caption>" + HEAD + ROW + "</table>",
    ],
    ids=["table", "row", "body", "around", "cell", "caption"],
)
def test_what_is_hidden_of_a_table_is_not_read(table, hidden):
    read = text("<p>公示</p>" + table.format(hidden))
    assert "李四" not in read
    assert "石桥村" not in read
    assert ("张三" in read) == ("张三" in table)


def test_a_hidden_cell_keeps_the_others_in_their_columns():
    (doc,) = documents("<table>" + HEAD + "<tr><td>张三<td hidden>x<td>丧偶</tr></table>")
    assert doc.text == "姓名：张三；备注：丧偶"


def test_a_title_and_the_caption_of_a_table_are_paragraphs():
    page = f"<title> 张三的公示 </title><p>甲</p><table><caption>李四<b>补贴</b></caption>{HEAD}{ROW}</table><p>乙</p>"
    first, table = documents(page)
    assert first.text == "张三的公示\n甲\n李四补贴\n乙"
    assert [anchor.place for anchor in first.anchors] == ["p=1", "p=2", "p=3", "p=4"]
    assert table.text == "姓名：张三；住址：溪口村3组；备注：丧偶"


def test_a_caption_of_a_table_within_another_is_read_once():
    inner = f"<table><caption>李四补贴</caption>{HEAD}{ROW}</table>"
    assert text(f"<table>{HEAD}<tr><td>王五<td>石桥村<td>{inner}</tr></table>").count("李四补贴") == 1
    assert text(f"<table><caption>名单{inner}</caption>{HEAD}{ROW}</table>").count("李四补贴") == 1


@pytest.mark.parametrize("kind", ["", "type=text", 'type="TEL"', "type=unknown", "type=email"])
def test_the_value_of_a_field_is_read_behind_what_stands_before_it(kind):
    assert text(f'姓名：<input {kind} value="张三&amp;李四"><input value=13900001234>') == "姓名： 张三&李四 13900001234"


@pytest.mark.parametrize("kind", ["type=hidden", "type=Password", "type=submit", "hidden", "type=checkbox"])
def test_the_value_of_a_field_without_text_that_is_seen_is_not_read(kind):
    with pytest.raises(InputError, match="without text"):
        documents(f'<input {kind} value="张三">')


def test_a_field_of_several_lines_is_a_paragraph():
    assert text("备注<textarea>\n丧偶\n低保</textarea>无") == "备注\n丧偶 低保\n无"


def test_fields_in_the_cells_of_a_table_are_read_there():
    assert text(f"<table>{HEAD}<tr><td>张三<td><input value='溪口村3组'><td>无</tr></table>") == (
        "姓名：张三；住址：溪口村3组；备注：无"
    )


@pytest.mark.parametrize(
    ("select", "seen"),
    [
        ("<select><option>未婚<option selected>丧偶</select>", "丧偶"),
        ("<select><option>未婚</option><option>丧偶</option></select>", "未婚"),
        ("<select><option disabled>请选择<optgroup disabled><option>无</optgroup><option>未婚<option>丧偶</select>", "未婚"),
        ("<select><option selected>未婚<option selected disabled hidden>丧偶</select>", "丧偶"),
        ("<select multiple><option>甲<option selected>未婚<option selected>丧偶</select>", "未婚 丧偶"),
        ("<select><optgroup><option>未婚</optgroup><optgroup><option selected>丧<b>偶</b></optgroup></select>", "丧偶"),
    ],
    ids=["marked", "first", "first that may", "last", "several", "groups"],
)
def test_of_a_list_what_is_chosen_is_read_and_nothing_else(select, seen):
    assert text(f"婚姻状况：{select}无") == f"婚姻状况： {seen} 无"
    assert text(f"<table>{HEAD}<tr><td>张三<td>甲<td>{select}</tr></table>").endswith(f"备注：{seen}")


@pytest.mark.parametrize("kind", ["multiple", "size=4", "hidden"])
def test_of_a_list_in_which_nothing_is_chosen_nothing_is_read(kind):
    assert text(f"甲<select {kind}><option>未婚<option>丧偶</select>") == "甲"


def test_lists_within_lists_are_read_without_recursion():
    assert "张三" in text("<math>" + "<select><option>" * 20_000 + "</math><p>张三")


NOTICE = "公示：申请人张小明，家住石桥镇溪口村3组，患尿毒症，电话13900001234。"
TRADITIONAL = "公示：申請人張小明，家住石橋鎮溪口村3組，患尿毒症，電話13900001234，經審核符合資格。"


def as_declared(charset: str, text: str, encoding: str) -> str:
    page = f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={charset}"></head><p>{text}'
    (doc,) = read_stream(io.BytesIO(page.encode(encoding)), "a.html")
    return doc.text if isinstance(doc, Document) else ""


@pytest.mark.parametrize(
    "charset",
    [
        "iso-8859-1",
        "windows-1252",
        "big5",
        "shift_jis",
        "euc-kr",
        "koi8-r",
        "gb2312",
        "GBK",
        "utf-8",
        "utf-16",
        "cp037",
        "undefined",
        "hex",
        "rot13",
        "idna",
        "charmap",
        "unicode_escape",
        "x-unknown",
    ],
)
def test_a_page_in_gb18030_is_read_whatever_charset_it_names(charset):
    assert as_declared(charset, NOTICE, "gb18030") == NOTICE


@pytest.mark.parametrize("charset", ["iso-8859-1", "gb2312", "big5", "undefined"])
def test_a_page_in_big5_is_read_whatever_charset_it_names(charset):
    assert as_declared(charset, TRADITIONAL, "big5") == TRADITIONAL


@pytest.mark.parametrize("charset", ["gb2312", "iso-8859-1", "windows-1252"])
def test_a_name_alone_is_read_where_no_other_charset_is_likelier(charset):
    assert as_declared(charset, "赵鑫", "gb18030") == "赵鑫"


@pytest.mark.parametrize(
    ("charset", "content"),
    [
        ("iso-8859-1", "été à Noël"),
        ("windows-1251", "Анна Иванова, список получателей"),
        ("shift_jis", "障害者手帳をお持ちの方は、窓口で申請してください。"),
        ("euc-kr", "지원 대상자 명단은 다음과 같다."),
        ("big5", "趙鵬"),
    ],
)
def test_a_page_of_another_encoding_is_read_as_it_says(charset, content):
    assert as_declared(charset, content, charset) == content


def read_places(page: str) -> dict[str, str]:
    return {anchor.place: doc.text[anchor.start : anchor.end] for doc in documents(page) for anchor in doc.anchors}


def test_a_cell_that_spans_the_rest_of_its_group_spans_none_of_the_next():
    head = "<table><thead><tr><th>村<th>姓名<th>住址</thead><tbody>"
    rows = "<tr><td rowspan=0>溪口村<td>张三<td>3组<tr><td>李四<td>4组</tbody>"
    table = read_places(f"{head}{rows}<tbody><tr><td rowspan=9>石桥村<td>王五<td>5组<tbody><tr><td>河西村<td>赵六<td>6组</table>")
    assert (table["table=1;row=3;col=2"], table["table=1;row=3;col=3"]) == ("李四", "4组")
    assert (table["table=1;row=4;col=2"], table["table=1;row=5;col=1"]) == ("王五", "河西村")


@pytest.mark.parametrize("hidden", ["<tr hidden>", "<tbody hidden><tr>"])
def test_hidden_rows_count_in_the_numbers_of_those_below(hidden):
    table = read_places(f"<table>{HEAD}{hidden}<td>李四<td>石桥村<td>无<tbody>{ROW}</table>")
    assert table["table=1;row=3;col=1"] == "张三"


def test_the_text_of_a_drawing_is_read_and_its_titles_and_styles_are_not():
    drawing = "<svg><title>甲</title><style>乙</style><g><text>张<tspan>三</tspan></text><text hidden>丙</text>"
    inner = "<foreignObject><div>王五</div></foreignObject></g></svg>"
    assert text(f"<p>公示{drawing}<text>李四</text>{inner}") == "公示\n张三\n李四\n王五"
    assert text("<p>电话<svg><path d='M0 0'/></svg>13900001234") == "电话13900001234"


@pytest.mark.parametrize(
    ("markup", "seen"),
    [
        ("<span>110105194912310021</span><span>13900001234</span><b>2024</b>", "110105194912310021 13900001234 2024"),
        ("<span>11010519491231002<b>X</b></span><!----><a>13900001234</a>", "11010519491231002X 13900001234"),
        ("<span>１３９</span><span hidden>8</span><span>0000</span>", "１３９ 0000"),
        ("<span>139</span><span>0000</span><span>1234</span>", "139 0000 1234"),
        ("<span>1</span><span>13900001234</span>", "1 13900001234"),
        ("<svg><text><tspan>139</tspan><tspan>2024</tspan></text></svg>", "139 2024"),
    ],
    ids=["fields", "letter", "full width", "parts", "number of a row", "drawing"],
)
def test_numbers_of_elements_directly_beside_each_other_are_read_apart(markup, seen):
    assert text(f"<div>{markup}</div>") == seen
    assert text(f"<table>{HEAD}<tr><td>张三<td>甲<td>{markup}</tr></table>").endswith(f"备注：{seen}")


@pytest.mark.parametrize(
    "markup",
    [
        "139<b>0000</b>1234",
        "<b>139</b><!-- 甲 -->00001234",
        "1390000<i>1234</i>",
        "139<a name=b></a>0000<wbr>1234",
        "".join(f"<span>{digit}</span>" for digit in "13900001234"),
    ],
    ids=["within", "before", "behind", "empty", "boxes"],
)
def test_a_number_of_which_a_part_is_emphasised_or_each_digit_is_in_a_box_is_read_as_one(markup):
    assert text(f"<div>{markup}</div>") == "13900001234"


def test_chinese_of_elements_beside_each_other_is_read_together():
    assert text("<div><span>欧</span><b>阳</b><i>小蕙</i><span>13900001234</span></div>") == "欧阳小蕙13900001234"


@pytest.mark.parametrize(
    "ruby",
    [
        "<ruby>欧<rt>ou</rt>阳<rt>yang</rt></ruby>",
        "<ruby>欧<rp>(</rp><rt>ou</rt><rp>)</rp>阳<rp>(</rp><rt>yang</rt><rp>)</rp></ruby>",
        "<ruby><rb>欧<rb>阳<rtc><rt>ou<rt>yang</rtc></ruby>",
    ],
    ids=["plain", "parentheses", "group"],
)
def test_the_reading_above_characters_is_left_out(ruby):
    assert text(f"<p>申请人{ruby}小蕙") == "申请人欧阳小蕙"
