"""A training goes on from a trained model, and a model leans towards recall as far as F1 allows."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import EvalPrediction

from minshi.errors import ConfigError
from minshi.labels import LabelSchema
from minshi_train.config import Config, dump_config
from minshi_train.folders import CHECKPOINT
from minshi_train.loading import load_config
from minshi_train.model import load_model
from minshi_train.pipeline import run_stage
from minshi_train.restore import restore
from minshi_train.train import window_scores

ROOT = Path(__file__).parents[2]


def _config(*overrides: str) -> Config:
    small = ("data.limit=30", "data.generated.documents=5", "encoder.layers=1")
    return load_config(ROOT / "configs" / "train" / "smoke.yaml", [*small, *overrides])


def _train(config: Config, run_dir: Path) -> Path:
    run_dir.mkdir()
    dump_config(config, run_dir / "config.yaml")
    for stage in ("build", "train"):
        run_stage(stage, config, run_dir)
    return run_dir


def test_a_training_begins_with_the_weights_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    first = _train(_config("train.max_steps=6"), tmp_path / "first")
    still = _train(_config("train.max_steps=1", "train.learning_rate=1.0e-12", f"start={first}"), tmp_path / "still")
    weights = [load_model(run / CHECKPOINT).state_dict() for run in (first, still)]
    assert all(torch.allclose(weights[0][name], weights[1][name], atol=1e-6) for name in weights[0])
    with pytest.raises(ConfigError, match=r"encoder\.layers: 2, but .* has 1: set 1"):
        _train(_config("train.max_steps=1", "encoder.layers=2", f"start={first}"), tmp_path / "deeper")


def test_a_training_goes_on_from_the_released_model_and_learns_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    released = "inference/minshi/model"
    taught = f"distill={{teachers: [{released}], weight: 0.5, temperature: 1}}"
    still = ("train.max_steps=1", "train.learning_rate=1.0e-12", "encoder.layers=6", f"start={released}", taught)
    run = _train(_config(*still), tmp_path / "still")
    expected, weights = restore(Path(released)).state_dict(), load_model(run / CHECKPOINT).state_dict()
    assert all(torch.allclose(expected[name], weights[name], atol=1e-6) for name in expected)
    provenance = json.loads((run / "checkpoints" / "provenance.json").read_text(encoding="utf-8"))
    sha256 = json.loads((ROOT / released / "manifest.json").read_text(encoding="utf-8"))["sha256"]
    assert provenance["start_sha256"] == sha256
    assert provenance["teachers_sha256"] == [sha256]


def test_a_shallower_model_begins_with_layers_of_a_deeper_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    deep = _train(_config("train.max_steps=1", "encoder.layers=3"), tmp_path / "deep")
    still = ("train.max_steps=1", "train.learning_rate=1.0e-12", "encoder.layers=2", f"start={deep}")
    shallow = _train(_config(*still, "start_layers=[0, 2]"), tmp_path / "shallow")
    before, after = (load_model(run / CHECKPOINT).body.encoder.layer for run in (deep, shallow))
    assert len(after) == 2
    for kept, layer in zip((0, 2), after, strict=True):
        assert torch.allclose(before[kept].output.dense.weight, layer.output.dense.weight, atol=1e-6)
    with pytest.raises(ConfigError, match="start_layers: the model has layers 0 to 2"):
        _train(_config(*still, "start_layers=[0, 3]"), tmp_path / "none")


def test_a_narrower_model_goes_on_from_a_wider_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    wide = _train(_config("train.max_steps=2"), tmp_path / "wide")
    small = ("train.max_steps=1", "encoder.heads=8", "encoder.feed_forward=512")
    narrow = _train(
        _config(*small, f"start={wide}", f"distill={{teachers: ['{wide}'], weight: 0.5, temperature: 1}}"), tmp_path / "n"
    )
    form = load_model(narrow / CHECKPOINT).body.config
    assert (form.num_attention_heads, form.intermediate_size) == (8, 512)
    further = _train(_config("train.max_steps=1", f"start={narrow}"), tmp_path / "further")
    assert load_model(further / CHECKPOINT).body.config.intermediate_size == 512
    with pytest.raises(ConfigError, match="has 512, cannot keep 600"):
        _train(_config("train.max_steps=1", "encoder.feed_forward=600", f"start={narrow}"), tmp_path / "wider")


def test_spans_of_windows_are_judged_strictly_and_without_padding() -> None:
    schema = LabelSchema(("NAME",))
    # three names, of which the model finds one, a character that is none, and padding that would be a name
    logits = np.array([[[0.0, 2.0, -9.0], [0.0, -0.4, -9.0], [0.0, -1.2, -9.0], [0.0, -1.6, -9.0], [0.0, 2.0, -9.0]]], np.float32)
    prediction = EvalPrediction(predictions=logits, label_ids=np.array([[1, 1, 1, 0, -100]]))
    scores = window_scores(prediction, schema)
    assert (scores["precision"], scores["recall"]) == (1.0, pytest.approx(1 / 3, abs=1e-3))
