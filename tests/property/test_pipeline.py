"""The whole pipeline is held against an oracle: toy.alphabet_scorer knows the tag of every character."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import toy
from hypothesis import given, settings
from hypothesis import strategies as st

from minshi.tagger import Tagger
from minshi.types import Document

TAGGER = toy.alphabet_tagger()


def everything(doc: Document) -> list[tuple[int, int, str, float, str]]:
    return [(span.start, span.end, span.label, span.score, span.by) for span in doc.spans]


@settings(max_examples=500)
@given(toy.texts_with_gold, toy.window_shapes)
def test_the_pipeline_finds_exactly_the_gold_spans_in_any_text_and_window(drawn, shape):
    text, gold = drawn
    tagger = toy.alphabet_tagger(window=shape[0], context=shape[1])
    assert toy.by_model(tagger.tag(text).spans) == gold


@given(toy.texts_with_gold)
def test_spans_are_sorted_flat_and_in_range_with_rules_in_the_text(drawn):
    text = drawn[0] + "电话13812345678，身份证11010519491231002X" + drawn[0]
    place = 0
    for span in TAGGER.tag(text).spans:
        assert place <= span.start < span.end <= len(text)
        place = span.end


@given(st.lists(toy.texts_with_gold, max_size=6), st.integers(1, 4), st.randoms(use_true_random=False))
def test_neighbours_order_and_threads_change_nothing(drawn, threads, random):
    texts = [text for text, _ in drawn]
    alone = {text: everything(TAGGER.tag(text)) for text in texts}
    random.shuffle(texts)
    tagged = list(toy.alphabet_tagger(threads=threads).tag_many(texts))
    assert [doc.text for doc in tagged] == texts
    assert all(everything(doc) == alone[doc.text] for doc in tagged)


@given(st.lists(toy.texts_with_gold, max_size=6), st.integers(0, 60), st.integers(1, 3), toy.window_shapes)
def test_what_is_remembered_changes_nothing(drawn, remember, threads, shape):
    texts = [text * times for text, _ in drawn for times in (1, 3)] * 2
    remembering = toy.alphabet_tagger(window=shape[0], context=shape[1], threads=threads, remember=remember)
    forgetful = toy.alphabet_tagger(window=shape[0], context=shape[1])
    for doc in remembering.tag_many(texts):
        assert everything(doc) == everything(forgetful.tag(doc.text))


def test_neighbours_order_and_threads_change_nothing_in_onnxruntime(toy_bundle):
    one, many = Tagger.load(toy_bundle, threads=1), Tagger.load(toy_bundle, threads=3)

    @given(st.lists(st.text(st.sampled_from("NnnAaaFfHhRr甲，\n"), max_size=200), max_size=5))
    def check(texts):
        alone = [everything(one.tag(text)) for text in texts]
        assert [everything(doc) for doc in many.tag_many(texts)] == alone
        with ThreadPoolExecutor(2) as pool:
            assert [everything(doc) for doc in pool.map(one.tag, texts)] == alone

    check()
