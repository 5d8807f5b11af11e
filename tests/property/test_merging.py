from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from minshi.merge import combine, inside
from minshi.types import Anchor, Span

TEXT = st.text(st.sampled_from("甲乙丙丁 ，。\n;"), min_size=1, max_size=40)
SEPARATORS = set(" \t\r\n\u3000\u00a0，。；：、！？,;:!?")


@st.composite
def text_and_layers(draw: st.DrawFn) -> tuple[str, list[list[Span]]]:
    """A text, and layers of spans that overlap each other and themselves as they like."""
    text = draw(TEXT)

    def span(edges: tuple[int, int], label: str) -> Span:
        return Span(min(edges), max(edges) + 1, label)

    place = st.integers(0, len(text) - 1)
    spans = st.builds(span, st.tuples(place, place), st.sampled_from("ABC"))
    return text, draw(st.lists(st.lists(spans, max_size=6), min_size=1, max_size=3))


def covered(spans) -> set[int]:
    return {place for span in spans for place in range(span.start, span.end)}


@given(text_and_layers())
def test_layers_become_flat_sorted_spans_in_range(drawn):
    text, layers = drawn
    spans = combine(text, *layers)
    assert isinstance(spans, tuple)
    assert all(span.start < span.end for span in spans)
    assert all(before.end <= after.start for before, after in itertools.pairwise(spans))
    assert covered(spans) <= set(range(len(text)))


@given(text_and_layers())
def test_no_character_that_a_layer_covered_is_lost_but_separators(drawn):
    text, layers = drawn
    spans = combine(text, *layers)
    lost = covered(itertools.chain(*layers)) - covered(spans)
    assert {text[place] for place in lost} <= SEPARATORS
    assert covered(spans) <= covered(itertools.chain(*layers))


@given(text_and_layers())
def test_no_span_begins_or_ends_with_a_separator(drawn):
    text, layers = drawn
    for span in combine(text, *layers):
        assert text[span.start] not in SEPARATORS
        assert text[span.end - 1] not in SEPARATORS


@given(text_and_layers())
def test_a_character_has_the_label_of_the_first_layer_that_covers_it(drawn):
    text, layers = drawn
    for span in combine(text, *layers):
        for place in range(span.start, span.end):
            if text[place] not in SEPARATORS:
                first = next(layer for layer in layers if place in covered(layer))
                assert span.label in {other.label for other in first if other.start <= place < other.end}


@given(text_and_layers())
def test_combining_again_changes_nothing(drawn):
    text, layers = drawn
    spans = combine(text, *layers)
    assert combine(text, spans) == spans


@given(text_and_layers(), st.lists(st.integers(0, 40), max_size=10))
def test_anchored_spans_are_exactly_what_lies_in_anchors(drawn, edges):
    text, layers = drawn
    edges = sorted(edges)
    anchors = [Anchor(start, end, "p") for start, end in zip(edges[::2], edges[1::2], strict=False) if start < end]
    spans = combine(text, *layers)
    kept = list(inside(spans, anchors))
    allowed = {place for anchor in anchors for place in range(anchor.start, anchor.end)}
    assert covered(kept) == covered(spans) & allowed
    assert all(before.end <= after.start for before, after in itertools.pairwise(kept))
