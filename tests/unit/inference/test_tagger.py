from __future__ import annotations

import itertools
import pickle
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import toy

from minshi.errors import ConfigError, ModelError
from minshi.tagger import Tagger, available_cores
from minshi.types import Anchor, Document, Span

ID_CARD = "11010519491231002X"
TEXTS = [
    toy.build(pieces)[0]
    for pieces in (
        ["公示：", ("NAME", 3, 0), "，住", ("ADDRESS", 50, 7), "。"],
        [],
        [("HEALTH", 2, 1), ("HEALTH", 2, 5), "\r\n", ("FAMILY", 1, 9)],
        ["没有。" * 40, ("RELIGION", 4, 3)],
    )
]


def places(doc: Document) -> list[tuple[int, int, str]]:
    return [(span.start, span.end, span.label) for span in doc.spans]


def everything(doc: Document) -> list[tuple[int, int, str, float, str]]:
    return [(span.start, span.end, span.label, span.score, span.by) for span in doc.spans]


def labelling(label: str):
    """A scorer that takes the whole window for one entity."""

    def score(code_points: np.ndarray) -> np.ndarray:
        begin = toy.SCHEMA.begin_id(label)
        log_probs = np.full((*code_points.shape, len(toy.SCHEMA.tags)), -20, dtype=np.float32)
        log_probs[:, 0, begin] = log_probs[:, 1:, begin + 1] = 0
        return log_probs

    return score


@pytest.fixture
def greedy() -> Tagger:
    return Tagger(labelling("ADDRESS"), toy.SCHEMA, window=64, context=8)


def test_a_string_and_a_document_are_tagged_alike(tagger):
    text = TEXTS[0]
    assert tagger.tag(text).spans == tagger.tag(Document("a", text)).spans != ()
    assert tagger.tag(text).text == text


def test_id_anchors_and_meta_come_back_as_they_went_in(tagger):
    doc = Document("甲/乙.txt", TEXTS[0], anchors=(Anchor(0, 9, "line=1"),), meta={"来源": "官网"})
    tagged = tagger.tag(doc)
    assert (tagged.id, tagged.text, tagged.anchors, tagged.meta) == (doc.id, doc.text, doc.anchors, doc.meta)
    assert doc.spans == ()


def test_spans_that_a_document_came_with_are_replaced(tagger):
    assert tagger.tag(Document("a", "没有什么", spans=(Span(0, 2, "NAME"),))).spans == ()


@pytest.mark.parametrize("item", [b"\xe7\x94\xb2", None, 7, ["甲"]])
def test_what_is_no_text_is_refused_with_what_is_taken(item, tagger):
    with pytest.raises(TypeError, match=f"^a str or a Document can be tagged, not {type(item).__name__}$"):
        tagger.tag(item)


@pytest.mark.parametrize("items", ["张三", b"\xe7\x94\xb2", Document("a", "张三")])
def test_a_single_text_in_place_of_many_is_refused_at_once(items, tagger):
    with pytest.raises(TypeError, match=r"tag_many takes an iterable of str or Document, not one .*; tag takes one"):
        tagger.tag_many(items)


def test_an_empty_text_has_no_spans(tagger):
    assert tagger.tag("").spans == ()


@pytest.mark.parametrize("threads", [1, 3])
def test_documents_come_back_in_order_even_if_some_are_empty(threads):
    items = [Document(str(number), TEXTS[number % len(TEXTS)]) for number in range(50)]
    tagged = list(toy.alphabet_tagger(threads=threads).tag_many(items))
    assert [doc.id for doc in tagged] == [doc.id for doc in items]
    assert [doc.text for doc in tagged] == [doc.text for doc in items]


def test_no_documents_in_no_documents_out(tagger):
    assert list(tagger.tag_many([])) == []


@pytest.mark.parametrize("threads", [1, 2])
def test_a_text_has_the_same_spans_alone_and_among_neighbours(threads, tagger):
    alone = {text: everything(tagger.tag(text)) for text in TEXTS}
    for order in itertools.permutations(TEXTS):
        for doc in toy.alphabet_tagger(threads=threads).tag_many(order):
            assert everything(doc) == alone[doc.text]


@pytest.mark.parametrize("threads", [1, 2])
def test_an_endless_stream_is_tagged_as_it_comes(threads):
    endless = (Document(str(number), "甲" * (number % 5)) for number in itertools.count())
    stream = toy.alphabet_tagger(threads=threads).tag_many(endless)
    assert [doc.id for doc in itertools.islice(stream, 30)] == [str(number) for number in range(30)]
    stream.close()


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_only_a_few_documents_are_read_ahead(threads):
    read = []

    def stream():
        for number in itertools.count():
            read.append(number)
            yield Document(str(number), TEXTS[0][:10])

    tagged = toy.alphabet_tagger(threads=threads).tag_many(stream())
    for taken in range(1, 40):
        next(tagged)
        assert len(read) <= taken + 4 * threads + 1
    tagged.close()


@pytest.mark.parametrize("threads", [2, 4])
def test_what_is_ready_is_yielded_before_more_is_read(threads):
    read = []

    def slow():
        for number in range(100):
            read.append(number)
            yield TEXTS[0][:10]
            time.sleep(0.1)

    tagged = toy.alphabet_tagger(threads=threads).tag_many(slow())
    next(tagged)
    assert len(read) < 4 * threads
    tagged.close()


def test_with_one_thread_a_stream_may_wait_for_each_answer():
    answers = []

    def asking():
        for asked, text in enumerate(TEXTS):
            assert len(answers) == asked
            yield text

    for doc in toy.alphabet_tagger().tag_many(asking()):
        answers.append(doc)
    assert len(answers) == len(TEXTS)


def test_nothing_is_read_before_the_first_document_is_asked_for(tagger):
    def stream():
        raise AssertionError("read too early")
        yield ""

    tagger.tag_many(stream())


def test_closing_the_stream_ends_its_threads():
    before = threading.active_count()
    stream = toy.alphabet_tagger(threads=3).tag_many(itertools.repeat(TEXTS[0]))
    next(stream)
    assert threading.active_count() > before
    stream.close()
    assert threading.active_count() == before


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_of_the_stream_reaches_the_caller(threads):
    def stream():
        yield "甲"
        raise OSError("disk on fire")

    with pytest.raises(OSError, match="disk on fire"):
        list(toy.alphabet_tagger(threads=threads).tag_many(stream()))


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_of_the_scorer_reaches_the_caller(threads):
    def broken(code_points):
        raise RuntimeError("no such kernel")

    tagger = Tagger(broken, toy.SCHEMA, window=16, context=4, threads=threads)
    with pytest.raises(RuntimeError, match="kernel"):
        list(tagger.tag_many(["甲", "乙"]))


def test_threads_may_share_a_tagger(tagger):
    expected = [everything(tagger.tag(text)) for text in TEXTS] * 10
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda text: everything(tagger.tag(text)), TEXTS * 10)) == expected


@pytest.mark.parametrize("length", [1, 15, 16, 17, 64, 200])
def test_an_entity_longer_than_its_windows_is_one_span(length, tagger):
    text, gold = toy.build(["住", ("ADDRESS", length, 0), "，", ("ADDRESS", length, 3), ("ADDRESS", length, 5), "号"])
    assert tagger.tag(text).spans == gold


@pytest.mark.parametrize("before", range(40))
def test_an_entity_is_found_wherever_the_window_borders_fall(before, tagger):
    text, gold = toy.build(["甲" * before, ("NAME", 3, 0), ("HEALTH", 5, 0), "。", "乙" * 30])
    assert tagger.tag(text).spans == gold


def test_spans_are_cut_at_anchors_and_what_the_reader_added_is_left_out(tagger):
    text, _ = toy.build([("NAME", 4, 0), "：", ("HEALTH", 6, 0), ("ADDRESS", 2, 0)])
    doc = tagger.tag(Document("a", text, anchors=(Anchor(7, 9, "cell=B2"), Anchor(11, 13, "cell=C2"))))
    assert places(doc) == [(7, 9, "HEALTH"), (11, 13, "ADDRESS")]


def test_a_number_with_a_valid_check_digit_beats_the_model(greedy):
    assert places(greedy.tag(f"甲乙{ID_CARD}丙丁")) == [(0, 2, "ADDRESS"), (2, 20, "ID_CARD"), (20, 22, "ADDRESS")]


def test_the_model_beats_a_rule_without_check_digit(greedy):
    doc = greedy.tag("住梅园路13812345678号boss@qq.top旁")
    assert places(doc) == [(0, len(doc.text), "ADDRESS")]


def test_rules_fill_in_where_the_model_found_nothing(tagger):
    text, gold = toy.build([("NAME", 3, 0), "，电话13812345678，邮箱boss@qq.top，身份证" + ID_CARD])
    doc = tagger.tag(text)
    assert [(span.label, span.by) for span in doc.spans] == [
        ("NAME", "model"),
        ("PHONE", "rule:mobile"),
        ("EMAIL", "rule:email"),
        ("ID_CARD", "rule:id-card"),
    ]
    assert doc.spans[:1] == gold
    assert text[slice(*places(doc)[3][:2])] == ID_CARD


def test_rules_see_the_whole_document_and_not_only_a_window():
    doc = toy.alphabet_tagger(window=8, context=2).tag("身份证号：" + ID_CARD)
    assert places(doc) == [(5, 23, "ID_CARD")]


def test_a_window_without_room_for_context_is_refused():
    with pytest.raises(ConfigError, match="context"):
        Tagger(toy.alphabet_scorer, toy.SCHEMA, window=8, context=4).tag("文")


def test_a_loaded_tagger_knows_its_model_and_tags_with_it(toy_bundle):
    tagger = Tagger.load(str(toy_bundle), threads=1)
    assert tagger.bundle is not None
    assert tagger.bundle.version == "0.0.1"
    assert everything(tagger.tag("领取人Nnn，患Hhh，信Rr")) == [
        (3, 6, "NAME", 0.99, "model"),
        (8, 11, "HEALTH", 0.7, "model"),
        (13, 15, "RELIGION", 0.6, "model"),
    ]


@pytest.mark.parametrize(("argument", "value"), [("threads", -1), ("remember", -1)])
def test_a_number_below_its_range_is_refused_by_name(argument, value, toy_bundle):
    with pytest.raises(ConfigError, match=f"^{argument}={value}: .*$"):
        Tagger.load(toy_bundle, **{argument: value})


def test_a_tagger_without_threads_is_refused():
    with pytest.raises(ConfigError, match="threads=0"):
        toy.alphabet_tagger(threads=0)


def test_a_loaded_tagger_that_was_pickled_tags_the_same(toy_bundle):
    first = Tagger.load(toy_bundle, threads=2, point="balanced", remember=0)
    again = pickle.loads(pickle.dumps(first))
    text = "张三，家住溪口村3组，患尿毒症，电话13900001234。"
    assert everything(again.tag(text)) == everything(first.tag(text))
    assert again.bundle == first.bundle
    assert again.labels == first.labels


def test_a_tagger_of_a_scorer_cannot_be_pickled_and_says_why(tagger):
    with pytest.raises(TypeError, match=r"only a Tagger that Tagger\.load made can be pickled"):
        pickle.dumps(tagger)


def test_a_folder_without_model_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"manifest\.json: no such file"):
        Tagger.load(tmp_path)


def test_at_least_one_core_is_available():
    assert available_cores() >= 1


@pytest.mark.parametrize("threads", [1, 2])
def test_documents_read_before_the_source_failed_are_still_answered(threads: int) -> None:
    def source() -> Iterator[str]:
        yield from ("甲", "乙", "丙")
        raise OSError("the disk went away")

    tagged = toy.alphabet_tagger(threads=threads).tag_many(source())
    assert [next(tagged).text for _ in range(3)] == ["甲", "乙", "丙"]
    with pytest.raises(OSError, match="the disk went away"):
        next(tagged)


def test_only_the_rules_of_the_label_file_look_beside_the_model():
    text = "邮箱 a@example.com，电话13812345678"
    every, none = (Tagger(toy.alphabet_scorer, toy.SCHEMA, window=64, context=8, **kw) for kw in ({}, {"rule_labels": ()}))
    assert {span.label for span in every.tag(text).spans} >= {"EMAIL", "PHONE"}
    assert none.tag(text).spans == ()


def test_a_row_that_comes_again_is_scored_once():
    scored = []

    def counting(code_points: np.ndarray) -> np.ndarray:
        scored.append(code_points)
        return toy.alphabet_scorer(code_points)

    row, gold = toy.build(["姓名：", ("NAME", 3, 0)])
    tagger = Tagger(counting, toy.SCHEMA, window=16, context=4, remember=1000)
    assert [doc.spans for doc in tagger.tag_many([row, "另一行", row, row])] == [gold, (), gold, gold]
    assert len(scored) == 2
