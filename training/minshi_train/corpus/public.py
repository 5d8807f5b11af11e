"""Corpora and word lists of others, described by configs/corpus.yaml. They are never shipped and may be absent."""

from __future__ import annotations

import glob
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from minshi.errors import ConfigError, did_you_mean
from minshi.labels import LabelSchema
from minshi.types import Document
from minshi_train.config import PublicConfig, load_section
from minshi_train.corpus.ents import read_ents, text_lines
from minshi_train.corpus.standoff import read_standoff
from minshi_train.explain import instead


class PublicCorpus(BaseModel):
    """`{"text", "ents": [[start, end, label]]}` a line, or texts that `annotation` speaks of; the head of configs/corpus.yaml
    says what each key means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    path: Path
    licence: str
    meaning: str
    labels: dict[str, str]
    complete: list[str] = Field(min_length=1)
    loose: list[str] = []
    outside: str = "(?!)"  # matches nothing
    annotation: Path | None = None
    limit: int | None = Field(default=None, gt=0)
    joined: int | None = Field(default=None, gt=0)


class WordList(BaseModel):
    """Words, one a line and before the first tab, that fill slots of a symbol of the generator with a probability."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path
    symbol: str = Field(pattern="^[a-z_]+$")
    share: float = Field(gt=0, le=1)
    licence: str


class PublicSources(BaseModel):
    """The whole of configs/corpus.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    look_in: list[str] = Field(min_length=1)
    corpora: list[PublicCorpus]
    word_lists: list[WordList] = []


def find_sources(config: PublicConfig | None) -> tuple[list[PublicCorpus], list[WordList], list[str]]:
    """Return the corpora and word lists that are there, with their places, and the names of those that are not.

    Raises:
        ConfigError: the file is malformed, `only` names none of its corpora, or something is missing that must not be.
    """
    if config is None:
        return [], [], []
    sources = load_section(config.config, PublicSources)
    names = [corpus.name for corpus in sources.corpora]
    if unknown := set(config.only or ()) - set(names):
        name = min(unknown)
        hint = did_you_mean(name, names)
        raise ConfigError(f"data.public.only: {config.config} has no corpus {name!r}; known: {', '.join(names)}{hint}")
    wanted = [corpus for corpus in sources.corpora if config.only is None or corpus.name in config.only]
    folder = source_folder(sources.look_in)
    corpora = [corpus.model_copy(update={"path": Path(folder, corpus.path)}) for corpus in wanted]
    lists = [words.model_copy(update={"path": Path(folder, words.path)}) for words in sources.word_lists]
    missing = [path for path in (*(c.path for c in corpora), *(w.path for w in lists)) if not path.exists()]
    if missing and config.missing == "refuse":
        gone = f"{config.config}: {missing[0]}: no such file{instead(missing[0])}"
        raise ConfigError(f"data.public.config: {gone}; data.public.missing=skip goes on without what is not there")
    there = [each for each in corpora if each.path.exists()], [each for each in lists if each.path.exists()]
    return *there, [path.as_posix() for path in missing]


def source_folder(look_in: Iterable[str]) -> Path:
    """Return the first folder that there is of `look_in`, patterns; the first one as it is written if there is none."""
    patterns = list(look_in)
    return Path(next((path for pattern in patterns for path in sorted(glob.glob(pattern))), patterns[0]))


def read_public(corpus: PublicCorpus, schema: LabelSchema, *, seed: int) -> list[Document]:
    """Return the documents of a corpus, or a random `limit` of its records, with their labels mapped to ours.

    Raises:
        ConfigError: the description names a label that the schema lacks.
        InputError: naming file and line, where a line is not of the format.
    """
    check_labels_of(corpus, schema)
    return drawn(list(_read(corpus)), limit=corpus.limit, length=corpus.joined, seed=seed)


def check_labels_of(corpus: PublicCorpus, schema: LabelSchema) -> None:
    """Raise ConfigError where the description of a corpus names a label that the schema lacks."""
    if unknown := {*corpus.labels.values(), *corpus.complete, *corpus.loose} - set(schema.labels):
        label = min(unknown)
        hint = did_you_mean(label, schema.labels)
        raise ConfigError(f"data.public: corpus {corpus.name}: {label!r} is not a label of the schema that `labels` names{hint}")


def drawn(docs: list[Document], *, limit: int | None, length: int | None, seed: int) -> list[Document]:
    """Return a random `limit` of the documents, joined to about `length` characters each; None leaves them as they are."""
    if limit is not None and limit < len(docs):
        docs = random.Random(seed).sample(docs, limit)
    return docs if length is None else list(_joined(docs, length))


def words_by_symbol(lists: Iterable[WordList]) -> dict[str, tuple[float, list[str]]]:
    """Return {symbol: (share, words)} as the generator takes it: each word once, none that its source has cut off (...)."""
    found = {each.symbol: (each.share, (line.split("\t")[0].strip() for line in text_lines(each.path))) for each in lists}
    return {
        symbol: (share, list(dict.fromkeys(word for word in words if word and "..." not in word)))
        for symbol, (share, words) in found.items()
    }


def _read(corpus: PublicCorpus) -> Iterator[Document]:
    outside = re.compile(corpus.outside)
    meta = {"genre": corpus.name, "form": "prose", "complete": corpus.complete, "loose": corpus.loose}
    if corpus.annotation is not None:
        found = read_standoff(corpus.annotation, corpus.path)
    else:
        found = read_ents(corpus.path, corpus.name, corpus.labels)
    for doc in found:
        spans = [
            replace(span, label=corpus.labels[span.label])
            for span in doc.spans
            if not outside.fullmatch(doc.text, span.start, span.end)
        ]
        yield replace(doc, spans=tuple(spans), meta=meta)


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
