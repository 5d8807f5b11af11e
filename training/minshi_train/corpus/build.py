"""Gather annotated documents, drop repeats, and split them into train, dev and test.

Generated documents and corpora of others only ever join the training split. The split hangs on a hash of the document's
group (its template, where it has one, else its id), so that adding documents never moves one between splits and no template
stands in two; a training document that names a person or an address of a held-back one is left out (`leaks.py`).
"""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from minshi.errors import InputError
from minshi.labels import LabelSchema
from minshi.types import Document
from minshi_train.config import DataConfig
from minshi_train.corpus.annotated import check_known_labels, read_annotated, write_annotated
from minshi_train.corpus.excerpts import excerpts
from minshi_train.corpus.leaks import distinct, without_leaks
from minshi_train.corpus.lint import lint
from minshi_train.corpus.public import PublicCorpus, WordList, find_sources, read_public, words_by_symbol
from minshi_train.corpus.report import write_report
from minshi_train.corpus.stats import describe
from minshi_train.folders import DATA_MANIFEST
from minshi_train.hashing import file_sha256, files_sha256
from minshi_train.jsonfile import write_json, write_json_lines
from minshi_train.progress import progress
from minshi_train.synth.generate import generate, load_synth_config

SPLITS = ("train", "dev", "test")


def build(config: DataConfig, schema: LabelSchema, out_dir: Path, *, seed: int) -> Path:
    """Write the splits and what is to be known of them to `out_dir` and return it.

    {train,dev,test}.jsonl; build.json, the manifest: seed, SHA-256 of every file that went in or came out, counts, what was
    not there; leaks.jsonl, a line for every training document left out: its id, why, and the held-back document;
    problems.txt, what `minshi-train data check` says of the annotated files; report.html, the counts as tables and plots.

    Raises:
        InputError: a pattern matches no file, a file is malformed, or a span has a label that the schema lacks.
        ConfigError: a corpus of others is missing or badly described.
    """
    paths = _annotated_paths(config.annotated)
    corpora, word_lists, missing = find_sources(config.public)
    docs, repeats = distinct(_gather(paths, schema)) if config.drop_leaks else (list(_gather(paths, schema)), 0)
    docs = docs[: config.limit]
    splits = {split: [doc for doc in docs if split_of(doc, config) == split] for split in SPLITS}
    for split, patterns in (("train", config.train), ("dev", config.dev), ("test", config.test)):
        splits[split] += _gather(_annotated_paths(patterns), schema)
    out_dir.mkdir(parents=True, exist_ok=True)
    public = [doc for corpus in corpora for doc in read_public(corpus, schema, seed=seed)]
    candidates = [*splits["train"], *_generated(config, schema, word_lists), *public]
    held_back = splits["dev"] + splits["test"] if config.drop_leaks else []
    splits["train"], leaks = without_leaks(progress(candidates, "documents checked for leaks"), held_back)
    splits["train"] += excerpts(splits["train"], config.excerpts, seed=seed)
    problems = [problem for path in paths for problem in lint(path, schema.labels)]
    (out_dir / "problems.txt").write_text("".join(f"{problem}\n" for problem in problems), encoding="utf-8")
    write_json_lines(out_dir / "leaks.jsonl", leaks)
    for split, chosen in splits.items():
        write_annotated(out_dir / f"{split}.jsonl", chosen)
    manifest = {
        "seed": seed,
        "inputs": files_sha256(input_files(config)),
        "missing": missing,
        "repeats_left_out": repeats,
        "leaks_left_out": len(leaks),
        "problems": len(problems),
        "splits": {split: {**describe(splits[split]), "sha256": file_sha256(out_dir / f"{split}.jsonl")} for split in SPLITS},
    }
    write_json(out_dir / DATA_MANIFEST, manifest)
    write_report(out_dir / "report.html", splits, manifest)
    return out_dir


def input_files(config: DataConfig) -> list[Path]:
    """Return every file that a build reads; raises as `build` does where one is missing."""
    corpora, word_lists, _ = find_sources(config.public)
    annotated = _annotated_paths([*config.annotated, *config.train, *config.dev, *config.test])
    files = [*annotated, *(corpus.path for corpus in corpora), *_apart(corpora), *(words.path for words in word_lists)]
    if config.public is not None:
        files.append(config.public.config)
    if config.generated is not None:
        synth = load_synth_config(config.generated.config)
        folders = [folder.glob("*.txt") for folder in (synth.lexicons, synth.templates)]
        files += [config.generated.config, *sorted(path for folder in folders for path in folder)]
    return files


def _apart(corpora: Iterable[PublicCorpus]) -> list[Path]:
    return list(dict.fromkeys(corpus.annotation for corpus in corpora if corpus.annotation is not None))


def split_of(doc: Document, config: DataConfig) -> str:
    """Return the split of a document, from a hash of its template or id."""
    place = _place(str(doc.meta.get("template") or doc.id))
    if place < config.test_share:
        return "test"
    return "dev" if place < config.test_share + config.dev_share else "train"


def fold_of(doc: Document, count: int) -> int:
    """Return the fold of a document, 1 to `count`, from a hash of its id."""
    return int(_place(doc.id) * count) + 1


def _place(group: str) -> float:
    """Return a number from 0 up to 1 that only the text of `group` decides."""
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:8], "big") / 2**64


def _annotated_paths(patterns: Iterable[str]) -> list[Path]:
    paths: list[Path] = []
    for pattern in patterns:
        found = sorted(glob.glob(pattern))
        if not found:
            raise InputError(f"{pattern}: no such file")
        paths += map(Path, found)
    return list(dict.fromkeys(paths))


def _gather(paths: Iterable[Path], schema: LabelSchema) -> Iterator[Document]:
    ids: set[str] = set()
    for path in paths:
        for doc in read_annotated(path):
            check_known_labels(path, doc, schema.labels)
            if doc.id in ids:
                raise InputError(f"{path}: document id {doc.id!r} occurs twice")
            ids.add(doc.id)
            yield doc


def _generated(config: DataConfig, schema: LabelSchema, word_lists: Iterable[WordList]) -> Iterable[Document]:
    if config.generated is None:
        return ()
    synth = load_synth_config(config.generated.config)
    count = config.generated.documents
    docs = generate(synth, schema.labels, count, words=words_by_symbol(word_lists))
    return progress(docs, "documents generated", total=count)
