from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minshi.errors import InputError
from minshi.readers import read_stream, text
from minshi.readers.text import PART_CHARS, read_text
from minshi.readers.text_tables import Part, text_documents
from minshi.types import Document

_PHONE = "13900001234"


def parts(content: str) -> Sequence[Document]:
    return list(read_text(BytesIO(content.encode()), "长.txt"))


@pytest.mark.parametrize("filler", ["公", "公示内容，", "公示期为七天。", "公示\r"])
@pytest.mark.parametrize("back", range(1, len(_PHONE)))
def test_no_value_is_cut_in_a_text_without_lines(filler: str, back: int) -> None:
    before = (filler * PART_CHARS)[: PART_CHARS - back]
    found = parts(before + _PHONE + filler * 100)
    assert len(found) > 1
    assert sum(_PHONE in part.text for part in found) == 1


@given(
    st.lists(st.one_of(st.text("公示。，\r\n a1", max_size=30), st.from_regex(r"[0-9]{1,30}", fullmatch=True)), max_size=40).map(
        "".join
    )
)
def test_parts_are_the_text_and_end_within_no_number(content: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "PART_CHARS", 100)
        patch.setattr(text, "_LONGEST_RUN", 64)
        found = parts("公" + content)
    assert "".join(part.text for part in found) == "公" + content
    assert all(len(part.text) <= 100 for part in found)
    for before, after in pairwise(found):
        run = re.search(r"[0-9A-Za-z \-]*\Z", before.text)
        assert not (before.text[-1].isdigit() and after.text[0].isdigit()) or (run and len(run[0]) >= 64)


@pytest.mark.parametrize(
    ("content", "is_said"),
    [
        ("<a>&#24352;&#19977;</a>", True),
        ("<a>&#x5F20;</a>", True),
        ("<a>1390000123&#52;</a>", True),
        ("<a>张三&#10;&#39;&amp;&#99999999;&#xFFFFFF;</a>", False),
    ],
)
def test_xml_with_letters_written_as_numbers_is_read_in_part_and_says_so(content: str, is_said: bool) -> None:
    for name, data in (("a.xml", content), ("a.dat", '<?xml version="1.0"?>' + content)):
        first, *errors = read_stream(BytesIO(data.encode()), name)
        assert isinstance(first, Document)
        assert [isinstance(error, InputError) for error in errors] == [True] * is_said
    assert len(list(read_stream(BytesIO(content.encode()), "a.txt"))) == 1


TABLES = {
    "甲：\r\n| 姓名 | **QQ** |\r\n|:--|--:|\r\n| 丁一 | `12345` |\r\n| 丙\\|二 |  |\r\n\r\n乙|": (
        "甲：\r\n",
        "姓名：丁一；QQ：12345\n姓名：丙\\|二",
        "\r\n乙|",
    ),
    "姓名 | 住址\n---|---\n丁一 | 溪口村3组\n完": ("姓名：丁一；住址：溪口村3组", "完"),
    "姓名\tQQ\n丁一\t12345\n丙二\n": ("姓名：丁一；QQ：12345", "丙二\n"),
    "\n\n姓名\t性别\tQQ\n丁一\t女\n\t\t54321\t\n\n姓名|性别|QQ\n-|-|-\n丙二|男|12345": (
        "姓名：丁一；性别：女\nQQ：54321",
        "姓名：丙二；性别：男；QQ：12345",
    ),
}


@pytest.mark.parametrize("content", TABLES)
def test_a_table_in_a_text_is_read_under_its_header_and_in_its_place(content: str) -> None:
    found = parts(content)
    assert tuple(doc.text for doc in found) == TABLES[content]
    assert len({doc.id for doc in found}) == len(found)
    for doc in found:
        for anchor in doc.anchors:
            value = doc.text[anchor.start : anchor.end]
            assert content.startswith(value, int(anchor.place.removeprefix("char=")))


@pytest.mark.parametrize(
    "content",
    [
        "甲|乙\n丙|丁\n",
        "姓名|住址\n丁一|溪口村\n",
        "姓名|住址\n---\n丁一|溪口村\n",
        "姓名|住址\n---|---|---\n",
        "甲 | 乙\n-----\n",
        "姓名：丁一\t性别：女\n姓名：丙二\t性别：男\n",
        "丁一\t12345\n丙二\t54321\n",
        "姓名\t丁一\n性别\t女\n",
        "联系\t我们\n电话\t12345\n",
        "姓名\tQQ\n\n丁一\t12345\n",
        "姓名\tQQ",
    ],
)
def test_prose_with_a_pipe_or_a_tab_is_no_table(content: str) -> None:
    assert parts(content) == [Document("长.txt", content)]


@pytest.mark.parametrize("head", ["姓名\tQQ\n", "|姓名|QQ|\n|-|-|\n"])
def test_a_long_table_streams_under_the_header_of_its_first_part(head: str) -> None:
    mark, count = head[-2] if head.endswith("|\n") else "", 10_000
    row = f"{mark}丁一{mark or chr(9)}12345{mark}\n"
    taken: list[int] = []

    def pieces() -> Iterator[Part]:
        for number in range(100):
            taken.append(number)
            text = (head if not number else "") + row * (count // 100)
            yield Part(text, (len(head) if number else 0) + number * (count // 100) * len(row), is_last=number == 99)

    documents = text_documents(pieces(), "a.txt")
    first = next(documents)
    assert len(taken) < 5  # a document of a table is of a few thousand characters
    assert sum(doc.text.count("姓名：丁一；QQ：12345") for doc in (first, *documents)) == count


def test_a_rule_of_spaces_costs_no_time_by_its_square() -> None:
    content = "甲|乙\n" + (" " * 150_000 + "|" + " " * 40_000) + "\n"
    assert parts(content) == [Document("长.txt", content)]
