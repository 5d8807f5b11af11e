"""Gather annotated documents, drop repeats, and split them into train, dev and test by document.

Generated documents and corpora of others only ever join the training split. The split hangs on a hash of the document's
id alone, so that adding documents never moves one between splits; a training document that names a person or an address
of a held-back one is left out (`leaks.py`).
"""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Iterable
from pathlib import Path

from minshi.errors import InputError
from minshi.labels import LabelSchema
from minshi.types import Document
from minshi_train.config import DataConfig
from minshi_train.corpus.annotated import read_annotated, write_annotated
from minshi_train.corpus.leaks import without_leaks
from minshi_train.corpus.public import read_public
from minshi_train.corpus.stats import describe
from minshi_train.jsonfile import write_json
from minshi_train.synth.generate import generate, load_synth_config

SPLITS = ("train", "dev", "test")


def build(config: DataConfig, schema: LabelSchema, out_dir: Path, *, seed: int) -> Path:
    """Write train.jsonl, dev.jsonl, test.jsonl and build.json (counts and SHA-256) to `out_dir` and return it.

    Raises:
        InputError: a pattern matches no file, a file is malformed, or a span has a label that the schema lacks.
    """
    docs = _distinct(_gather(config.annotated, schema))[: config.limit]
    out_dir.mkdir(parents=True, exist_ok=True)
    splits = {split: [doc for doc in docs if split_of(doc.id, config) == split] for split in SPLITS}
    held_back = splits["dev"] + splits["test"]
    public = [doc for corpus in config.public for doc in read_public(corpus, schema, seed=seed)]
    splits["train"], left_out = without_leaks([*splits["train"], *_generated(config, schema)], held_back)
    splits["train"] += public
    report: dict[str, dict[str, object]] = {}
    for split, chosen in splits.items():
        path = out_dir / f"{split}.jsonl"
        write_annotated(path, chosen)
        report[split] = {
            **describe(chosen),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
    report["train"]["left_out"] = left_out
    write_json(out_dir / "build.json", report)
    return out_dir


def _generated(config: DataConfig, schema: LabelSchema) -> Iterable[Document]:
    if config.generated is None:
        return ()
    return generate(load_synth_config(config.generated.config), schema.labels, config.generated.documents)


def split_of(doc_id: str, config: DataConfig) -> str:
    """Return the split of a document, from a hash of its id."""
    place = int.from_bytes(hashlib.sha256(doc_id.encode()).digest()[:8], "big") / 2**64
    if place < config.test_share:
        return "test"
    return "dev" if place < config.test_share + config.dev_share else "train"


def _gather(patterns: Iterable[str], schema: LabelSchema) -> Iterable[Document]:
    for pattern in patterns:
        paths = sorted(glob.glob(pattern))
        if not paths:
            raise InputError(f"{pattern}: no such file")
        for path in paths:
            for doc in read_annotated(Path(path)):
                if unknown := {span.label for span in doc.spans} - set(schema.labels):
                    raise InputError(f"{path}: document {doc.id}: label {min(unknown)!r} is not in the schema")
                yield doc


def _distinct(docs: Iterable[Document]) -> list[Document]:
    """Keep the first document of each text (white space aside), so that no text stands in two splits."""
    kept: dict[str, Document] = {}
    ids: set[str] = set()
    for doc in docs:
        if doc.id in ids:
            raise InputError(f"document id {doc.id!r} occurs twice")
        ids.add(doc.id)
        kept.setdefault("".join(doc.text.split()), doc)
    return list(kept.values())
