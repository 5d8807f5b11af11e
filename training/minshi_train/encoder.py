"""The base encoder as training uses it: its lower layers, its vocabulary, and the code-point table.

The table is the only tokenizer: it maps every Unicode code point to an embedding row. It travels as a buffer of the
model and becomes a constant of the exported graph, so what is trained is what runs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import BertConfig, BertModel

from minshi.errors import ConfigError
from minshi.fold import fold_char
from minshi_train.folders import WEIGHTS_FILE
from minshi_train.jsonfile import write_json

TABLE_SIZE = 0x30000  # planes 0-2; the rarest Han characters, in plane 3, are UNK like all that follows
PAD, UNK, CLS, MASK = 0, 1, 2, 4
_SPACE = "\u2581"  # the base vocabulary's mark for white space
_SURROGATES = range(0xD800, 0xE000)
# Rows that the base vocabulary lacks: a notice is laid out with line breaks and tabs, and a Han character too rare
# for the vocabulary is itself a sign of a personal or place name.
ADDED_TOKENS = ("[NEWLINE]", "[TAB]", "[RARE_HAN]")


@dataclass(frozen=True)
class Encoder:
    """A BERT body and the code-point table, int16 [TABLE_SIZE], that feeds it."""

    body: BertModel
    table: NDArray[np.int16]


def encoder_files(folder: Path) -> list[Path]:
    """Return the files of an encoder folder."""
    return sorted(path for path in folder.iterdir() if path.is_file())


def load_encoder(folder: Path, *, layers: int, dropout: float, attention_dropout: float) -> Encoder:
    """Load the lowest `layers` layers of the base encoder and extend its embeddings by ADDED_TOKENS.

    Raises:
        ConfigError: the folder is not an encoder, or has fewer layers.
    """
    try:
        config = BertConfig.from_json_file(folder / "config.json")
        weights = {key: value.float() for key, value in load_file(folder / WEIGHTS_FILE).items()}
        vocab = (folder / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    except (OSError, SafetensorError) as err:
        raise ConfigError(f"{folder}: not an encoder folder ({err})") from err
    if not 0 < layers <= config.num_hidden_layers:
        raise ConfigError(f"{folder}: has {config.num_hidden_layers} layers, cannot keep {layers}")
    config.num_hidden_layers = layers
    config.hidden_dropout_prob, config.attention_probs_dropout_prob = dropout, attention_dropout
    is_extended = vocab[-len(ADDED_TOKENS) :] == list(ADDED_TOKENS)  # an encoder that `save_encoder` wrote
    base = vocab[: -len(ADDED_TOKENS)] if is_extended else vocab
    config.vocab_size = len(base) + len(ADDED_TOKENS)
    body = BertModel(config, add_pooling_layer=False)
    weights = {key.removeprefix("bert."): value for key, value in weights.items()}
    if not is_extended:
        rows = weights["embeddings.word_embeddings.weight"]
        seeds = rows[[base.index("。"), base.index("、"), UNK]]
        weights["embeddings.word_embeddings.weight"] = torch.cat([rows, seeds])
    missing, _ = body.load_state_dict(weights, strict=False)
    if missing := [key for key in missing if "position_ids" not in key]:
        raise ConfigError(f"{folder}: weights lack {missing[0]}")
    return Encoder(body, code_point_table(base))


def new_body(config: BertConfig) -> BertModel:
    """Return an untrained body; where the configuration has a `head_size`, the heads need not fill the hidden size."""
    kept, width = config.num_attention_heads, config.hidden_size
    head_size = getattr(config, "head_size", width // kept)
    config.num_attention_heads = width // head_size  # BertModel knows heads only that fill the hidden size
    body = BertModel(config, add_pooling_layer=False)
    if kept != config.num_attention_heads:
        config.num_attention_heads = kept
        for layer in body.encoder.layer:
            own, output = layer.attention.self, layer.attention.output
            own.num_attention_heads, own.all_head_size = kept, kept * head_size
            own.query, own.key, own.value = (nn.Linear(width, kept * head_size) for _ in range(3))
            output.dense = nn.Linear(kept * head_size, width)
    return body


def save_encoder(encoder: Encoder, base: Path, folder: Path) -> None:
    """Write the encoder to `folder` as one that `load_encoder` takes, weights in float16; `base` is the folder it came from."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {key: value.detach().half().cpu().contiguous() for key, value in encoder.body.state_dict().items()}
    save_file(weights, folder / WEIGHTS_FILE)
    config = json.loads((base / "config.json").read_text(encoding="utf-8"))
    sizes = {"num_hidden_layers": encoder.body.config.num_hidden_layers, "vocab_size": encoder.body.config.vocab_size}
    write_json(folder / "config.json", {**config, **sizes})
    vocab = (base / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    added = [token for token in ADDED_TOKENS if token not in vocab]
    (folder / "vocab.txt").write_text("\n".join([*vocab, *added]) + "\n", encoding="utf-8")


def code_point_table(vocab: list[str]) -> NDArray[np.int16]:
    """Return the embedding row of every code point below TABLE_SIZE; ADDED_TOKENS follow the vocabulary's rows."""
    rows = {token: row for row, token in enumerate(vocab) if len(token) == 1}
    newline, tab, rare_han = range(len(vocab), len(vocab) + len(ADDED_TOKENS))
    table = np.full(TABLE_SIZE, UNK, dtype=np.int16)
    table[0] = PAD
    for code in range(1, TABLE_SIZE):
        if code in _SURROGATES:
            continue
        char = chr(code)
        folded = fold_char(char)
        row = rows.get(char) or rows.get(folded)
        if row is None:
            if char in "\n\r\x0b\x0c\x85\u2028\u2029":
                row = newline
            elif char == "\t":
                row = tab
            elif folded.isspace():
                row = rows[_SPACE]
            elif _is_han(ord(folded)):
                row = rare_han
            else:
                row = UNK
        table[code] = row
    return table


def _is_han(code: int) -> bool:
    return 0x3400 <= code <= 0x4DBF or 0x4E00 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0x20000 <= code < TABLE_SIZE
