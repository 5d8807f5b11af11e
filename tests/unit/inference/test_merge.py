from __future__ import annotations

import pytest

from minshi.merge import combine, inside, stitch, trimmed
from minshi.types import Anchor, Span
from minshi.window import Window


def places(spans) -> list[tuple[int, int, str]]:
    return [(span.start, span.end, span.label) for span in spans]


def test_spans_of_a_window_move_to_their_place_in_the_document():
    windows = [(Window(0, 8, 0, 6), [Span(1, 3, "NAME")]), (Window(4, 12, 6, 12), [Span(3, 5, "HEALTH")])]
    assert places(stitch(windows, 12)) == [(1, 3, "NAME"), (7, 9, "HEALTH")]


def test_the_window_that_owns_the_first_character_decides():
    windows = [
        (Window(0, 8, 0, 6), [Span(5, 7, "NAME"), Span(7, 8, "FAMILY")]),
        (Window(4, 12, 6, 12), [Span(1, 2, "HEALTH")]),
    ]
    assert places(stitch(windows, 12)) == [(5, 7, "NAME")]


def test_a_span_cut_off_by_its_window_is_continued_by_those_that_saw_more():
    windows = [
        (Window(0, 8, 0, 6), [Span(5, 8, "ADDRESS", 0.9)]),
        (Window(4, 12, 6, 10), [Span(0, 8, "ADDRESS", 0.5)]),
        (Window(8, 14, 10, 14), [Span(0, 5, "ADDRESS", 0.7)]),
    ]
    (span,) = stitch(windows, 14)
    assert (span, span.score) == (Span(5, 13, "ADDRESS"), 0.5)


def test_a_cut_off_span_is_not_continued_by_another_label():
    windows = [(Window(0, 8, 0, 6), [Span(5, 8, "ADDRESS")]), (Window(4, 12, 6, 12), [Span(0, 8, "NAME")])]
    assert places(stitch(windows, 12)) == [(5, 8, "ADDRESS"), (8, 12, "NAME")]


def test_spans_lose_separators_at_their_edges_and_vanish_if_nothing_else_is_in_them():
    text = "：张三，\n。； 李四"
    assert places(trimmed([Span(0, 4, "NAME"), Span(4, 7, "NAME"), Span(8, 10, "NAME")], text)) == [
        (1, 3, "NAME"),
        (8, 10, "NAME"),
    ]


def test_brackets_and_quotes_are_not_trimmed():
    assert places(trimmed([Span(0, 4, "NAME")], "（张三）")) == [(0, 4, "NAME")]


def test_an_earlier_layer_beats_a_later_one_which_keeps_what_is_left():
    text = "住甲乙丙丁戊己庚"
    assert places(combine(text, [Span(3, 5, "ID_CARD")], [Span(1, 8, "ADDRESS")])) == [
        (1, 3, "ADDRESS"),
        (3, 5, "ID_CARD"),
        (5, 8, "ADDRESS"),
    ]


def test_what_is_left_beside_a_stronger_span_is_trimmed():
    text = "张三，13812345678"
    assert places(combine(text, [Span(3, 14, "PHONE")], [Span(0, 14, "NAME")])) == [(0, 2, "NAME"), (3, 14, "PHONE")]


def test_within_a_layer_the_earlier_and_then_the_longer_span_wins():
    assert places(combine("甲乙丙丁戊", [Span(1, 4, "B"), Span(0, 2, "A"), Span(0, 3, "C")])) == [(0, 3, "C"), (3, 4, "B")]


def test_no_layers_give_no_spans():
    assert combine("文") == ()
    assert combine("", [], []) == ()


def test_spans_are_cut_at_the_edges_of_anchors_and_dropped_outside():
    spans = [Span(0, 3, "A"), Span(4, 9, "B"), Span(10, 12, "C")]
    anchors = [Anchor(2, 5, "cell=A1"), Anchor(6, 8, "cell=B1"), Anchor(12, 14, "cell=C1")]
    assert places(inside(spans, anchors)) == [(2, 3, "A"), (4, 5, "B"), (6, 8, "B")]


def test_a_span_keeps_its_score_and_finder_when_it_is_cut():
    (span,) = inside([Span(0, 9, "A", 0.3, "rule:x")], [Anchor(2, 4, "p=1")])
    assert (span.start, span.end, span.score, span.by) == (2, 4, 0.3, "rule:x")


def _two_windows() -> tuple[Window, Window]:
    return Window(0, 16, 0, 12), Window(8, 24, 12, 24)


def test_a_span_that_only_the_owning_window_saw_is_kept_though_it_begins_before() -> None:
    first, second = _two_windows()
    assert list(stitch([(first, []), (second, [Span(3, 14, "ADDRESS")])], 24)) == [Span(11, 22, "ADDRESS")]


@pytest.mark.parametrize("end", [15, 16])
def test_what_a_later_window_adds_to_a_span_of_another_label_is_kept(end: int) -> None:
    first, second = _two_windows()
    found = list(stitch([(first, [Span(11, end, "NAME")]), (second, [Span(4, 14, "ADDRESS")])], 24))
    assert found == [Span(11, end, "NAME"), Span(end, 22, "ADDRESS")]


def test_the_same_label_seen_again_by_a_later_window_is_no_second_span() -> None:
    first, second = _two_windows()
    assert list(stitch([(first, [Span(5, 14, "NAME")]), (second, [Span(0, 7, "NAME")])], 24)) == [Span(5, 14, "NAME")]
