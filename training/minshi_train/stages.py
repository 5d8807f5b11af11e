"""The stages of a run, each a function over the files of its run directory.

runs/NAME/config.yaml            the resolved configuration
          data/                  build:     train, dev, test .jsonl and build.json
          checkpoints/           train:     best/, history.json, provenance.json
          metrics.json           evaluate:  the checkpoint on dev and test
          export/{fp32,int8}/    export:    model folders that minshi can load
          verify.json            verify:    parity on dev and test; all figures on test; the released model beside
          stage.json             what each stage was made from (pipeline.py)
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from minshi.bundle import MANIFEST_FILE, MODEL_FILE, load_bundle
from minshi.points import AS_IT_IS, BALANCED, Calibration
from minshi.scorer import OrtScorer
from minshi.tagger import Tagger
from minshi.types import Document
from minshi.window import code_points
from minshi_train.config import Config, load_labels, model_schema, parse_config
from minshi_train.corpus.annotated import read_annotated
from minshi_train.corpus.build import build as build_corpus
from minshi_train.evaluate import evaluate as evaluate_tagger
from minshi_train.evaluate import judge, measure
from minshi_train.examine import figures, slices
from minshi_train.export import contract_of, set_points, to_onnx, write_bundle
from minshi_train.folders import CHECKPOINT
from minshi_train.jsonfile import write_json
from minshi_train.model import TorchScorer, load_model
from minshi_train.points import fit_points
from minshi_train.progress import progress
from minshi_train.provenance import TRAINING_PART, checkpoint_sha256, describe_export
from minshi_train.quantize import quantize
from minshi_train.train import train as train_model
from minshi_train.verify import against_released, check_gates, compare

_log = logging.getLogger(__name__)
_CALIBRATION_DOCUMENTS = 128  # whose activations set the smoothing of the int8 model


def build(config: Config, run_dir: Path) -> None:
    """Gather and split the data."""
    build_corpus(config.data, model_schema(load_labels(config.labels)), run_dir / "data", seed=config.seed)


def train(config: Config, run_dir: Path) -> None:
    """Fine-tune the encoder."""
    train_model(config, run_dir / "data", run_dir / "checkpoints")


def evaluate(config: Config, run_dir: Path) -> None:
    """Measure the checkpoint on dev and test."""
    tagger = checkpoint_tagger(run_dir)
    judged = {split: judge(tagger, _shown(run_dir, split)) for split in ("dev", "test")}
    write_json(run_dir / "metrics.json", {split: figures(found, tagger.schema) for split, found in judged.items()})


def checkpoint_tagger(run_dir: Path, calibration: Calibration = AS_IT_IS) -> Tagger:
    """Return the checkpoint of a run as a tagger, with the window that it was trained for.

    Its scores are as they come, until they are calibrated at export (`exported_calibration`).
    """
    config = parse_config(run_dir / "config.yaml")
    model = load_model(run_dir / CHECKPOINT)
    return Tagger(
        TorchScorer(model),
        model.schema,
        window=config.window.size,
        context=config.window.context,
        rule_labels=[label.id for label in load_labels(config.labels) if label.kind == "rule"],
        calibration=calibration,
    )


def exported_calibration(run_dir: Path) -> Calibration:
    """Return the calibration of a run's scores; one that changes nothing where its checkpoint has not been exported."""
    folder = run_dir / "export" / "fp32"
    if not (folder / MANIFEST_FILE).exists():
        return AS_IT_IS
    bundle = load_bundle(folder)
    is_of_checkpoint = bundle.manifest.get("export", {}).get("checkpoint_sha256") == checkpoint_sha256(run_dir)
    return bundle.calibration if is_of_checkpoint else AS_IT_IS


def export(config: Config, run_dir: Path) -> None:
    """Write the checkpoint as fp32 and int8 ONNX, with calibration and operating points fitted on dev."""
    model, labels = load_model(run_dir / CHECKPOINT), load_labels(config.labels)
    fp32 = to_onnx(model, contract_of(config, model))
    docs = [doc for doc in _docs(run_dir, "train") if "complete" not in doc.meta]  # notices, not corpora of others
    sample = random.Random(config.seed).sample(docs, min(len(docs), _CALIBRATION_DOCUMENTS))
    typical = [code_points(doc.text[: config.window.size]) for doc in sample]
    int8 = quantize(fp32, typical, smoothing=config.export.smoothing, reduce_range=config.export.reduce_range)
    scorer = OrtScorer(int8.SerializeToString(), tags=len(model.schema.tags))
    shape = {"window": config.window.size, "context": config.window.context}
    calibration, points = fit_points(scorer, model.schema, _docs(run_dir, "dev"), **shape)
    for name, exported in {"fp32": fp32, "int8": int8}.items():
        set_points(exported, points, calibration)
        write_bundle(run_dir / "export" / name, exported, labels, {"export": describe_export(config, run_dir)})


def verify(config: Config, run_dir: Path) -> None:
    """Compare torch, fp32 and int8 on dev and test, refuse what does not pass the gates, and measure the rest on test."""
    model, exported = load_model(run_dir / CHECKPOINT), run_dir / "export"
    fp32, int8 = (Tagger.load(exported / kind, threads=1, remember=0) for kind in ("fp32", "int8"))  # their time is measured too
    dev, test = _docs(run_dir, "dev"), _docs(run_dir, "test")
    report, *found = compare(config, model, [*dev, *test], fp32, int8)
    exact, judged = (some[len(dev) :] for some in found)
    report["test"] = {"fp32": measure(exact, fp32.schema), "int8": measure(judged, int8.schema)}
    report["slices"] = slices(judged)
    points = {name: Tagger.load(exported / "int8", point=name) for name in _points_of(int8) if name != BALANCED}
    others = {name: evaluate_tagger(tagger, _shown(run_dir, "test")) for name, tagger in points.items()}
    report["points"] = {BALANCED: report["test"]["int8"], **others}
    if released := _released(config.release_to, int8):
        report["released"] = against_released(released, int8, judged)
    write_json(run_dir / "verify.json", report)
    check_gates(config.gates, report)


def _points_of(tagger: Tagger) -> list[str]:
    return list(tagger.bundle.points) if tagger.bundle else []


def _released(folder: Path, new: Tagger) -> Tagger | None:
    """The model that a release would replace, if there is one of the same labels."""
    if not (folder / MODEL_FILE).exists():
        return None
    released = Tagger.load(folder, threads=1, remember=0)
    if released.schema.labels == new.schema.labels:
        return released
    _log.warning("verify: the model in %s has other labels (%s), not compared", folder, ", ".join(released.schema.labels))
    return None


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage, and what it depends on: sections of the configuration, files of the run directory, and a module with all that
    it imports. `writes` is what it leaves there."""

    run: Callable[[Config, Path], None]
    sections: frozenset[str]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    code: str = __name__


_EXPORTED = frozenset({"version", "seed", "labels", "window", "export"})

STAGES: dict[str, Stage] = {
    "build": Stage(build, frozenset({"seed", "labels", "data"}), (), ("data",), build_corpus.__module__),
    "train": Stage(train, frozenset(TRAINING_PART), ("data",), ("checkpoints",), train_model.__module__),
    "evaluate": Stage(evaluate, frozenset({"window"}), ("data", "checkpoints/best"), ("metrics.json",)),
    "export": Stage(export, _EXPORTED, ("data", "checkpoints/best"), ("export",)),
    "verify": Stage(
        verify, frozenset({"gates", "window", "release_to"}), ("data", "checkpoints/best", "export"), ("verify.json",)
    ),
}


def _shown(run_dir: Path, split: str) -> Iterable[Document]:
    """Yield the documents of a split under a bar."""
    docs = _docs(run_dir, split)
    return progress(docs, f"documents of {split}", total=len(docs))


def _docs(run_dir: Path, split: str) -> list[Document]:
    return list(read_annotated(run_dir / "data" / f"{split}.jsonl"))
