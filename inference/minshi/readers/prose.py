"""Paragraphs to Documents: one a line, each anchored at its place; a long text comes in parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from minshi.types import Anchor, Document

_PART_CHARS = 50_000


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph and its place in the source."""

    text: str
    place: str


def prose_documents(paragraphs: Iterable[Paragraph], name: str, *, number: int = 1) -> Iterator[Document]:
    """Yield paragraphs as Documents of up to 50,000 characters, called `name`, then `name#part=2` …; blank ones are left out.

    `number` is that of the first part.
    """
    texts: list[str] = []
    anchors: list[Anchor] = []
    length = 0
    for paragraph in paragraphs:
        if not paragraph.text.strip():
            continue
        if texts and length + len(paragraph.text) > _PART_CHARS:
            yield _document(name, number, texts, anchors)
            texts, anchors, length, number = [], [], 0, number + 1
        texts.append(paragraph.text)
        anchors.append(Anchor(length, length + len(paragraph.text), paragraph.place))
        length += len(paragraph.text) + 1
    if texts:
        yield _document(name, number, texts, anchors)


def _document(name: str, number: int, texts: list[str], anchors: list[Anchor]) -> Document:
    return Document(name if number == 1 else f"{name}#part={number}", "\n".join(texts), anchors=tuple(anchors))
