"""An oracle in place of a model: the tag of a character can be read off its code point.

Every tag of the schema owns 1,000 Han characters of extension B, which common text does not use. The scorer is as sure
as a model can be, so what the pipeline must find is known exactly, for any text.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from minshi.labels import OUTSIDE, LabelSchema
from minshi.tagger import Tagger
from minshi.types import Span

SCHEMA = LabelSchema(("NAME", "ADDRESS", "FAMILY", "HEALTH", "RELIGION"))
_FIRST, _EACH = 0x20000, 1000  # tag t owns the code points _FIRST + 1000 t …; those of tag 0 are O like all others
_UNLIKELY = -20.0


def alphabet_scorer(code_points: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return log-probabilities [B, T, K] that say with certainty what `character` wrote."""
    tags = (code_points - _FIRST) // _EACH
    tags = np.where((tags >= 0) & (tags < len(SCHEMA.tags)), tags, OUTSIDE)
    log_probs = np.full((*tags.shape, len(SCHEMA.tags)), _UNLIKELY, dtype=np.float32)
    np.put_along_axis(log_probs, tags[..., None], 0.0, axis=-1)
    return log_probs


def alphabet_tagger(*, window: int = 16, context: int = 4, threads: int = 1, remember: int = 0) -> Tagger:
    """Return a tagger that reads the alphabet; its windows are small, so that most texts need several."""
    return Tagger(alphabet_scorer, SCHEMA, window=window, context=context, threads=threads, remember=remember)


def entity(label: str, length: int, variant: int = 0) -> str:
    """Return `length` characters of which the first begins and the others continue an entity."""
    begin = SCHEMA.begin_id(label)
    return "".join(chr(_FIRST + _EACH * (begin + (place > 0)) + (variant + place) % _EACH) for place in range(length))


def is_owned(char: str) -> bool:
    """Tell whether the alphabet gives `char` another tag than O."""
    return _FIRST + _EACH <= ord(char) < _FIRST + _EACH * len(SCHEMA.tags)


def build(pieces: Iterable[str | tuple[str, int, int]]) -> tuple[str, tuple[Span, ...]]:
    """Join plain strings and (label, length, variant) entities to a text and its gold spans."""
    text, gold = "", []
    for piece in pieces:
        if isinstance(piece, str):
            text += piece
        else:
            gold.append(Span(len(text), len(text) + piece[1], piece[0]))
            text += entity(*piece)
    return text, tuple(gold)


def by_model(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the spans that the scorer found: in arbitrary text a rule may find something too."""
    return tuple(span for span in spans if span.by == "model")


_NASTY = ("\0", "\r\n", "\n", "。", "；", "，", "\u3000", "\ufeff", "\u2028", "e\u0301", "𪚥", "👨\u200d👩\u200d👧")
_HALVES = ("\ud800", "\udfff\ud83d")  # lone surrogates
noise = st.one_of(st.text(st.characters(), max_size=30), st.sampled_from(_NASTY + _HALVES)).map(
    lambda text: "".join("𠀀" if is_owned(char) else char for char in text)
)
entities = st.tuples(st.sampled_from(SCHEMA.labels), st.integers(1, 40), st.integers(0, _EACH - 1))
texts_with_gold = st.lists(st.one_of(noise, entities), max_size=12).map(build)
window_shapes = st.integers(1, 9).flatmap(lambda context: st.tuples(st.integers(4 * context, 4 * context + 30), st.just(context)))
