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
