"""Keep what identifies the people of held-back documents out of training, so that a score is not memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from minshi.types import Document

_MIN_LENGTH = {"NAME": 2, "ADDRESS": 6, "FAMILY": 12, "HEALTH": 12, "RELIGION": 12}  # shorter ones are vocabulary


def without_leaks(docs: Iterable[Document], held_back: Iterable[Document]) -> tuple[list[Document], dict[str, int]]:
    """Return the documents that share no text and no telling value with a held-back one, and how many were left out why.

    A telling value is a name, an address of some length, or a phrase too long to be chance. White space does not count.
    """
    texts: set[str] = set()
    values: set[tuple[str, str]] = set()
    for doc in held_back:
        texts.add(_squeezed(doc.text))
        values.update(_telling_values(doc))
    kept: list[Document] = []
    left_out = {"text": 0, **dict.fromkeys(_MIN_LENGTH, 0)}
    for doc in docs:
        shared = "text" if _squeezed(doc.text) in texts else next((v[0] for v in _telling_values(doc) if v in values), None)
        if shared is None:
            kept.append(doc)
        else:
            left_out[shared] += 1
    return kept, left_out


def _telling_values(doc: Document) -> Iterator[tuple[str, str]]:
    for span in doc.spans:
        value = _squeezed(doc.text[span.start : span.end])
        if len(value) >= _MIN_LENGTH.get(span.label, 2):
            yield span.label, value


def _squeezed(text: str) -> str:
    return "".join(text.split())
