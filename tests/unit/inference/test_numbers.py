"""What systems count and code behind Latin words says nothing of a person; what clinics and households count does."""

from __future__ import annotations

import pytest

from minshi import Tagger
from minshi.numbers import is_told
from minshi.types import Document, Span

CODES = [
    "status：1",
    "Chart 2",
    "id=5",
    "dept_id: 10",
    "No. 1",
    "userLevel：3",
    "Page 7",
    "type 2 diabetes",
    "loss: 0.693",
    "pH：7.2",
]
FACTS = [
    "children: 2",
    "famCnt：4",
    "household_size=3",
    "SBP：150",
    "GAD-7 12",
    "dependents 2",
    "spo2: 88",
    "T 38.5",
    "LDL-C 4.12",
    "家庭人口：5",
    "张伟\tM\t4",
    "5",
]


TOTALS = ["序号：小计；家庭人口：5", "村组：全村合计；户数：2；保障人口：5", "合 计\t12\t31", "| 总计 | 86 |", "小计  4  12"]
ROWS = ["姓名：张三；合计：5", "家庭人口合计：5", "备注：共计两户；家庭人口：5", "序号：小计；保障人口：7\n序号：1；保障人口：3"]


def number(text: str, label: str = "FAMILY") -> Span:
    at = next(at for at in range(len(text) - 1, -1, -1) if text[at].isdigit())
    start = at
    while start and text[start - 1] in "0123456789.":
        start -= 1
    return Span(start, at + 1, label)


@pytest.mark.parametrize("text", CODES)
def test_codes_behind_latin_words_are_nobodys(text: str) -> None:
    assert not is_told(number(text), text)
    assert not is_told(number(text, "HEALTH"), text)


@pytest.mark.parametrize("text", FACTS)
def test_what_is_headed_by_a_fact_or_in_chinese_stays(text: str) -> None:
    assert is_told(number(text), text)


@pytest.mark.parametrize("text", TOTALS)
def test_what_a_total_counts_is_nobodys(text: str) -> None:
    assert not is_told(number(text), text)
    assert not is_told(number(f"{text}人"), f"{text}人")


def test_the_total_of_a_scale_is_somebodys() -> None:
    assert is_told(number("进食\t5\n合计\t25", "HEALTH"), "进食\t5\n合计\t25")


@pytest.mark.parametrize("text", ROWS)
def test_a_column_of_totals_belongs_to_the_person_of_its_row(text: str) -> None:
    assert is_told(number(text), text)


def test_only_bare_numbers_of_family_and_health_need_a_heading() -> None:
    assert is_told(number("room 3", "ADDRESS"), "room 3")
    assert is_told(Span(7, 10, "FAMILY"), "status 1 子")


def test_codes_of_a_register_from_a_database_are_not_marked() -> None:
    rows = [
        "id：1；name：张伟；gender：M；status：1；level：2；dept_id：10",
        "id：3；name：王芳；gender：F；status：1；level：3；dept_id：10",
    ]
    found = Tagger.load().tag(Document("a", "\n".join(rows))).spans
    assert {span.label for span in found} == {"NAME"}
