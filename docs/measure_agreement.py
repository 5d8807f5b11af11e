"""Measure how far int8 finds what fp32 finds, on all annotated documents, and what it costs each label.

python docs/measure_agreement.py RUN        # e.g. runs/release; two minutes on two cores
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from minshi import Tagger
from minshi_train.corpus.annotated import read_annotated
from minshi_train.evaluate import measure
from minshi_train.examine import judge

if __name__ == "__main__":
    docs = [doc for path in sorted(Path("data/annotated").glob("*.jsonl")) for doc in read_annotated(path)]
    fp32, int8 = (Tagger.load(Path(sys.argv[1]) / "export" / kind) for kind in ("fp32", "int8"))
    exact, rounded = judge(fp32, docs), judge(int8, docs)
    pairs = [(replace(doc, spans=tuple(spans)), found) for (doc, spans), (_, found) in zip(exact, rounded, strict=True)]
    print(f"{len(docs)} documents: int8 and fp32 spans agree by {measure(pairs, int8.schema)['micro']['f1']:.4f}")
    print("| label | fp32 | int8 |\n| --- | ---: | ---: |")
    before, after = (measure(judged, int8.schema)["labels"] for judged in (exact, rounded))
    for label in int8.schema.labels:
        print(f"| `{label}` | {before[label]['f1']:.4f} | {after[label]['f1']:.4f} |")
