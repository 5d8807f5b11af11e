"""minshi as a component of a spaCy pipeline: nlp.add_pipe("minshi").

Spans go into doc.spans["minshi"], with their scores where spaCy's own span categorizer keeps them, in the group's attrs;
doc.ents gets those that overlap no entity. The component has no state but its configuration, which spaCy saves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import tee

from spacy.language import Language
from spacy.tokens import Doc, SpanGroup
from spacy.tokens import Span as DocSpan

from minshi.integrations.known import labels_of
from minshi.labels import require_known
from minshi.points import BALANCED
from minshi.tagger import Tagger
from minshi.types import Document

KEY = "minshi"  # of the span group, and name of the factory


class MinshiComponent:
    """Put the spans of a tagger into documents of spaCy; only those of `labels`, if any are named.

    Raises:
        ConfigError: a label is none that the tagger gives.
    """

    def __init__(self, tagger: Tagger, *, labels: Collection[str] | None = None) -> None:
        require_known(labels or (), labels_of(tagger))
        self._tagger = tagger
        self._labels = labels

    def __call__(self, doc: Doc) -> Doc:
        """Return the same document with spans."""
        return self._annotate(doc, self._tagger.tag(doc.text))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 0) -> Iterator[Doc]:
        """Yield the documents of a stream with spans, in order; the tagger's threads read a few windows ahead, not batches."""
        docs, ahead = tee(stream)
        yield from map(self._annotate, docs, self._tagger.tag_many(doc.text for doc in ahead))

    def _annotate(self, doc: Doc, tagged: Document) -> Doc:
        found = [span for span in tagged.spans if self._labels is None or span.label in self._labels]
        pairs = [(doc.char_span(span.start, span.end, label=span.label, alignment_mode="expand"), span) for span in found]
        pairs = [(own, span) for own, span in pairs if own is not None]
        attrs = {"scores": [span.score for _, span in pairs], "by": [span.by for _, span in pairs]}
        doc.spans[KEY] = SpanGroup(doc, name=KEY, spans=[own for own, _ in pairs], attrs=attrs)
        doc.ents = (*doc.ents, *_beside(doc.ents, [own for own, _ in pairs]))
        return doc


@Language.factory(
    KEY,
    assigns=["doc.spans", "doc.ents"],
    default_config={"model": None, "point": BALANCED, "labels": None, "threads": None},
)
def make_component(
    nlp: Language, name: str, model: str | None, point: str, labels: list[str] | None, threads: int | None
) -> MinshiComponent:
    """Load a model folder, the shipped one by default, as a component."""
    return MinshiComponent(Tagger.load(model, point=point, threads=threads), labels=labels)


def _beside(ents: Iterable[DocSpan], spans: Iterable[DocSpan]) -> Iterator[DocSpan]:
    """Yield the spans that share no token with an entity or with a span before them."""
    taken = {token.i for ent in ents for token in ent}
    for span in spans:
        tokens = {token.i for token in span}
        if taken.isdisjoint(tokens):
            taken |= tokens
            yield span
