"""Noise moves spans with their text, whatever the text."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from minshi.types import Span
from minshi_train.synth.noise import NOISES, add_noise

CONFUSIONS = {"ocr": {"己": "已", "未": "末"}, "homophone": {"在": "再"}}


@st.composite
def marked_texts(draw):
    pieces = draw(st.lists(st.text("己未在甲乙a1（）：，。 \n", min_size=1, max_size=6), max_size=8))
    spans, text = [], ""
    for index, piece in enumerate(pieces):
        if index % 2 and piece.strip() == piece:
            spans.append(Span(len(text), len(text) + len(piece), "NAME"))
        text += piece
    return text, tuple(spans)


@given(marked_texts(), st.integers(0, 1000), st.sampled_from(sorted(NOISES)))
def test_spans_stay_in_order_apart_and_clean(marked, seed, kind):
    text, spans, _ = add_noise(Random(seed), *marked, {kind: 1.0}, CONFUSIONS)
    end = 0
    for span in spans:
        assert end <= span.start < span.end <= len(text)
        assert text[span.start : span.end].strip() == text[span.start : span.end]
        end = span.end
    assert len(spans) <= len(marked[1])


@given(marked_texts(), st.integers(0, 1000), st.sampled_from(["stray_blanks", "hard_breaks"]))
def test_blanks_and_breaks_lose_nothing_of_a_span(marked, seed, kind):
    def squeezed(text):
        return "".join(text.split()).replace("\u200b", "")

    text, spans, _ = add_noise(Random(seed), *marked, {kind: 1.0}, CONFUSIONS)
    assert squeezed(text) == squeezed(marked[0])
    assert [squeezed(text[s.start : s.end]) for s in spans] == [squeezed(marked[0][s.start : s.end]) for s in marked[1]]


@given(marked_texts(), st.integers(0, 1000))
def test_no_noise_changes_nothing(marked, seed):
    assert add_noise(Random(seed), *marked, {}, CONFUSIONS) == (marked[0], tuple(marked[1]), [])
