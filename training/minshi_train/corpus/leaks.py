"""Keep what identifies the people of held-back documents out of training, so that a score is not memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from minshi.types import Document

_SHINGLE = 12  # characters in a row
_NEARLY_SAME = 0.5  # share of a document's shingles that one held-back document has too
_MIN_LENGTH = {"NAME": 2, "ADDRESS": 6, "FAMILY": 12, "HEALTH": 12, "RELIGION": 12}  # shorter ones are vocabulary


def without_leaks(docs: Iterable[Document], held_back: Iterable[Document]) -> tuple[list[Document], dict[str, int]]:
    """Return the documents that share no text and no telling value with a held-back one, and how many were left out why.

    "text" counts documents of which half the shingles stand in one held-back document, "NAME" and so on those that share a
    telling value: a name, an address of some length, or a phrase too long to be chance. White space does not count.
    """
    texts: dict[str, set[int]] = {}
    values: set[tuple[str, str]] = set()
    for number, doc in enumerate(held_back):
        for shingle in _shingles(doc):
            texts.setdefault(shingle, set()).add(number)
        values.update(_telling_values(doc))
    kept: list[Document] = []
    left_out = {"text": 0, **dict.fromkeys(_MIN_LENGTH, 0)}
    for doc in docs:
        shared = "text" if _nearly_same(doc, texts) else next((v[0] for v in _telling_values(doc) if v in values), None)
        if shared is None:
            kept.append(doc)
        else:
            left_out[shared] += 1
    return kept, left_out


def _nearly_same(doc: Document, texts: Mapping[str, set[int]]) -> bool:
    shingles = _shingles(doc)
    found = Counter(number for shingle in shingles for number in texts.get(shingle, ()))
    return bool(found) and max(found.values()) >= _NEARLY_SAME * len(shingles)


def _shingles(doc: Document) -> set[str]:
    text = _squeezed(doc.text)
    return {text[at : at + _SHINGLE] for at in range(max(1, len(text) - _SHINGLE + 1))}


def _telling_values(doc: Document) -> Iterator[tuple[str, str]]:
    for span in doc.spans:
        value = _squeezed(doc.text[span.start : span.end])
        if len(value) >= _MIN_LENGTH.get(span.label, 2):
            yield span.label, value


def _squeezed(text: str) -> str:
    return "".join(text.split())
