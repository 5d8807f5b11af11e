"""minshi inside a spaCy pipeline: spans, entities, batches, saving."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import toy

pytest.importorskip("spacy", reason="spaCy is not installed: pip install minshi[spacy]")

import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span

from minshi import Tagger
from minshi.errors import ConfigError
from minshi.integrations.spacy import MinshiComponent

TEXT = "😀 申请人鲁春生，\r\n\n家住石桥镇溪口村3组17号，患有尿毒症。\u3000电话13900001234"


@pytest.fixture(scope="module")
def nlp() -> Language:
    nlp = spacy.blank("zh")
    nlp.add_pipe("minshi")
    return nlp


def _spans(doc: Doc) -> list[tuple[int, int, str]]:
    return [(span.start_char, span.end_char, span.label_) for span in doc.spans["minshi"]]


def test_a_document_carries_the_taggers_spans_scores_and_entities(nlp: Language) -> None:
    doc = nlp(TEXT)
    spans = Tagger.load().tag(TEXT).spans
    assert doc.text == TEXT
    assert _spans(doc) == [(span.start, span.end, span.label) for span in spans]
    assert doc.spans["minshi"].attrs["scores"] == [span.score for span in spans]
    assert [ent.text for ent in doc.ents] == ["鲁春生", "石桥镇溪口村3组17号", "尿毒症", "13900001234"]


def test_a_stream_gives_what_single_calls_give_in_order(nlp: Language) -> None:
    texts = ["", TEXT, "没有", TEXT * 20, "。"]
    assert [_spans(doc) for doc in nlp.pipe(texts, batch_size=2)] == [_spans(nlp(text)) for text in texts]


def test_tokens_that_are_longer_than_a_span_are_taken_whole() -> None:
    (text, gold), nlp = toy.build(["甲", ("NAME", 2, 0), ("HEALTH", 2, 0), "乙"]), spacy.blank("zh")
    doc = Doc(nlp.vocab, words=[text[:2], text[2:4], text[4:]], spaces=[False] * 3)
    doc = MinshiComponent(toy.alphabet_tagger())(doc)
    assert len(gold) == 2
    assert _spans(doc) == [(0, 4, "NAME"), (2, 6, "HEALTH")]
    assert [ent.label_ for ent in doc.ents] == ["NAME"]


def test_entities_that_are_there_stay(nlp: Language) -> None:
    doc = spacy.blank("zh")(TEXT)
    doc.ents = [Span(doc, 0, 8, "OTHER")]
    doc = nlp.get_pipe("minshi")(doc)
    assert [ent.label_ for ent in doc.ents] == ["OTHER", "ADDRESS", "HEALTH", "PHONE"]


def test_only_the_labels_of_the_configuration_are_given() -> None:
    nlp = spacy.blank("zh")
    nlp.add_pipe("minshi", config={"labels": ["NAME"], "point": "balanced", "threads": 1})
    assert [label for *_, label in _spans(nlp(TEXT))] == ["NAME"]


def test_a_label_that_is_never_given_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"unknown label PERSON; known: NAME, .*ID_CARD"):
        MinshiComponent(toy.alphabet_tagger(), labels=["NAME", "PERSON"])


def test_a_saved_pipeline_keeps_the_model_path_and_finds_the_same(tmp_path: Path, toy_bundle: Path) -> None:
    nlp = spacy.blank("zh")
    nlp.add_pipe("minshi", config={"model": str(toy_bundle), "labels": ["NAME", "PHONE"]})
    nlp.to_disk(tmp_path)
    again = spacy.load(tmp_path)
    assert again.config["components"]["minshi"]["model"] == str(toy_bundle)
    assert _spans(again(TEXT)) == _spans(nlp(TEXT))
    from_bytes = spacy.blank("zh")
    from_bytes.add_pipe("minshi", config={"model": str(toy_bundle), "labels": ["NAME", "PHONE"]})
    assert _spans(from_bytes.from_bytes(nlp.to_bytes())(TEXT)) == _spans(nlp(TEXT))


def test_a_pickled_pipeline_finds_the_same(toy_bundle: Path) -> None:
    nlp = spacy.blank("zh")
    nlp.add_pipe("minshi", config={"model": str(toy_bundle), "labels": ["NAME", "PHONE"], "threads": 1})
    again = pickle.loads(pickle.dumps(nlp))
    assert _spans(again(TEXT)) == _spans(nlp(TEXT))


def test_spans_and_scores_survive_a_doc_bin(nlp: Language) -> None:
    doc = nlp(TEXT)
    (again,) = DocBin().from_bytes(DocBin(docs=[doc], store_user_data=True).to_bytes()).get_docs(nlp.vocab)
    assert _spans(again) == _spans(doc)
    assert again.spans["minshi"].attrs["scores"] == doc.spans["minshi"].attrs["scores"]
