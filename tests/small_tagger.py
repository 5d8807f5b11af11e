"""A tagger with random weights, small enough to be made in a test."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import BertConfig

from minshi.labels import LabelSchema
from minshi_train.encoder import ADDED_TOKENS, Encoder, code_point_table, new_body
from minshi_train.model import CharTagger, new_model


def small_tagger(schema: LabelSchema, vocab: Sequence[str], *, seed: int, dropout: float, **form: float) -> CharTagger:
    """Return two layers of random weights; `form` holds the other sizes of a BertConfig, and `head_size` of narrow heads."""
    torch.manual_seed(seed)
    config = BertConfig(vocab_size=len(vocab) + len(ADDED_TOKENS), num_hidden_layers=2, **form)
    return new_model(Encoder(new_body(config), code_point_table(list(vocab))), schema, dropout=dropout)
