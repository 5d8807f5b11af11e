from __future__ import annotations

import numpy as np
import pytest

from minshi.decode import decode, spans_to_tags, tags_to_spans, viterbi
from minshi.errors import ConfigError
from minshi.types import Span


def peaked(tags: list[int], schema, *, second: dict[int, int] | None = None) -> np.ndarray:
    """Log-probabilities that prefer `tags`, then at some places a second tag."""
    log_probs = np.full((len(tags), len(schema.tags)), -9.0, dtype=np.float32)
    for place, tag in (second or {}).items():
        log_probs[place, tag] = -1.0
    log_probs[np.arange(len(tags)), tags] = -0.1
    return log_probs


def test_a_legal_argmax_is_taken_as_it_is(schema):
    assert viterbi(peaked([0, 1, 2, 1, 3, 4, 0], schema), schema).tolist() == [0, 1, 2, 1, 3, 4, 0]


def test_no_characters_have_no_tags(schema):
    assert viterbi(np.empty((0, 11), dtype=np.float32), schema).tolist() == []
    assert decode(np.empty((0, 11), dtype=np.float32), schema) == []


def test_decode_never_starts_inside_an_entity(schema):
    assert viterbi(peaked([2, 2, 0], schema, second={0: 1}), schema).tolist() == [1, 2, 0]


def test_an_inside_tag_of_another_label_is_put_right(schema):
    assert viterbi(peaked([1, 4, 4, 0], schema, second={1: 2, 2: 2}), schema).tolist() == [1, 2, 2, 0]


def test_a_lone_inside_tag_amid_nothing_is_not_a_finding(schema):
    assert decode(peaked([0, 2, 0], schema), schema) == []


def test_the_score_of_a_span_is_the_probability_of_its_least_certain_tag(schema):
    log_probs = peaked([1, 2, 2], schema)
    log_probs[1, 2] = np.log(0.25)
    (span,) = decode(log_probs, schema)
    assert (span, span.score, span.by) == (Span(0, 3, "NAME"), 0.25, "model")


@pytest.mark.parametrize("answer", [0.5, 1000.0, np.inf])
def test_a_score_is_at_most_1_whatever_the_model_answers(answer, schema):
    log_probs = peaked([0, 1, 2, 0], schema)
    log_probs[1, 1] = log_probs[2, 2] = answer
    assert [span.score for span in decode(log_probs, schema)] == [1.0]


def test_adjacent_entities_of_one_label_stay_apart(schema):
    assert tags_to_spans([1, 1, 2, 3, 4, 4], schema) == [Span(0, 1, "NAME"), Span(1, 3, "NAME"), Span(3, 6, "ADDRESS")]


def test_tags_of_part_of_a_text_are_cut_at_its_edges(schema):
    spans = [Span(0, 3, "NAME"), Span(5, 9, "HEALTH"), Span(20, 22, "NAME")]
    begin = schema.begin_id("HEALTH")
    assert spans_to_tags(spans, 5, schema, offset=2).tolist() == [1, 0, 0, begin, begin + 1]


def test_a_label_that_the_schema_lacks_has_no_tags(schema):
    with pytest.raises(ConfigError, match="PHONE"):
        spans_to_tags([Span(0, 1, "PHONE")], 1, schema)
