"""Refuse a model that is not what was trained (torch, fp32 and int8 side by side) or that leaks more than the released one."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minshi.errors import ModelError
from minshi.scorer import Scorer
from minshi.tagger import Tagger
from minshi.types import Document
from minshi.window import code_points, segment
from minshi_train.compare import differences
from minshi_train.config import Config, GateConfig
from minshi_train.evaluate import Judged, judge, measure, of_schema, prf
from minshi_train.model import CharTagger, TorchScorer
from minshi_train.progress import progress

_BATCH = 8
_TURNS = 3
# A process in which the training libraries cannot be imported must be able to load and run the model.
_ALONE = """
import sys
for name in ("torch", "transformers", "datasets", "onnx"):
    sys.modules[name] = None
import minshi
minshi.Tagger.load(sys.argv[1], threads=1).tag("张三，男，现住某村。")
"""


def compare(
    config: Config, model: CharTagger, docs: Sequence[Document], fp32: Tagger, int8: Tagger
) -> tuple[dict[str, Any], list[Judged], list[Judged]]:
    """Return what was measured on gold `docs`, checkpoint, fp32 and int8 side by side, and what fp32 and int8 found in them.

    Raises:
        ModelError: the int8 tagger was not loaded from a model folder.
    """
    if int8.bundle is None:
        raise ModelError("only a model folder can be verified")
    windows = [
        code_points(doc.text[w.start : w.end])
        for doc in docs
        for w in segment(doc.text, size=config.window.size, context=config.window.context)
    ]
    reference = TorchScorer(model)
    noise = _logit_difference(reference, fp32.scorer, windows)
    bare = [Document(doc.id, doc.text) for doc in docs]
    both = zip(fp32.tag_many(bare), int8.tag_many(bare), strict=True)
    tagged = list(progress(both, "documents, fp32 and int8", total=len(bare)))
    of_fp32 = [(doc, of_schema(found.spans, fp32.schema)) for doc, (found, _) in zip(docs, tagged, strict=True)]
    of_int8 = [(doc, of_schema(found.spans, int8.schema)) for doc, (_, found) in zip(docs, tagged, strict=True)]
    report = {
        "windows": len(windows),
        "max_logit_difference": noise,
        "differing_tags": differing_tags(reference, fp32.scorer, windows, noise=noise),
        "span_agreement": _agreement(tagged),
        "fp32": measure(of_fp32, fp32.schema),
        "int8": measure(of_int8, int8.schema),
        "sha256": int8.bundle.sha256,
        "model_bytes": len(int8.bundle.model),
        "runs_alone": _runs_alone(int8.bundle.path),
    }
    return report, of_fp32, of_int8


def against_released(released: Tagger, new: Tagger, judged: Sequence[Judged]) -> dict[str, Any]:
    """Return how a model to be released does beside the one that it would replace, on documents that neither saw.

    Args:
        judged: these documents, with what the new model found in them.
    """
    bundle, docs = released.bundle, [doc for doc, _ in judged]
    rows = differences(judge(released, docs), judged, new.schema.labels)
    return {
        "version": bundle.version if bundle else "",
        "sha256": bundle.sha256 if bundle else "",
        "documents": bundle.manifest.get("metrics", {}).get("documents", 0) if bundle else 0,
        "differences": [asdict(row) for row in rows],
        "slowdown": round(_slowdown(released, new, docs), 3),
    }


def _slowdown(released: Tagger, new: Tagger, docs: Sequence[Document]) -> float:
    """Return how many times longer the new model takes; the least of several turns each, taken alternately."""
    seconds: dict[str, list[float]] = {"released": [], "new": []}
    for _ in range(_TURNS):
        for name, tagger in (("released", released), ("new", new)):
            began = time.perf_counter()
            for _ in tagger.tag_many(Document(doc.id, doc.text) for doc in docs):
                pass
            seconds[name].append(time.perf_counter() - began)
    return min(seconds["new"]) / min(seconds["released"])


def _logit_difference(reference: Scorer, exported: Scorer, windows: Sequence[NDArray[np.int32]]) -> float:
    """Compare in ragged, padded batches, which the runtime does not use but other embedders may."""
    largest = 0.0
    for first in progress(range(0, len(windows), _BATCH), "batches of windows, torch and fp32"):
        rows = windows[first : first + _BATCH]
        batch = np.zeros((len(rows), max(map(len, rows))), dtype=np.int32)
        for row, window in zip(batch, rows, strict=True):
            row[: len(window)] = window
        difference = np.abs(reference(batch) - exported(batch))[batch != 0]
        largest = max(largest, float(difference.max()))
    return largest


def differing_tags(reference: Scorer, exported: Scorer, windows: Sequence[NDArray[np.int32]], *, noise: float) -> int:
    """Count characters whose best tag differs, one window a call as the runtime does.

    Ties do not count: two scores that rounding moves by `noise` each change places where they are closer than twice that.
    """
    differing = 0
    for window in progress(windows, "windows, torch and fp32 one by one"):
        truth, best = reference(window[None])[0], exported(window[None])[0].argmax(-1)
        behind = truth.max(-1) - np.take_along_axis(truth, best[:, None], axis=-1)[:, 0]
        differing += int((behind > 2 * noise).sum())
    return differing


def _agreement(tagged: Sequence[tuple[Document, Document]]) -> float:
    """Strict F1 of int8 spans with fp32 spans as gold, those of the rules too."""
    pairs = [(set(fp32.spans), set(int8.spans)) for fp32, int8 in tagged]
    found, gold = sum(len(b) for _, b in pairs), sum(len(a) for a, _ in pairs)
    return prf(sum(len(a & b) for a, b in pairs), found, gold)["f1"] if found or gold else 1.0


def _runs_alone(folder: Path) -> bool:
    command = [sys.executable, "-c", _ALONE, str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def check_gates(gates: GateConfig, report: Mapping[str, Any]) -> None:
    """Raise ModelError, naming every gate that a report of `compare` does not pass."""
    fp32, int8 = report["fp32"], report["int8"]
    losses = {label: fp32["labels"][label]["recall"] - row["recall"] for label, row in int8["labels"].items()}
    worst = max(losses, key=lambda label: losses[label])
    lost_f1 = fp32["micro"]["f1"] - int8["micro"]["f1"]
    difference, agreement = report["max_logit_difference"], report["span_agreement"]
    checks = {
        f"compared {report['windows']} windows of at least {gates.min_windows}": report["windows"] >= gates.min_windows,
        f"log-probabilities of fp32 differ from torch by {difference:.2g}": difference <= gates.max_logit_difference,
        f"{report['differing_tags']} tags differ between torch and fp32": report["differing_tags"] == 0,
        f"int8 spans agree with fp32 by {agreement:.4f}": agreement >= gates.min_span_agreement,
        f"int8 loses {lost_f1:.4f} of strict micro F1": lost_f1 <= gates.max_f1_loss,
        f"int8 loses {losses[worst]:.4f} recall of {worst}": losses[worst] <= gates.max_recall_loss,
        f"the file has {report['model_bytes']} bytes": report["model_bytes"] <= gates.max_model_bytes,
        "it does not run where torch cannot be imported": report["runs_alone"],
    }
    if released := report.get("released"):
        leaks = next(row for row in released["differences"] if row["name"] == "leaked characters")
        version, documents = released["version"], report["test"]["int8"]["documents"]
        checks |= {
            f"leaks {leaks['new']:.1%} of sensitive characters, {version} {leaks['old']:.1%}": leaks["low"] <= 0,
            f"takes {released['slowdown']:.2f} times as long as {version}": released["slowdown"] <= gates.max_slowdown,
            f"tested on {documents} documents, {version} on {released['documents']}": documents >= released["documents"],
        }
    if failed := [reason for reason, passed in checks.items() if not passed]:
        raise ModelError(f"refused: {'; '.join(failed)}")
