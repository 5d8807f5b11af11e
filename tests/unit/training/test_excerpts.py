"""Short documents out of longer ones say what their source says, and nothing of documents that may be about nobody."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from minshi.types import Document, Span
from minshi_train.corpus.excerpts import excerpts

FORM = "低保审批表\n姓名：丁一\n住址：溪口村三组\n病情：尿毒症，透析两年\n他很瘦。"
TABLE = "名单如下\n姓名\t 残疾等级\t备注\n丁一\t二级\t\n孔二\t 三级 \t丧偶\n合计 2 人"


def marked(text: str, form: str, *values: tuple[str, str]) -> Document:
    spans = tuple(Span(text.index(value), text.index(value) + len(value), label) for value, label in values)
    return Document("d", text, spans, meta={"form": form})


def said(doc: Document) -> set[tuple[str, str]]:
    return {(doc.text[span.start : span.end], span.label) for span in doc.spans}


def every(doc: Document) -> dict[str, set[tuple[str, str]]]:
    """What is said in each excerpt that some seed draws."""
    return {piece.text: said(piece) for seed in range(60) for piece in excerpts([doc], 9, seed=seed)}


def test_fields_of_a_form_stand_alone_or_with_the_next() -> None:
    found = every(marked(FORM, "kv", ("丁一", "NAME"), ("溪口村三组", "ADDRESS"), ("尿毒症", "HEALTH"), ("透析两年", "HEALTH")))
    assert found["病情：尿毒症，透析两年"] == {("尿毒症", "HEALTH"), ("透析两年", "HEALTH")}
    assert found["姓名：丁一\n住址：溪口村三组"] == {("丁一", "NAME"), ("溪口村三组", "ADDRESS")}
    assert not any("审批表" in text or "他很瘦" in text for text in found)


def test_a_row_comes_with_its_headers_as_it_stands_and_as_readers_write_it() -> None:
    values = ("丁一", "NAME"), ("二级", "HEALTH"), ("孔二", "NAME"), ("三级", "HEALTH"), ("丧偶", "FAMILY")
    found = every(marked(TABLE, "table", *values))
    last = {("孔二", "NAME"), ("三级", "HEALTH"), ("丧偶", "FAMILY")}
    assert found == {
        "姓名\t 残疾等级\t备注\n丁一\t二级\t": {("丁一", "NAME"), ("二级", "HEALTH")},
        "姓名：丁一；残疾等级：二级": {("丁一", "NAME"), ("二级", "HEALTH")},
        "姓名\t 残疾等级\t备注\n孔二\t 三级 \t丧偶": last,
        "姓名：孔二；残疾等级：三级；备注：丧偶": last,
    }


def test_a_first_row_of_values_is_no_header() -> None:
    assert excerpts([marked("丁一|二级\n孔二|三级", "table", ("丁一", "NAME"), ("孔二", "NAME"))], 9, seed=1) == []


def test_what_may_be_about_nobody_or_is_annotated_in_part_gives_none() -> None:
    whole = marked(FORM, "kv", ("丁一", "NAME"))
    assert excerpts([whole], 9, seed=1)
    others = [
        replace(whole, spans=()),
        replace(whole, meta={"form": "prose"}),
        replace(whole, meta={"form": "kv", "complete": ["NAME"]}),
    ]
    assert excerpts(others, 9, seed=1) == []


def test_a_span_across_two_lines_is_never_cut() -> None:
    text = "住址：溪口村\n三组：东头"
    doc = Document("d", text, (Span(3, len(text), "ADDRESS"),), meta={"form": "kv"})
    assert every(doc) == {}


def test_as_many_as_asked_with_ids_of_their_own_the_same_each_time() -> None:
    docs = [replace(marked(FORM, "kv", ("丁一", "NAME")), id=f"d{number}") for number in range(20)]
    drawn = excerpts(docs, 12, seed=3)
    assert drawn == excerpts(docs, 12, seed=3)
    assert len({doc.id for doc in drawn} | {doc.id for doc in docs}) == 32


@given(
    st.lists(st.sampled_from(["姓名：丁一", "丁一", "|", "\t", "\n", "：", " ", "二级", "备注"]), max_size=25), st.integers(0, 9)
)
def test_spans_of_an_excerpt_cover_what_they_covered(parts: list[str], seed: int) -> None:
    text = "".join(parts)
    spans = tuple(Span(at, at + 2, "NAME") for at in range(len(text)) if text.startswith("丁一", at))
    for piece in excerpts([Document("d", text, spans, meta={"form": "mixed"})], 9, seed=seed):
        assert {text for text, _ in said(piece)} <= {"丁一"}
        assert len(piece.spans) == piece.text.count("丁一")
