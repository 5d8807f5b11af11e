"""Measure how far int8 finds what fp32 finds, on all annotated documents, and what it costs each label.

python docs/measure_agreement.py RUN        # e.g. runs/release; two minutes on two cores
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from minshi import Document, Tagger
from minshi_train.corpus.annotated import read_annotated
from minshi_train.evaluate import prf

Spans = set[tuple[int, int, str]]


def found(folder: Path, docs: Iterable[Document]) -> list[Spans]:
    """Return what the model of a folder itself finds in each document, rules left out."""
    tagger = Tagger.load(folder)
    tagged = tagger.tag_many(Document(doc.id, doc.text) for doc in docs)
    return [{(span.start, span.end, span.label) for span in doc.spans if span.label in tagger.schema.labels} for doc in tagged]


def strict_f1(gold: Sequence[Spans], guess: Sequence[Spans], label: str | None = None) -> float:
    """Return the strict F1 of `guess`, of all labels or of one."""
    pairs = [
        ({s for s in a if label in (None, s[2])}, {s for s in b if label in (None, s[2])})
        for a, b in zip(gold, guess, strict=True)
    ]
    return prf(sum(len(a & b) for a, b in pairs), sum(len(b) for _, b in pairs), sum(len(a) for a, _ in pairs))["f1"]


if __name__ == "__main__":
    export = Path(sys.argv[1]) / "export"
    docs = [doc for path in sorted(Path("data/annotated").glob("*.jsonl")) for doc in read_annotated(path)]
    gold = [{(span.start, span.end, span.label) for span in doc.spans} for doc in docs]
    fp32, int8 = found(export / "fp32", docs), found(export / "int8", docs)
    print(f"{len(docs)} documents: int8 and fp32 spans agree by {strict_f1(fp32, int8):.4f}")
    print("| label | fp32 | int8 |\n| --- | ---: | ---: |")
    for label in Tagger.load(export / "int8").schema.labels:
        print(f"| `{label}` | {strict_f1(gold, fp32, label):.4f} | {strict_f1(gold, int8, label):.4f} |")
