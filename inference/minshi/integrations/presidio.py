"""minshi as a recognizer of Presidio (presidio-analyzer), language "zh".

A label has Presidio's name where both mean the same, and a name of ours where Presidio's means something else: a LOCATION
is any place and no home, an NRP is more than religion, a CREDIT_CARD is no debit card.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from presidio_analyzer import AnalysisExplanation, EntityRecognizer, RecognizerResult

from minshi.errors import ConfigError
from minshi.integrations.known import labels_of
from minshi.labels import require_known
from minshi.points import BALANCED
from minshi.tagger import Tagger
from minshi.types import Span

if TYPE_CHECKING:
    from presidio_analyzer.nlp_engine import NlpArtifacts

# Presidio's names begin with the country where a document is a country's: US_PASSPORT, DE_ID_CARD. All others stay as they are.
ENTITY_NAMES: Final = {
    "NAME": "PERSON",
    "PHONE": "PHONE_NUMBER",
    "EMAIL": "EMAIL_ADDRESS",
    "ID_CARD": "CN_ID_CARD",
    "DISABILITY_CARD": "CN_DISABILITY_CARD",
    "PASSPORT": "CN_PASSPORT",
    "BANK_CARD": "CN_BANK_CARD",
    "LICENSE_PLATE": "CN_LICENSE_PLATE",
}


class MinshiRecognizer(EntityRecognizer):
    """Find personal information in Chinese text for an AnalyzerEngine.

    Args:
        tagger: the tagger to use; one is loaded from `model` at `point`, "balanced" by default, if there is none.
        supported_entities: what to look for, by Presidio's names; all that the tagger finds by default.
        name: this and what follows it are those of every EntityRecognizer.

    Raises:
        ConfigError: a tagger is given and a model or point too, or an entity is none that the tagger finds.
    """

    supported_entities: list[str]

    def __init__(
        self,
        tagger: Tagger | None = None,
        *,
        model: str | None = None,
        point: str | None = None,
        supported_entities: Sequence[str] | None = None,
        supported_language: str = "zh",
        name: str = "MinshiRecognizer",
        version: str = "0.0.1",
        context: Sequence[str] | None = None,
        country_code: str | None = None,
        score_thresholds: Mapping[str, float] | None = None,
    ) -> None:
        if tagger is not None and (model, point) != (None, None):
            raise ConfigError("a tagger has its model and its point: give it alone, or give model and point")
        self._given, self._model, self._point = tagger, model, point
        newer = {"country_code": country_code, "score_thresholds": score_thresholds}  # not every Presidio 2.2 takes them
        super().__init__(
            supported_entities=list(supported_entities or ()),
            name=name,
            supported_language=supported_language,
            version=version,
            context=list(context or ()),
            **{key: value for key, value in newer.items() if value is not None},
        )

    def load(self) -> None:
        """Load the tagger unless one was given; the constructor of EntityRecognizer calls this."""
        self._tagger = self._given or Tagger.load(self._model, point=self._point or BALANCED)
        self._by = self._tagger.bundle.name if self._tagger.bundle else "minshi"
        known = [entity_name(label) for label in labels_of(self._tagger)]
        require_known(self.supported_entities, known, kind="entity")
        self.supported_entities = self.supported_entities or known

    def to_dict(self) -> dict[str, Any]:
        """Return what from_dict makes the same recognizer of.

        Raises:
            ConfigError: the recognizer has a tagger of your own, which no dictionary can hold.
        """
        if self._given is not None:
            raise ConfigError("a recognizer with a tagger of your own cannot be saved: give it model and point instead")
        settings = {"model": self._model, "point": self._point, "context": self.context}
        settings["score_thresholds"] = getattr(self, "score_thresholds", None)
        return {**super().to_dict(), **{key: value for key, value in settings.items() if value}}

    def analyze(self, text: str, entities: Sequence[str], nlp_artifacts: NlpArtifacts | None = None) -> list[RecognizerResult]:
        """Return what is found of `entities`, of all that is supported if none is named; offsets are those of `text`."""
        wanted = set(self.supported_entities).intersection(entities or self.supported_entities)
        spans = self._tagger.tag(text).spans if wanted else ()
        return [self._result(span) for span in spans if entity_name(span.label) in wanted]

    def _result(self, span: Span) -> RecognizerResult:
        kind, _, rule = span.by.partition(":")
        explanation = AnalysisExplanation(
            recognizer=self.name,
            original_score=span.score,
            pattern_name=rule or None,
            textual_explanation=f"found by the {kind} of {self._by}",
        )
        metadata = {RecognizerResult.RECOGNIZER_NAME_KEY: self.name, RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id}
        return RecognizerResult(entity_name(span.label), span.start, span.end, span.score, explanation, metadata)


def entity_name(label: str) -> str:
    """Return what a label of minshi is called in Presidio."""
    return ENTITY_NAMES.get(label, label)
