"""What was exported comes back as a network that computes the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from onnx import ModelProto, numpy_helper
from small_tagger import small_tagger

from minshi.bundle import load_bundle, shipped_path
from minshi.errors import ModelError
from minshi.labels import LabelInfo, LabelSchema
from minshi.tagger import Tagger
from minshi_train.config import parse_config
from minshi_train.export import contract_of, to_onnx, write_bundle
from minshi_train.model import CharTagger, TorchScorer
from minshi_train.quantize import quantize
from minshi_train.restore import restore

ROOT = Path(__file__).parents[3]
SCHEMA = LabelSchema(("NAME", "HEALTH"))
VOCAB = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "▁", *"张三李四患病，。、"]
TEXTS = ["张三患病，李四。", "李四、张三", "𰻞患\t病", "三"]


@pytest.fixture
def model() -> CharTagger:
    """Two layers of four heads that do not fill the hidden size, as pruning leaves them."""
    sizes = {"hidden_size": 24, "num_attention_heads": 4, "head_size": 4, "intermediate_size": 20, "max_position_embeddings": 40}
    model = small_tagger(SCHEMA, VOCAB, seed=3, dropout=0.1, initializer_range=0.3, layer_norm_eps=1e-5, **sizes).eval()
    with torch.no_grad():
        for parameter in model.parameters():  # norms and biases too, none like another
            parameter.add_(0.2 * torch.randn_like(parameter))
    return model


def _logits(model: CharTagger, text: str) -> torch.Tensor:
    with torch.no_grad():
        return model(torch.tensor([[ord(char) for char in text]]))["logits"]


def _write(folder: Path, onnx: ModelProto) -> Path:
    labels = [LabelInfo(id=name, zh=name, definition=name, kind="model", pipl=None, gbt45574=None) for name in SCHEMA.labels]
    write_bundle(folder, onnx, labels, {})
    return folder


def _fp32(model: CharTagger) -> ModelProto:
    config = parse_config(ROOT / "configs" / "train" / "smoke.yaml", ["window.size=32", "window.context=4"])
    return to_onnx(model, contract_of(config, model))


def test_an_fp32_model_comes_back_as_it_was(model: CharTagger, tmp_path: Path) -> None:
    back = restore(_write(tmp_path, _fp32(model)))
    assert back.schema == SCHEMA
    assert back.body.config.layer_norm_eps == pytest.approx(1e-5)
    for text in TEXTS:
        torch.testing.assert_close(_logits(back, text), _logits(model, text), atol=1e-5, rtol=1e-5)


def test_an_int8_model_comes_back_as_near_as_rounding_allows(model: CharTagger, tmp_path: Path) -> None:
    windows = [np.array([ord(char) for char in text], dtype=np.int32) for text in TEXTS]
    back = restore(_write(tmp_path, quantize(_fp32(model), windows, smoothing=0.5, reduce_range=True)))
    for text in TEXTS:
        before, after = _logits(model, text), _logits(back, text)
        assert (after - before).abs().max() < 0.1 * before.std()


def test_the_shipped_model_comes_back_and_finds_the_same() -> None:
    bundle = load_bundle(shipped_path())
    torch_model = restore(shipped_path())
    cut = {"window": bundle.window, "context": bundle.context}
    shipped, back = (Tagger(scorer, bundle.schema, **cut) for scorer in (bundle.scorer(), TorchScorer(torch_model)))
    with (ROOT / "data/annotated/prose-1.jsonl").open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for _, line in zip(range(25), lines, strict=False)]
    found = [{(n, span) for n, text in enumerate(texts) for span in tagger.tag(text).spans} for tagger in (shipped, back)]
    assert len(found[0] & found[1]) >= 0.97 * max(map(len, found)) > 100


def test_a_graph_of_another_make_is_refused() -> None:
    with pytest.raises(ModelError, match=r"model\.onnx: not written by minshi-train"):
        restore(ROOT / "tests/data/toy")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("layer0.by_head", None),
        ("layer0.by_head", np.array(4)),
        ("layer0.grow.bias", np.array(1.0, np.float32)),
        ("position_embeddings", np.zeros(3, np.float32)),
        ("layer1.shrink.weight", np.zeros((3, 3), np.float32)),
    ],
)
def test_a_graph_that_was_changed_is_refused(
    model: CharTagger, tmp_path: Path, name: str, value: np.ndarray[Any, Any] | None
) -> None:
    onnx = _fp32(model)
    weights = {weight.name: weight for weight in onnx.graph.initializer}
    if value is None:
        onnx.graph.initializer.remove(weights[name])
    else:
        weights[name].CopyFrom(numpy_helper.from_array(value, name))
    with pytest.raises(ModelError, match=r"model\.onnx: not written by minshi-train"):
        restore(_write(tmp_path, onnx))
