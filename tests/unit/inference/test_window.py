from __future__ import annotations

import pytest

from minshi.errors import ConfigError
from minshi.window import Window, code_points, segment


def owned(text: str, size: int, context: int) -> list[str]:
    return [text[window.own_start : window.own_end] for window in segment(text, size=size, context=context)]


def test_a_short_text_is_one_window():
    assert list(segment("张三", size=8, context=2)) == [Window(0, 2, 0, 2)]


def test_a_text_of_exactly_the_size_is_one_window():
    assert list(segment("字" * 8, size=8, context=2)) == [Window(0, 8, 0, 8)]


def test_an_empty_text_has_no_window():
    assert list(segment("", size=8, context=2)) == []


@pytest.mark.parametrize(("size", "context"), [(8, 0), (8, 3), (0, 0), (3, 1), (8, -1), (-8, -2)])
def test_a_context_that_leaves_no_room_is_refused(size, context):
    with pytest.raises(ConfigError, match="context"):
        list(segment("文", size=size, context=context))


def test_ownership_ends_at_a_row_border_rather_than_a_sentence_or_a_comma():
    assert owned("一二三四五，六。七\n八，九十一二三四五六", 16, 2)[0] == "一二三四五，六。七\n"
    assert owned("一二三四五六七八九。十，一二三四五六", 16, 2)[0] == "一二三四五六七八九。"
    assert owned("一二三四五六七八九，十一二三四五六七", 16, 2)[0] == "一二三四五六七八九，"


def test_a_text_without_borders_is_still_cut():
    assert "".join(owned("字" * 1000, 16, 4)) == "字" * 1000


def test_code_points_are_those_of_the_string():
    assert code_points("A李𠮷\uffff").tolist() == [0x41, 0x674E, 0x20BB7, 0xFFFF]
    assert code_points("").tolist() == []


def test_nul_and_lone_surrogates_are_not_taken_for_padding_or_halves():
    assert code_points("a\0\ud842\udfb7b").tolist() == [0x61, 0xFFFD, 0xFFFD, 0xFFFD, 0x62]
