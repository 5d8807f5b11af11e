"""What heads a value of JSON, keys that come twice, Chinese that is written as codes, and markup inside values."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from minshi.batch.reasons import in_chinese
from minshi.errors import InputError
from minshi.readers import read_stream
from minshi.readers.options import EVERYTHING, Options
from minshi.types import Document


def items(data: str | bytes, name: str, options: Options = EVERYTHING) -> list[Document | InputError]:
    return list(read_stream(io.BytesIO(data.encode() if isinstance(data, str) else data), name, options=options))


def lines(value: Any) -> list[str]:
    """Return the lines that a JSON file reads as."""
    docs = items(json.dumps(value), "a.json")
    return [line for doc in docs if isinstance(doc, Document) for line in doc.text.split("\n")]


def values(found: list[Document | InputError]) -> list[tuple[str, str]]:
    """Return each place and what stands there."""
    docs = [item for item in found if isinstance(item, Document)]
    return [(anchor.place, doc.text[anchor.start : anchor.end]) for doc in docs for anchor in doc.anchors]


@pytest.mark.parametrize(("name", "place"), [("a.json", "/text"), ("a.jsonl", "line=1;/text")])
def test_both_values_of_a_key_that_comes_twice_are_read(name: str, place: str):
    data = '{"text": "张三13900001234", "x": 1, "text": "无"}\n'
    assert values(items(data, name)) == [(place, "张三13900001234"), (place, "无")]
    assert [text for _, text in values(items(data, name, Options()))] == ["张三13900001234", "无"]


def test_an_id_that_comes_twice_names_no_record():
    (doc,) = items('{"id": "甲", "id": "乙", "text": "公告"}\n', "a.jsonl")
    assert isinstance(doc, Document)
    assert doc.id == "a.jsonl:1"
    assert [text for _, text in values([doc])] == ["甲", "乙", "公告"]


def test_values_of_a_key_that_comes_twice_may_be_objects_and_lists():
    data = '{"a": {"电话": "13900001234"}, "a": ["张三", {"b": "李四", "b": "王五"}]}'
    assert [text for _, text in values(items(data, "a.json"))] == ["13900001234", "张三", "李四", "王五"]


@pytest.mark.parametrize("index", ["0", "-1", "12.0", ""])
def test_below_a_key_that_is_a_number_the_key_above_is_the_header(index: str):
    assert lines({"出生日期": {index: "1985-03-02"}}) == ["出生日期：1985-03-02"]
    assert lines({"人": [{index: ["张三"]}]}) == ["人：张三"]
    assert values(items(json.dumps({"出生日期": {index: "1985-03-02"}}), "a.json"))[0][0] == f"/出生日期/{index}"


def test_a_list_of_rows_has_the_headers_of_its_first_row():
    rows = [["姓名", "出生日期", "电话"], ["张三", "1985-03-02", 13900001234], ["李四", None, 13900001235, "丧偶"]]
    expected = ["姓名：张三", "出生日期：1985-03-02", "电话：13900001234", "姓名：李四", "电话：13900001235", "丧偶"]
    assert lines(rows) == ["姓名", "出生日期", "电话", *expected]
    assert values(items(json.dumps(rows), "a.json"))[3:5] == [("/1/0", "张三"), ("/1/1", "1985-03-02")]
    assert lines({"名单": rows})[3:] == expected


def test_a_list_of_rows_without_header_is_read_as_before():
    assert lines({"x": [["张三", "丧偶"], ["李四", "离异"]]}) == ["x：张三", "x：丧偶", "x：李四", "x：离异"]
    assert [getattr(doc, "id", "") for doc in items(json.dumps([["张三"], ["李四"]]), "a.json")] == ["a.json#/0", "a.json#/1"]


@pytest.mark.parametrize(("columns", "data"), [("columns", "data"), ("headers", "rows"), ("Fields", "values")])
def test_rows_beside_a_list_of_columns_have_them_as_headers(columns: str, data: str):
    value = {columns: ["姓名", "与户主的关系"], "index": [0], data: [["张三", "长子"], ["李四", "妻"]]}
    assert lines(value)[2:] == ["姓名：张三", "与户主的关系：长子", "姓名：李四", "与户主的关系：妻"]
    assert (f"/{data}/1/0", "李四") in values(items(json.dumps(value), "a.json"))


def test_rows_of_another_width_are_not_under_the_columns_beside_them():
    assert lines({"columns": ["姓名", "性别"], "data": [["张三"]]})[2:] == ["data：张三"]


@pytest.mark.parametrize(
    ("label", "value"),
    [("label", "value"), ("name", "content"), ("key", "val"), ("title", "text"), ("fieldName", "fieldValue"), ("项目", "内容")],
)
def test_a_value_has_the_label_beside_it_as_header(label: str, value: str):
    assert lines([{label: "出生日期：", value: "1985-03-02"}])[1:] == ["出生日期：1985-03-02"]
    assert lines([{value: ["1985-03-02"], label: "出生日期"}])[0] == "出生日期：1985-03-02"


def test_a_name_beside_a_text_is_no_label_of_it():
    assert lines([{"name": "张三", "content": "患尿毒症"}]) == ["name：张三", "content：患尿毒症"]


CODES = r'{"name": "\u5f20\u4e09"}'


@pytest.mark.parametrize(
    ("data", "name", "where"),
    [
        (json.dumps({"c": CODES}), "a.json", "a.json"),
        (json.dumps({"a": {"b": [json.dumps(CODES)]}}), "a.json", "a.json"),
        ('{"a": "b"}\n' + json.dumps({"c": CODES}), "a.jsonl", "a.jsonl:2"),
        ('{"text": "b"}\n' + json.dumps({"text": CODES}), "a.jsonl", "a.jsonl:2"),
        ('编号,内容\n1,"' + CODES.replace('"', '""') + '"\n', "a.csv", "a.csv"),
        (f"var data = {CODES};", "data.js", "data.js"),
        (f"09:12:03 INFO {CODES}\n09:12:04 INFO", "a.log", "a.log"),
    ],
    ids=["json", "json in json in json", "jsonl", "text of jsonl", "csv", "script", "log"],
)
def test_chinese_that_a_text_writes_as_codes_is_told(data: str, name: str, where: str):
    *docs, error = items(data, name, Options())
    assert docs
    assert isinstance(error, InputError)
    assert str(error).startswith(f"{where}: letters that it writes as codes")
    reason = str(error).removeprefix(f"{where}: ")
    assert in_chinese(reason) != reason


@pytest.mark.parametrize("text", [r"汉字的范围是 [\u4e00-\u9fff]", r"“张”的编码是 \u5f20", r"C:\users\uniform", "张三"])
def test_a_text_that_speaks_of_a_code_says_nothing(text: str):
    assert len(items(text, "a.txt")) == 1


@pytest.mark.parametrize("text", [r"[\u4e00-\u9fff]+", r"C:\users", r"\u0041", "张三"])
def test_codes_of_no_chinese_letters_are_left_alone(text: str):
    assert not any(isinstance(item, InputError) for item in items(json.dumps({"c": text}), "a.json"))


def test_codes_in_fields_that_are_not_read_are_not_told():
    found = items(json.dumps({"c": CODES, "a": "b"}), "a.json", Options(fields=("a",)))
    assert [item.text for item in found if isinstance(item, Document)] == ["a：b"]
    assert len(found) == 1


ARTICLE = "<p>欧阳&nbsp;小蕙</p><p>电话139&nbsp;0000&nbsp;<b>1234</b></p>"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (json.dumps({"标题": "公示", "正文": ARTICLE, "注": ["甲", "乙<br/>丙"]}), "a.json"),
        (json.dumps({"正文": ARTICLE}).replace("<", r"\u003c") + "\n{}\n" + json.dumps({"text": "乙<br>"}), "a.jsonl"),
        (f"姓名,电话,备注\n&#27431;&#38451;,13900001234,\n张三,13900001235,{ARTICLE}\n", "a.csv"),
    ],
    ids=["json", "jsonl", "csv"],
)
def test_markup_inside_values_is_told_once_with_the_number_of_values(data: str, name: str):
    error = items(data, name, Options())[-1]
    assert isinstance(error, InputError)
    start = f"{name}: texts with markup or character references (<p>, &nbsp;), which are read as they stand: 2;"
    assert str(error).startswith(start)
    assert "有 2 处" in in_chinese(str(error).removeprefix(f"{name}: "))


@pytest.mark.parametrize(
    "text",
    [
        "<p>甲",
        "甲</DIV >",
        "甲<br/>乙",
        '<a href="x">甲</a',
        "&lt;p&gt;甲",
        "甲&middot;乙",
        "甲&#183;乙",
        "139&#160;0000",
        "&#x5F20;",
    ],
)
def test_a_value_holds_markup(text: str):
    assert len(items(json.dumps([text]), "a.json")) == 2


@pytest.mark.parametrize(
    "text",
    [
        "a < b & c > d",
        "if a <p and b> c",
        "<张三>",
        "<a@b.cn>",
        "http://a.cn/?a=1&copy=2&amp;b=3",
        "Tom &amp; &#39;Co&#39;",
        "&x;",
    ],
)
def test_a_sign_alone_is_no_markup(text: str):
    for data, name in ((json.dumps([text]), "a.json"), (json.dumps({"a": text}), "a.jsonl"), (f"甲\n{text}\n", "a.csv")):
        assert len(items(data, name)) == 1


def test_markup_in_fields_that_are_not_read_is_not_told():
    assert len(items(json.dumps({"c": ARTICLE, "a": "b"}), "a.json", Options(fields=("a",)))) == 1
