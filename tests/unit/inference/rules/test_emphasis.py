from __future__ import annotations

import time

import pytest

from minshi.rules import find

FOUND = [
    ("**出生日期**：1985-03-02", ["1985-03-02"]),
    ("**出生日期：**1985-03-02", ["1985-03-02"]),
    ("**QQ**：12345678", ["12345678"]),
    ("- **固定电话**：88886666", ["88886666"]),
    ("__固定电话__：__88886666__", ["88886666"]),
    ("`微信`：`zhang_san85`", ["zhang_san85"]),
    ("联系人**13900001234**，邮箱**zhang_san@example.com**", ["13900001234", "zhang_san@example.com"]),
    ("**身份证号** 11010519491231002X", ["11010519491231002X"]),
]
KEPT = [
    "张**，电话138**1234，李**",
    "电话：6380**00**",
    "**QQ** 群有 12345678** 人",
    "**电话\n：88886666**",
    "卡号6222**0200**1234",
]


@pytest.mark.parametrize(("text", "values"), FOUND)
def test_a_label_in_emphasis_tells_what_its_value_is(text: str, values: list[str]) -> None:
    assert [text[span.start : span.end] for spans in find(text) for span in spans] == values


@pytest.mark.parametrize("text", KEPT)
def test_stars_that_mask_a_number_are_no_emphasis(text: str) -> None:
    assert find(text) == ([], [])


@pytest.mark.parametrize("unit", ["**甲", "**", "`", "__", "_ _", "** 甲**", "*"])
def test_a_megabyte_of_marks_is_scanned_in_seconds(unit: str) -> None:
    start = time.process_time()
    find(unit * (1_000_000 // len(unit)), ["QQ"])
    assert time.process_time() - start < 10
