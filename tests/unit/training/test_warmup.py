from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from minshi.errors import ConfigError
from minshi.labels import LabelSchema
from minshi_train.corpus.ents import read_ents
from minshi_train.encoder import load_encoder
from minshi_train.warmup import WarmupConfig, _batches, warm_up

_ENCODER = Path("data/encoder").resolve()


def _config(folder: Path, corpora: list[dict[str, object]], **changes: object) -> WarmupConfig:
    settings: dict[str, object] = {
        "seed": 7, "encoder": _ENCODER, "layers": 1, "look_in": [str(folder)], "corpora": corpora, "length": 80, "epochs": 1,
        "batch_characters": 160, "learning_rate": 1e-3, "warmup_share": 0.0, "weight_decay": 0.0, "dropout": 0.0, "bf16": False,
    }  # fmt: skip
    return WarmupConfig.model_validate({**settings, **changes})


def _write(path: Path, label: str, count: int) -> None:
    lines = [
        {"text": f"第{number}号李小明住院治疗", "ents": [[len(f"第{number}号"), len(f"第{number}号") + 3, label]]}
        for number in range(count)
    ]
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")


def test_corpora_of_different_labels_teach_one_encoder(tmp_path: Path) -> None:
    _write(tmp_path / "a.jsonl", "PER", 20)
    _write(tmp_path / "b.jsonl", "人物", 20)
    warm_up(_config(tmp_path, [{"path": "a.jsonl", "joined": 60}, {"path": "b.jsonl", "limit": 8}]), tmp_path / "run")
    options = {"layers": 1, "dropout": 0.0, "attention_dropout": 0.0}
    before, after = load_encoder(_ENCODER, **options), load_encoder(tmp_path / "run" / "encoder", **options)
    assert np.array_equal(before.table, after.table)
    assert not torch.allclose(before.body.encoder.layer[0].output.dense.weight, after.body.encoder.layer[0].output.dense.weight)
    inputs = json.loads((tmp_path / "run" / "history.json").read_text())["inputs"]
    assert {Path(name).name for name in inputs} == {"config.json", "model.safetensors", "vocab.txt", "a.jsonl", "b.jsonl"}


def test_batches_hold_every_character_once_and_keep_their_size(tmp_path: Path) -> None:
    _write(tmp_path / "a.jsonl", "PER", 30)
    docs = list(read_ents(tmp_path / "a.jsonl", "a"))
    batches = list(_batches(docs, LabelSchema(("PER",)), _config(tmp_path, [{"path": "a.jsonl"}])))
    assert sum(int((batch["code_points"] > 0).sum()) for batch in batches) == sum(len(doc.text) for doc in docs)
    assert all(batch["code_points"].numel() <= 160 for batch in batches)
    assert sum(int((batch["tags"] == 1).sum()) for batch in batches) == 30


def test_a_missing_corpus_is_named(tmp_path: Path) -> None:
    _write(tmp_path / "here.jsonl", "PER", 2)
    with pytest.raises(ConfigError, match=r"^corpora\.1\.path: .*/heer\.jsonl: no such file .*did you mean '.*/here\.jsonl'"):
        warm_up(_config(tmp_path, [{"path": "here.jsonl"}, {"path": "heer.jsonl"}]), tmp_path / "run")
    assert not (tmp_path / "run").exists()
