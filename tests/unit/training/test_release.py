"""Gates refuse by name, and only what was verified is released."""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from minshi.bundle import load_bundle, shipped_path
from minshi.errors import ModelError
from minshi.labels import LabelSchema
from minshi.tagger import Tagger
from minshi_train.card import _licences
from minshi_train.config import Config, parse_config
from minshi_train.corpus.annotated import read_annotated
from minshi_train.evaluate import evaluate, judge
from minshi_train.folders import CHECKPOINT, WEIGHTS_FILE
from minshi_train.provenance import describe, describe_export, differ_from_git
from minshi_train.release import check_version, release
from minshi_train.restore import restore
from minshi_train.stages import _released
from minshi_train.verify import check_gates, compare, differing_tags

ROOT = Path(__file__).parents[3]
_ROW = {"precision": 0.8, "recall": 0.8, "f1": 0.8}
_METRICS: dict[str, Any] = {
    "documents": 10,
    "micro": _ROW,
    "macro": _ROW,
    "labels": {label: {**_ROW, "gold": 7} for label in ("NAME", "ADDRESS", "FAMILY", "HEALTH", "RELIGION")},
    "character_recall": 0.9,
    "character_precision": 0.9,
    "over_redaction": 0.01,
    "leaking_documents": 0.5,
    "negative_documents": 3,
    "negative_documents_flagged": 0.0,
}


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.chdir(ROOT)
    return parse_config(ROOT / "configs" / "train" / "base.yaml")


@pytest.fixture
def report() -> dict[str, Any]:
    return {
        "windows": 1000,
        "max_logit_difference": 1e-6,
        "differing_tags": 0,
        "span_agreement": 1.0,
        "fp32": copy.deepcopy(_METRICS),
        "int8": copy.deepcopy(_METRICS),
        "model_bytes": 1000,
        "runs_alone": True,
        "test": {"fp32": copy.deepcopy(_METRICS), "int8": copy.deepcopy(_METRICS)},
        "slices": {
            "genre": {
                "公示": {"documents": 6, "gold": 19, **_ROW, "f1": 0.4},
                "判决": {"documents": 8, "gold": 19, **_ROW},
                "统计公报": {"documents": 8, "gold": 0, **_ROW, "f1": 0.0},
            },
            "name": {
                "2 characters": {"gold": 30, "recall": 0.9},
                "3 characters": {"gold": 40, "recall": 0.95},
                "with a dot": {"gold": 3, "recall": 0.0},
            },
        },
    }


def test_a_comparison_has_the_figures_of_the_evaluation(config: Config) -> None:
    docs = list(read_annotated(ROOT / "data/annotated/prose-1.jsonl"))[:3]
    fp32, int8 = (Tagger.load(shipped_path(), threads=1, point=point) for point in ("high_precision", "high_recall"))
    report, *found = compare(config, restore(shipped_path()), docs, fp32, int8)
    assert found == [judge(tagger, docs) for tagger in (fp32, int8)]
    assert [report["fp32"], report["int8"]] == [evaluate(tagger, docs) for tagger in (fp32, int8)]
    assert 0 < report["span_agreement"] < 1


def test_a_good_report_passes(config: Config, report: dict[str, Any]) -> None:
    check_gates(config.gates, report)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("windows", 3, "compared 3 windows"),
        ("max_logit_difference", 0.1, "differ from torch by 0.1"),
        ("differing_tags", 1, "1 tags differ"),
        ("span_agreement", 0.5, "agree with fp32 by 0.5000"),
        ("model_bytes", 10**9, "1000000000 bytes"),
        ("runs_alone", False, "torch cannot be imported"),
    ],
)
def test_each_gate_refuses_by_name(config: Config, report: dict[str, Any], key: str, value: Any, message: str) -> None:
    report[key] = value
    with pytest.raises(ModelError, match=message):
        check_gates(config.gates, report)


def test_a_label_that_loses_recall_is_named(config: Config, report: dict[str, Any]) -> None:
    report["int8"]["labels"]["FAMILY"]["recall"] = 0.7
    with pytest.raises(ModelError, match=r"0\.1000 recall of FAMILY"):
        check_gates(config.gates, report)


def _against(report: dict[str, Any], *, low: float, documents: int, slowdown: float = 1.0) -> dict[str, Any]:
    row = {"name": "leaked characters", "old": 0.1, "new": 0.15, "low": low, "high": 0.08}
    return report | {"released": {"version": "0.9.0", "documents": documents, "differences": [row], "slowdown": slowdown}}


def test_a_model_that_leaks_more_than_the_released_one_beyond_chance_is_refused(config: Config, report: dict[str, Any]) -> None:
    check_gates(config.gates, _against(report, low=-0.01, documents=10))
    with pytest.raises(ModelError, match=r"leaks 15\.0% of sensitive characters, 0\.9\.0 10\.0%"):
        check_gates(config.gates, _against(report, low=0.02, documents=10))


def test_a_model_tested_on_fewer_documents_than_the_released_one_is_refused(config: Config, report: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match=r"tested on 10 documents, 0\.9\.0 on 11"):
        check_gates(config.gates, _against(report, low=-0.01, documents=11))


def test_a_model_slower_than_the_budget_is_refused(config: Config, report: dict[str, Any]) -> None:
    check_gates(config.gates, _against(report, low=-0.01, documents=10, slowdown=1.2))
    with pytest.raises(ModelError, match=r"takes 1\.40 times as long as 0\.9\.0"):
        check_gates(config.gates, _against(report, low=-0.01, documents=10, slowdown=1.4))


def _run_dir(tmp_path: Path, toy_bundle: Path, config: Config, report: dict[str, Any]) -> Path:
    run_dir = tmp_path / "run"
    shutil.copytree(toy_bundle, run_dir / "export" / "int8")
    (run_dir / CHECKPOINT).mkdir(parents=True)
    (run_dir / CHECKPOINT / WEIGHTS_FILE).write_bytes(b"weights")
    manifest = json.loads((toy_bundle / "manifest.json").read_text(encoding="utf-8"))
    manifest["export"] = describe_export(config, run_dir)
    (run_dir / "export" / "int8" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (run_dir / "data").mkdir()
    split = {"documents": 1, "characters": 2, "spans": {"NAME": 3}, "sha256": "0"}
    build = {"inputs": {}, "missing": [], "splits": dict.fromkeys(("train", "dev", "test"), split)}
    (run_dir / "data" / "build.json").write_text(json.dumps(build), encoding="utf-8")
    provenance = json.dumps(describe(config, run_dir / "data", bf16=False))
    (run_dir / "checkpoints" / "provenance.json").write_text(provenance, encoding="utf-8")
    report["sha256"] = load_bundle(toy_bundle).sha256
    (run_dir / "verify.json").write_text(json.dumps(report), encoding="utf-8")
    return run_dir


def test_a_release_holds_a_loadable_model_its_metrics_and_a_card(
    tmp_path: Path, toy_bundle: Path, config: Config, report: dict[str, Any]
) -> None:
    release(config, _run_dir(tmp_path, toy_bundle, config, report), tmp_path / "out")
    bundle = load_bundle(tmp_path / "out")
    assert bundle.manifest["metrics"]["micro"]["f1"] == 0.8
    assert bundle.manifest["provenance"]["config"]["seed"] == config.seed
    card = (tmp_path / "out" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert bundle.sha256 in card
    assert "| `HEALTH` | 7 | 0.800 | 0.800 | 0.800 |" in card
    assert "| genre 公示 | 6 | 19 | 0.800 | 0.800 | 0.400 |" in card
    assert "| genre 统计公报 | 8 | 0 |  |  |  |" in card
    assert "lowest F1: 公示 (0.40), 判决 (0.80)." in card
    assert "those of the kind “2 characters” are missed most: 10%." in card
    assert "missed most: 20% of its spans" not in card, "seven spans of a label say little"
    assert bundle.manifest["provenance"]["export"]["checkpoint_sha256"] == hashlib.sha256(b"weights").hexdigest()
    assert "export" not in bundle.manifest
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"model.onnx", "manifest.json", "MODEL_CARD.md"}


def test_the_card_tells_leaks_by_point_licences_libraries_and_what_int8_costs_each_label(
    tmp_path: Path, toy_bundle: Path, config: Config, report: dict[str, Any]
) -> None:
    report["test"]["fp32"]["labels"]["HEALTH"]["f1"] = 0.815
    leaks = {"leaking_spans": 0.125, "leaking_documents": 0.25}
    report["points"] = {"balanced": copy.deepcopy(_METRICS), "high_recall": {**copy.deepcopy(_METRICS), **leaks}}
    del report["points"]["balanced"]["leaking_documents"]  # as an older minshi-train measured
    release(config, _run_dir(tmp_path, toy_bundle, config, report), tmp_path / "out")
    card = (tmp_path / "out" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "| `high_recall` | 0.800 | 0.800 | 0.800 | 90.0% | 12.5% | 25.0% | 1.0% | 0.0% |" in card
    assert "| `balanced` | 0.800 | 0.800 | 0.800 | 90.0% |  |  | 1.0% | 0.0% |" in card
    assert "| `HEALTH` | 7 | 0.800 | 0.800 | 0.800 | -0.015 |" in card
    assert "| **micro** | 35 | 0.800 | 0.800 | 0.800 | +0.000 |" in card
    assert "- Model: Apache-2.0 (`LICENSE`).\n" in card
    assert "- Encoder in `data/encoder`: the MIT License (`NOTICE`).\n" in card
    assert f"torch {version('torch')}, " in card
    manifest = load_bundle(tmp_path / "out").manifest
    assert manifest["point_metrics"]["high_recall"]["leaking_documents"] == 0.25


def test_the_card_names_the_terms_of_what_is_not_minshis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    public = "data.public={config: configs/corpus.yaml, only: [resume, boson, msra]}"
    own = ["data.annotated=[my/a.jsonl]", "encoder.path=runs/adapt/encoder"]
    lines = list(_licences(parse_config(ROOT / "configs" / "train" / "base.yaml", [public, *own])))
    assert "- Documents of `my/a.jsonl`: not part of minshi; ask who made them." in lines
    assert "- Encoder in `runs/adapt/encoder`: not part of minshi; ask who made it." in lines
    assert lines[-2:] == ["- Not shipped, msra: research (SIGHAN 2006).", "- Not shipped, boson, resume: research."]


def test_a_model_exported_after_it_was_verified_is_refused(
    tmp_path: Path, toy_bundle: Path, config: Config, report: dict[str, Any]
) -> None:
    run_dir = _run_dir(tmp_path, toy_bundle, config, report)
    report["sha256"] = "of another export"
    (run_dir / "verify.json").write_text(json.dumps(report), encoding="utf-8")
    with pytest.raises(ModelError, match="exported again"):
        release(config, run_dir, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_model_exported_of_another_checkpoint_or_otherwise_is_refused(
    tmp_path: Path, toy_bundle: Path, config: Config, report: dict[str, Any]
) -> None:
    run_dir = _run_dir(tmp_path, toy_bundle, config, report)
    smoothed = config.model_copy(update={"export": config.export.model_copy(update={"smoothing": 0.5})})
    with pytest.raises(ModelError, match="exported with other settings"):
        release(smoothed, run_dir, tmp_path / "out")
    (run_dir / CHECKPOINT / WEIGHTS_FILE).write_bytes(b"trained again")
    with pytest.raises(ModelError, match="trained again after it was exported"):
        release(config, run_dir, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_run_verified_before_cards_had_slices_is_verified_again(
    tmp_path: Path, toy_bundle: Path, config: Config, report: dict[str, Any]
) -> None:
    del report["slices"]
    with pytest.raises(ModelError, match="older minshi-train"):
        release(config, _run_dir(tmp_path, toy_bundle, config, report), tmp_path / "out")


def test_what_a_training_depends_on_and_git_holds_otherwise_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    paths = [Path("code.py"), Path("data.jsonl")]
    for path in paths:
        path.write_text("1", encoding="utf-8")
    assert differ_from_git(paths) is None, "no repository"

    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)

    git("init")
    assert differ_from_git(paths) is True, "not committed"
    git("add", ".")
    git("commit", "-m", "all")
    assert differ_from_git(paths) is False
    Path("other.py").write_text("1", encoding="utf-8")
    assert differ_from_git(paths) is False, "what does not take part does not count"
    Path("code.py").write_text("2", encoding="utf-8")
    assert differ_from_git(paths) is True
    assert differ_from_git([Path("data.jsonl"), tmp_path.parent / "elsewhere"]) is False


def test_a_model_that_was_not_compared_with_is_not_replaced(
    tmp_path: Path, toy_bundle: Path, config: Config, report: dict[str, Any]
) -> None:
    target = tmp_path / "out"
    target.mkdir()
    (target / "model.onnx").write_bytes(b"released since")
    run_dir = _run_dir(tmp_path, toy_bundle, config, report)
    with pytest.raises(ModelError, match="another model than was compared with"):
        release(config, run_dir, target)
    report = _against(report, low=-0.01, documents=10)
    report["released"]["sha256"] = hashlib.sha256(b"released since").hexdigest()
    (run_dir / "verify.json").write_text(json.dumps(report), encoding="utf-8")
    release(config, run_dir, target)
    release(config, run_dir, target)  # the same again
    assert load_bundle(target).sha256 == load_bundle(toy_bundle).sha256


def _toy_release(make_toy: ModuleType, target: Path, version: str) -> Path:
    model = make_toy.build(metadata=json.dumps(make_toy.contract(version=version)))
    folder: Path = make_toy.write(target, model, version=version)
    return folder


def test_a_release_has_a_higher_version_than_the_one_before(
    tmp_path: Path, toy_bundle: Path, make_toy: ModuleType, config: Config, report: dict[str, Any]
) -> None:
    target = _toy_release(make_toy, tmp_path / "out", "0.0.2")
    run_dir = _run_dir(tmp_path, toy_bundle, config, report)  # of version 0.0.1
    report = _against(report, low=-0.01, documents=10)
    report["released"]["sha256"] = load_bundle(target).sha256  # it was compared with what is there
    (run_dir / "verify.json").write_text(json.dumps(report), encoding="utf-8")
    with pytest.raises(ModelError, match=r"out: holds version 0\.0\.2, and 0\.0\.1 is not higher: --set version"):
        release(config, run_dir, target)
    assert load_bundle(target).version == "0.0.2"


@pytest.mark.parametrize(
    ("old", "new", "is_higher"),
    [("0.9.0", "0.10.0", True), ("0.10.0", "0.9.0", False), ("0.9.0", "0.9.0", False), ("1.0.0rc1", "1.0.0", True)],
)
def test_versions_are_ordered_by_number(tmp_path: Path, make_toy: ModuleType, old: str, new: str, is_higher: bool) -> None:
    target = _toy_release(make_toy, tmp_path / "out", old)
    if is_higher:
        check_version(new, target, same=False)
    else:
        with pytest.raises(ModelError, match=f"holds version {old}, and {new} is not higher"):
            check_version(new, target, same=False)


def test_a_version_that_is_none_is_said_to_be(tmp_path: Path, make_toy: ModuleType) -> None:
    with pytest.raises(ModelError, match=r"cannot be compared with 0\.2\.0 \(Invalid version: 'mine'\)"):
        check_version("0.2.0", _toy_release(make_toy, tmp_path / "out", "mine"), same=False)
    check_version("0.2.0", tmp_path / "nothing", same=False)


def test_a_setting_that_is_gone_since_a_run_was_trained_is_named(
    tmp_path: Path, toy_bundle: Path, config: Config, report: dict[str, Any]
) -> None:
    run_dir = _run_dir(tmp_path, toy_bundle, config, report)
    path = run_dir / "checkpoints" / "provenance.json"
    provenance = json.loads(path.read_text(encoding="utf-8"))
    provenance["config"]["train"]["recall_cost"] = 1.0
    path.write_text(json.dumps(provenance), encoding="utf-8")
    with pytest.raises(ModelError, match=r"provenance\.json: trained by another .*: config\.train\.recall_cost: unknown key"):
        release(config, run_dir, tmp_path / "out")


def test_data_built_again_after_training_is_refused(
    tmp_path: Path, toy_bundle: Path, config: Config, report: dict[str, Any]
) -> None:
    run_dir = _run_dir(tmp_path, toy_bundle, config, report)
    build = json.loads((run_dir / "data" / "build.json").read_text(encoding="utf-8"))
    build["splits"]["train"]["sha256"] = "1"
    (run_dir / "data" / "build.json").write_text(json.dumps(build), encoding="utf-8")
    with pytest.raises(ModelError, match="built again after training"):
        release(config, run_dir, tmp_path / "out")


def test_a_run_that_was_not_verified_or_failed_is_refused(
    tmp_path: Path, toy_bundle: Path, config: Config, report: dict[str, Any]
) -> None:
    run_dir = _run_dir(tmp_path, toy_bundle, config, report)
    report["differing_tags"] = 5
    (run_dir / "verify.json").write_text(json.dumps(report), encoding="utf-8")
    with pytest.raises(ModelError, match="5 tags differ"):
        release(config, run_dir, tmp_path / "out")
    (run_dir / "verify.json").unlink()
    with pytest.raises(ModelError, match="not verified"):
        release(config, run_dir, tmp_path / "out")


def test_a_released_model_of_other_labels_is_named_as_such(
    tmp_path: Path,
    toy_bundle: Path,
    make_toy: ModuleType,
    config: Config,
    report: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    schema = LabelSchema(("NAME",))
    facts = json.dumps(make_toy.contract(tags=list(schema.tags), fingerprint=schema.fingerprint))
    model = make_toy.build(width=len(schema.tags), metadata=facts)
    labels = [label for label in load_bundle(toy_bundle).manifest["labels"] if label["id"] == "NAME"]
    target = make_toy.write(tmp_path / "out", model, labels=labels, fingerprint=schema.fingerprint)
    with pytest.raises(ModelError, match=r"out: holds a model of other labels \(NAME\), not to be compared; delete it"):
        release(config, _run_dir(tmp_path, toy_bundle, config, report), target)
    assert _released(target, Tagger.load(toy_bundle)) is None
    assert "has other labels (NAME), not compared" in caplog.text


def test_a_checkpoint_of_another_configuration_is_refused(
    tmp_path: Path, toy_bundle: Path, config: Config, report: dict[str, Any]
) -> None:
    run_dir = _run_dir(tmp_path, toy_bundle, config, report)
    other = parse_config(ROOT / "configs" / "train" / "base.yaml", ["seed=99"])
    with pytest.raises(ModelError, match="another configuration"):
        release(other, run_dir, tmp_path / "out")


def test_a_tie_that_rounding_decides_is_no_differing_tag() -> None:
    truth = np.array([[[-1.0, -1.00001, -3.0], [-0.1, -2.0, -3.0]]], dtype=np.float32)

    def exported(code_points: NDArray[np.int32]) -> NDArray[np.float32]:
        return truth + np.array([0.0, 1e-5, 0.0], dtype=np.float32) * 1.2

    def reference(code_points: NDArray[np.int32]) -> NDArray[np.float32]:
        return truth

    windows = [np.array([20061, 20057], dtype=np.int32)]
    assert differing_tags(reference, exported, windows, noise=1.2e-5) == 0
    assert differing_tags(reference, exported, windows, noise=1e-6) == 1
