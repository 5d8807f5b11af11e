"""minshi inside Presidio: its analyzer calls the recognizer, its anonymizer replaces what was found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import toy

pytest.importorskip("presidio_analyzer", reason="presidio-analyzer is not installed: pip install minshi[presidio]")
pytest.importorskip("presidio_anonymizer", reason="presidio-anonymizer is not installed: pip install minshi[presidio]")

from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine
from presidio_anonymizer import AnonymizerEngine
from presidio_anonymizer.entities import OperatorConfig
from spacy.tokens import Doc
from spacy.vocab import Vocab

from minshi import Tagger
from minshi.errors import ConfigError
from minshi.integrations.presidio import ENTITY_NAMES, MinshiRecognizer

TEXT = "😀申请人鲁春生，家住石桥镇溪口村3组17号，电话13900001234。"


class NoNlp(NlpEngine):
    """No tokens, no lemmas, nothing to download: minshi needs none of it."""

    def load(self) -> None: ...

    def is_loaded(self) -> bool:
        return True

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        return NlpArtifacts([], Doc(Vocab()), [], [], self, language)

    def process_batch(self, texts: Any, language: str, *_: Any, **__: Any) -> Any:
        return ((text, self.process_text(text, language)) for text in texts)

    def is_stopword(self, word: str, language: str) -> bool:
        return False

    def is_punct(self, word: str, language: str) -> bool:
        return False

    def get_supported_entities(self) -> list[str]:
        return []

    def get_supported_languages(self) -> list[str]:
        return ["zh"]


@pytest.fixture(scope="module")
def recognizer() -> MinshiRecognizer:
    return MinshiRecognizer()


@pytest.fixture(scope="module")
def analyzer(recognizer: MinshiRecognizer) -> AnalyzerEngine:
    registry = RecognizerRegistry(recognizers=[recognizer], supported_languages=["zh"])
    return AnalyzerEngine(registry=registry, nlp_engine=NoNlp(), supported_languages=["zh"])


def test_the_analyzer_gives_the_taggers_spans_by_presidios_names(analyzer: AnalyzerEngine) -> None:
    found = sorted(analyzer.analyze(TEXT, language="zh"), key=lambda result: result.start)
    spans = Tagger.load().tag(TEXT).spans
    assert [(r.entity_type, r.start, r.end, r.score) for r in found] == [
        (ENTITY_NAMES.get(span.label, span.label), span.start, span.end, span.score) for span in spans
    ]
    assert [result.entity_type for result in found] == ["PERSON", "ADDRESS", "PHONE_NUMBER"]


def test_the_anonymizer_replaces_a_name_and_an_address(analyzer: AnalyzerEngine) -> None:
    found = analyzer.analyze(TEXT, language="zh", entities=["PERSON", "ADDRESS"])
    operators = {
        "PERSON": OperatorConfig("replace", {"new_value": "某人"}),
        "ADDRESS": OperatorConfig("replace", {"new_value": "某地"}),
    }
    assert AnonymizerEngine().anonymize(TEXT, found, operators).text == "😀申请人某人，家住某地，电话13900001234。"


def test_only_what_is_asked_for_and_supported_is_given(recognizer: MinshiRecognizer) -> None:
    assert [result.entity_type for result in recognizer.analyze(TEXT, ["PHONE_NUMBER"])] == ["PHONE_NUMBER"]
    assert recognizer.analyze(TEXT, ["CREDIT_CARD"]) == []
    narrow = MinshiRecognizer(Tagger.load(), supported_entities=["PERSON"])
    assert [result.entity_type for result in narrow.analyze(TEXT, [])] == ["PERSON"]


def test_an_explanation_says_what_found_it_and_holds_no_text(recognizer: MinshiRecognizer) -> None:
    name, *_, phone = recognizer.analyze(TEXT, [])
    assert name.analysis_explanation.textual_explanation.startswith("found by the model of minshi-")
    assert name.analysis_explanation.pattern_name is None
    assert phone.analysis_explanation.pattern_name
    assert "鲁春生" not in str(name.analysis_explanation)


def test_a_tagger_of_ones_own_names_its_labels() -> None:
    recognizer = MinshiRecognizer(toy.alphabet_tagger())
    text, gold = toy.build(["甲", ("NAME", 2, 0), "乙", ("HEALTH", 3, 0)])
    assert [(r.start, r.end) for r in recognizer.analyze(text, [])] == [(span.start, span.end) for span in gold]
    assert {"PERSON", "HEALTH", "CN_ID_CARD"} <= set(recognizer.get_supported_entities())


def test_a_dictionary_makes_the_same_recognizer_again(toy_bundle: Path) -> None:
    saved = MinshiRecognizer(
        model=str(toy_bundle),
        point="balanced",
        supported_entities=["PERSON"],
        name="名",
        version="1.2.3",
        context=["姓名"],
        country_code="cn",
        score_thresholds={"PERSON": 0.5},
    ).to_dict()
    again = MinshiRecognizer.from_dict(saved)
    assert again.to_dict() == saved
    assert (again.name, again.version, again.context) == ("名", "1.2.3", ["姓名"])
    assert (again.country_code(), again.score_thresholds) == ("cn", {"PERSON": 0.5})
    assert saved["model"] == str(toy_bundle)


def test_a_recognizer_with_a_tagger_of_ones_own_is_not_saved_as_another() -> None:
    with pytest.raises(ConfigError, match="cannot be saved"):
        MinshiRecognizer(toy.alphabet_tagger()).to_dict()


@pytest.mark.parametrize("more", [{"model": "folder"}, {"point": "balanced"}])
def test_a_tagger_beside_a_model_or_a_point_is_refused(more: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="give it alone"):
        MinshiRecognizer(toy.alphabet_tagger(), **more)


def test_an_entity_that_is_never_found_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"unknown entity NAME; known: PERSON, .*CN_ID_CARD"):
        MinshiRecognizer(toy.alphabet_tagger(), supported_entities=["PERSON", "NAME"])
