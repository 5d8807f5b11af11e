"""Pruning keeps the heads and channels that do something."""

from __future__ import annotations

import pytest
import torch
from small_tagger import small_tagger
from torch import Tensor

from minshi.errors import ConfigError
from minshi.labels import LabelSchema
from minshi_train.model import CharTagger
from minshi_train.prune import narrow

SCHEMA = LabelSchema(("NAME", "HEALTH"))
VOCAB = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "▁", *"张三李四患病，。、"]
HEAD, USEFUL_HEADS, USEFUL_CHANNELS = 4, [0, 2, 5], list(range(0, 24, 3))


@pytest.fixture
def model() -> CharTagger:
    """A model most of whose heads and channels add nothing."""
    sizes = {"hidden_size": 24, "num_attention_heads": 6, "intermediate_size": 24, "max_position_embeddings": 40}
    model = small_tagger(SCHEMA, VOCAB, seed=5, dropout=0.1, initializer_range=0.3, **sizes)
    inputs = [head * HEAD + place for head in USEFUL_HEADS for place in range(HEAD)]
    for layer in model.body.encoder.layer:
        for dense, kept in ((layer.attention.output.dense, inputs), (layer.output.dense, USEFUL_CHANNELS)):
            useless = torch.ones(24, dtype=torch.bool)
            useless[kept] = False
            dense.weight.data[:, useless] = 0
    return model


@pytest.fixture
def batch() -> dict[str, Tensor]:
    points = torch.tensor([[ord(char) for char in "张三患病，李四。"], [ord(char) for char in "李四、张三"] + [0] * 3])
    tags = torch.tensor([[1, 2, 3, 4, 0, 1, 2, 0], [1, 2, 0, 1, 2, -100, -100, -100]])
    answers = torch.eye(len(SCHEMA.tags), dtype=torch.bool).expand(2, -1, -1)
    return {"code_points": points, "tags": tags, "answers": answers}


def test_without_what_adds_nothing_a_model_says_the_same(model: CharTagger, batch: dict[str, Tensor]) -> None:
    before = model.eval()(**batch)["logits"]
    narrow(model, [batch], heads=len(USEFUL_HEADS), feed_forward=len(USEFUL_CHANNELS))
    layer = model.body.encoder.layer[1]
    assert layer.attention.self.query.out_features == len(USEFUL_HEADS) * HEAD
    assert layer.output.dense.in_features == len(USEFUL_CHANNELS)
    torch.testing.assert_close(model.eval()(**batch)["logits"], before, atol=1e-5, rtol=1e-5)
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_narrowed_model_can_be_narrowed_again(model: CharTagger, batch: dict[str, Tensor]) -> None:
    narrow(model, [batch], heads=4, feed_forward=None)
    before = model.eval()(**batch)["logits"]
    narrow(model, [batch], heads=None, feed_forward=len(USEFUL_CHANNELS))
    assert model.body.config.num_attention_heads == 4
    torch.testing.assert_close(model.eval()(**batch)["logits"], before, atol=1e-5, rtol=1e-5)


def test_a_model_that_is_narrow_enough_is_left_as_it_is(model: CharTagger) -> None:
    body = model.body
    narrow(model, iter(()), heads=6, feed_forward=None)
    assert model.body is body


def test_more_than_there_is_cannot_be_kept(model: CharTagger, batch: dict[str, Tensor]) -> None:
    with pytest.raises(ConfigError, match=r"encoder\.heads: the model to start from has 6, cannot keep 7"):
        narrow(model, [batch], heads=7, feed_forward=None)
