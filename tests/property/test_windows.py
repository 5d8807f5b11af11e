from __future__ import annotations

import itertools

import toy
from hypothesis import given
from hypothesis import strategies as st

from minshi.fold import fold_text
from minshi.window import code_points, segment

TEXTS = st.one_of(
    st.text(st.characters(), max_size=200), st.text(st.sampled_from("甲乙丙。\n，； "), max_size=300), st.just("字" * 500)
)


@given(TEXTS, toy.window_shapes)
def test_every_character_is_owned_by_exactly_one_window(text, shape):
    size, context = shape
    windows = list(segment(text, size=size, context=context))
    assert "".join(text[window.own_start : window.own_end] for window in windows) == text
    assert all(before.own_end == after.own_start for before, after in itertools.pairwise(windows))


@given(TEXTS, toy.window_shapes)
def test_a_window_is_no_longer_than_the_size_and_sees_its_context(text, shape):
    size, context = shape
    for window in segment(text, size=size, context=context):
        assert 0 < window.end - window.start <= size
        assert window.start == max(0, window.own_start - context)
        assert window.end == len(text) or window.end - window.own_end >= context
        assert window.start <= window.own_start < window.own_end <= window.end <= len(text)


@given(st.text(st.characters()))
def test_a_text_has_one_code_point_a_character_and_none_is_padding(text):
    points = code_points(text)
    assert len(points) == len(text)
    assert (points > 0).all()
    assert all(ord(char) == point or point == 0xFFFD for char, point in zip(text, points.tolist(), strict=True))


@given(st.text(st.characters()))
def test_folding_keeps_length_and_folds_each_character_by_itself(text):
    assert len(fold_text(text)) == len(text)
    assert fold_text(text) == "".join(map(fold_text, text))
    assert fold_text(fold_text(text)) == fold_text(text)
