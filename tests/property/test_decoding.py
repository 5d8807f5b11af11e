from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minshi.decode import decode, spans_to_tags, tags_to_spans, viterbi
from minshi.labels import LabelSchema
from minshi.types import Span

SCHEMA = LabelSchema(("NAME", "ADDRESS", "FAMILY", "HEALTH", "RELIGION"))
TWO = LabelSchema(("NAME", "HEALTH"))


@st.composite
def flat_spans(draw: st.DrawFn) -> tuple[list[Span], int]:
    """Sorted spans without overlap, often adjacent, and the length of a text that holds them."""
    spans, place = [], 0
    for gap, length, label in draw(
        st.lists(st.tuples(st.integers(0, 3), st.integers(1, 6), st.sampled_from(SCHEMA.labels)), max_size=12)
    ):
        spans.append(Span(place + gap, place + gap + length, label))
        place += gap + length
    return spans, place + draw(st.integers(0, 3))


def log_probs_of(tags: int, length: st.SearchStrategy[int], **floats) -> st.SearchStrategy[np.ndarray]:
    elements = st.floats(max_value=0, allow_nan=False, width=32, **floats)
    return length.flatmap(lambda chars: hnp.arrays(np.float32, (chars, tags), elements=elements))


def is_legal(tags: list[int], schema: LabelSchema) -> bool:
    return all(
        schema.transition_allowed[before, after] if place else schema.start_allowed[after]
        for place, (before, after) in enumerate(zip([0, *tags], tags, strict=False))
    )


@given(flat_spans())
def test_spans_to_tags_to_spans_is_the_identity(drawn):
    spans, length = drawn
    assert tags_to_spans(spans_to_tags(spans, length, SCHEMA), SCHEMA) == spans


@given(flat_spans(), st.data())
def test_the_tags_of_a_stretch_are_those_of_the_whole_but_for_what_its_edge_cuts(drawn, data):
    spans, length = drawn
    start = data.draw(st.integers(0, length))
    end = data.draw(st.integers(start, length))
    cut = [Span(max(span.start, start) - start, min(span.end, end) - start, span.label) for span in spans]
    cut = [span for span in cut if span.start < span.end]
    assert tags_to_spans(spans_to_tags(spans, end - start, SCHEMA, offset=start), SCHEMA) == cut


@given(log_probs_of(len(SCHEMA.tags), st.integers(0, 24), allow_infinity=True))
def test_whatever_the_model_says_decodes_to_legal_sorted_spans_in_range(log_probs):
    assert is_legal(viterbi(log_probs, SCHEMA).tolist(), SCHEMA)
    spans = decode(log_probs, SCHEMA)
    assert all(before.end <= after.start for before, after in itertools.pairwise(spans))
    for span in spans:
        assert 0 <= span.start < span.end <= len(log_probs)
        assert span.label in SCHEMA.labels
        assert 0 <= span.score <= 1


@given(log_probs_of(len(TWO.tags), st.integers(1, 5), min_value=-1000))
def test_no_legal_tag_sequence_is_more_probable_than_the_decoded_one(log_probs):
    def total(tags: tuple[int, ...] | list[int]) -> float:
        return float(sum(np.float64(log_probs[place, tag]) for place, tag in enumerate(tags)))

    legal = (tags for tags in itertools.product(range(len(TWO.tags)), repeat=len(log_probs)) if is_legal(list(tags), TWO))
    np.testing.assert_allclose(total(viterbi(log_probs, TWO).tolist()), max(map(total, legal)), rtol=1e-12, atol=1e-9)


@given(log_probs_of(len(SCHEMA.tags), st.integers(1, 24), min_value=-1000))
def test_decoding_agrees_with_itself_whatever_the_precision(log_probs):
    assert decode(log_probs, SCHEMA) == decode(log_probs.astype(np.float64), SCHEMA)
