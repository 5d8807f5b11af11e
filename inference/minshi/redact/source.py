"""What a format gives to the one who redacts: documents to tag, and a way to write edits back at their places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from minshi.errors import InputError
from minshi.readers.prose import Paragraph, prose_documents
from minshi.types import Document

GIVEN = "given"  # Document.meta: spans that need no tagger, as the author of a file is a name
BESIDE = "beside"  # Document.meta: true of text that is out of sight, in pieces that say little of each other


@dataclass(frozen=True, slots=True)
class Edit:
    """`text` takes the place of [start, end) of the text at a place."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Patch:
    """The text that was read at a place, and sorted edits to it that do not overlap."""

    old: str
    edits: Sequence[Edit]

    @property
    def new(self) -> str:
        return edited(self.old, self.edits)


Patches: TypeAlias = Mapping[str, Patch]  # by place


@dataclass(frozen=True)
class Source:
    """A file as its format's module opened it.

    Attributes:
        documents: what there is to tag; an InputError stands for a part that cannot be read.
        rewrite: returns the bytes of the file with patches applied; it raises InputError where that cannot be done.
        overlooked: what of the file nobody looks at, each in a few words.
        fixed: text that cannot be changed, as names of sheets; each is called by what it is, and findings in it are told.
        encoding: what replacements are written in; one that lacks their characters may have their traditional forms.
    """

    documents: Iterable[Document | InputError]
    rewrite: Callable[[Patches], bytes]
    overlooked: Sequence[str] = ()
    fixed: Iterable[Document] = ()
    encoding: str = "utf-8"


def beside_documents(paragraphs: Iterable[Paragraph], name: str) -> Iterator[Document]:
    """Yield text that a reader of the file does not see."""
    for doc in prose_documents(paragraphs, f"{name}#beside"):
        yield replace(doc, meta={BESIDE: True})


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return `text` with sorted edits applied.

    >>> edited("甲乙丙", [Edit(0, 1, "*"), Edit(2, 3, "")])
    '*乙'
    """
    pieces, end = [], 0
    for edit in edits:
        pieces += [text[end : edit.start], edit.text]
        end = edit.end
    return "".join((*pieces, text[end:]))


def encoded(text: str, encoding: str, name: str) -> bytes:
    """Return the bytes of a text; raises InputError where a replacement has no form in the file's encoding."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        raise InputError(f"{name}: its encoding, {encoding}, lacks a character of a replacement; mask instead") from None
