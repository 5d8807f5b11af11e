"""Corpora of others, which annotate some of our labels. They are never shipped; `configs/train/release.yaml` names them."""

from __future__ import annotations

import json
import lzma
import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from minshi.errors import ConfigError, InputError
from minshi.labels import LabelSchema
from minshi.types import Document, Span
from minshi_train.config import PublicCorpus


def read_public(corpus: PublicCorpus, schema: LabelSchema, *, seed: int) -> list[Document]:
    """Return the documents of a corpus, or a random `limit` of them, with their labels mapped to ours.

    Raises:
        ConfigError: the mapping names a label that the schema lacks.
        InputError: naming file and line, where a line is not of the format.
    """
    if unknown := {*corpus.labels.values(), *corpus.complete} - set(schema.labels):
        raise ConfigError(f"data.public: {corpus.path.name}: {min(unknown)!r} is not a label of the schema")
    docs = list(_read(corpus))
    if corpus.limit is not None and corpus.limit < len(docs):
        docs = random.Random(seed).sample(docs, corpus.limit)
    return docs if corpus.joined is None else list(_joined(docs, corpus.joined))


def _read(corpus: PublicCorpus) -> Iterator[Document]:
    for number, line in enumerate(_lines(corpus.path), start=1):
        place = f"{corpus.path}:{number}"
        try:
            record = json.loads(line)
            marked = [
                Span(start, end, corpus.labels[label], by="gold")
                for start, end, label in record["ents"]
                if label in corpus.labels
            ]
            text = str(record["text"])
            if any(not 0 <= span.start < span.end <= len(text) for span in marked):
                raise ValueError("an entity is empty or leaves the text")
        except (ValueError, KeyError, TypeError) as err:
            raise InputError(f"{place}: not {{text, ents}} ({type(err).__name__}: {err})") from None
        yield Document(place, text, tuple(_outermost(marked)), meta={"complete": corpus.complete})


def _outermost(spans: list[Span]) -> Iterator[Span]:
    """Yield spans in order without those that begin inside an earlier one: ours never nest."""
    last_end = 0
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if span.start >= last_end:
            yield span
            last_end = span.end


def _joined(docs: Iterable[Document], length: int) -> Iterator[Document]:
    """Join documents line by line until each has `length` characters: batches of mere sentences would teach in jerks."""
    text, spans, last = "", [], None
    for doc in docs:
        spans += [replace(span, start=span.start + len(text), end=span.end + len(text)) for span in doc.spans]
        text, last = f"{text}{doc.text}\n", doc
        if len(text) >= length:
            yield replace(doc, text=text, spans=tuple(spans))
            text, spans, last = "", [], None
    if last is not None:
        yield replace(last, text=text, spans=tuple(spans))


def _lines(path: Path) -> Iterator[str]:
    try:
        with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8") as file:
            yield from file
    except (EOFError, OSError, lzma.LZMAError, UnicodeDecodeError) as err:
        raise InputError(f"{path}: cannot be read ({type(err).__name__})") from err
