"""Keep repeats out of the corpus, and what identifies the people of held-back documents out of training, so that a score
is not memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from minshi.types import Document

_SHINGLE = 12  # characters in a row
_NEARLY_SAME = 0.5  # share of a document's shingles that one other document has too
_MIN_LENGTH = {"NAME": 2, "ADDRESS": 6, "FAMILY": 12, "HEALTH": 12, "RELIGION": 12}  # shorter ones are vocabulary


class _Texts:
    """Documents by their shingles, white space left out."""

    def __init__(self) -> None:
        self._ids: dict[str, set[str]] = {}

    def add(self, doc: Document) -> None:
        for shingle in _shingles(doc):
            self._ids.setdefault(shingle, set()).add(doc.id)

    def nearly_same(self, doc: Document) -> str | None:
        """Return the id of a document that shares half of the shingles of `doc`."""
        shingles = _shingles(doc)
        found = Counter(each for shingle in sorted(shingles) for each in sorted(self._ids.get(shingle, ())))
        best, shared = found.most_common(1)[0] if found else ("", 0)
        return best if shared and shared >= _NEARLY_SAME * len(shingles) else None


def distinct(docs: Iterable[Document]) -> tuple[list[Document], int]:
    """Return the documents without those that repeat or nearly repeat an earlier one, and how many those were."""
    seen, kept, repeats = _Texts(), list[Document](), 0
    for doc in docs:
        if seen.nearly_same(doc) is None:
            seen.add(doc)
            kept.append(doc)
        else:
            repeats += 1
    return kept, repeats


def without_leaks(docs: Iterable[Document], held_back: Iterable[Document]) -> tuple[list[Document], list[dict[str, Any]]]:
    """Return the documents that share no text and no telling value with a held-back one, and a record of each other.

    A record says the id, the held-back document, and what they share: "text" where half the shingles stand in the held-back
    one, else the label of a telling value: a name, an address of some length, or a phrase too long to be chance.
    """
    texts, values = _Texts(), dict[tuple[str, str], str]()
    for doc in held_back:
        texts.add(doc)
        for value in _telling_values(doc):
            values.setdefault(value, doc.id)
    kept: list[Document] = []
    leaks: list[dict[str, Any]] = []
    for doc in docs:
        if same := texts.nearly_same(doc):
            leaks.append({"id": doc.id, "shares": "text", "with": same})
        elif shared := next((value for value in _telling_values(doc) if value in values), None):
            leaks.append({"id": doc.id, "shares": shared[0], "with": values[shared]})
        else:
            kept.append(doc)
    return kept, leaks


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
