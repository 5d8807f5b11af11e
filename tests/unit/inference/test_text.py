from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minshi.errors import InputError
from minshi.readers import read_stream, text
from minshi.readers.text import PART_CHARS, read_text
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
