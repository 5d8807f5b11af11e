"""Write a trained model as a folder of Hugging Face transformers: BertForTokenClassification and a tokenizer.

The tokenizer does what the code-point table does: a character is a token, all characters of a row are folded to the row's
first one, and a [CLS] but no [SEP] is put in front. By itself the folder gives the model's logits; with the code that it holds
(`hf_sequence`), the best legal sequences. Windows and the rules stay with minshi.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
from torch import nn
from transformers import BertConfig

from minshi.bundle import load_bundle
from minshi_train import hf_sequence
from minshi_train.config import parse_config
from minshi_train.encoder import CLS, MASK, PAD, UNK
from minshi_train.folders import WEIGHTS_FILE, is_model_folder
from minshi_train.jsonfile import write_json
from minshi_train.model import CharTagger
from minshi_train.restore import load_trained

_SPECIAL = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "mask_token": "[MASK]"}
_SPECIAL_ROWS = {"[PAD]": PAD, "[UNK]": UNK, "[CLS]": CLS, "[MASK]": MASK}
_CODE = Path(hf_sequence.__file__)
_REPLACEMENT = 0xFFFD
_SURROGATES = slice(0xD800, 0xE000)


def export_hf(source: Path, out: Path) -> None:
    """Write `source`, a run directory or a model folder, to the folder `out`.

    Raises:
        ModelError: there is no whole checkpoint or model.
        ConfigError: the run's configuration is not valid.
    """
    model, limit = load_trained(source), 1 + _window_of(source)  # a [CLS] goes before each window
    out.mkdir(parents=True, exist_ok=True)
    save_file(_weights(model), out / WEIGHTS_FILE, metadata={"format": "pt"})
    write_json(out / "config.json", _config(model))
    shutil.copyfile(_CODE, out / _CODE.name)
    char_tokenizer(model).save(str(out / "tokenizer.json"))
    write_json(out / "tokenizer_config.json", _tokenizer_config(limit))


def _window_of(source: Path) -> int:
    if is_model_folder(source):
        return load_bundle(source).window
    return parse_config(source / "config.yaml").window.size


def char_tokenizer(model: CharTagger) -> Tokenizer:
    """Return the model's code-point table as a tokenizer."""
    rows = model.table.cpu().numpy().astype(np.int64)
    rows[0] = rows[_REPLACEMENT]  # NUL is padding in the table, and U+FFFD by the time that minshi looks it up
    rows[_SURROGATES] = UNK  # which no text of tokenizers holds
    first = {int(row): chr(code) for row, code in zip(*np.unique(rows, return_index=True), strict=True) if row not in (PAD, UNK)}
    names = {**first, **{row: token for token, row in _SPECIAL_ROWS.items()}}
    vocabulary = {names.get(row, f"[ROW_{row}]"): row for row in range(model.body.config.vocab_size)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    folds = [normalizers.Replace(Regex(f"[{_ranges(codes)}]"), first[row]) for row, codes in _aliases(rows)]
    tokenizer.normalizer = normalizers.Sequence(folds)
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A", special_tokens=[("[CLS]", CLS)])
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in _SPECIAL_ROWS])
    tokenizer.encode_special_tokens = True  # "[CLS]" written in a text is five characters
    return tokenizer


def _aliases(rows: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Yield each row that stands for several code points, and those but the first."""
    order = np.argsort(rows, kind="stable")
    for row, codes in groupby(order, key=lambda code: int(rows[code])):
        others = np.array(list(codes)[1:], dtype=np.int64)
        if len(others) and row not in (PAD, UNK):
            yield row, others


def _ranges(codes: NDArray[np.int64]) -> str:
    """Return ascending code points as the inside of a character class of Oniguruma.

    >>> _ranges(np.array([65, 66, 67, 97]))
    '\\\\x{41}-\\\\x{43}\\\\x{61}-\\\\x{61}'
    """
    runs = np.split(codes, np.flatnonzero(np.diff(codes) > 1) + 1)
    return "".join(rf"\x{{{run[0]:x}}}-\x{{{run[-1]:x}}}" for run in runs)


def _weights(model: CharTagger) -> dict[str, Any]:
    named = {key: value for key, value in model.state_dict().items() if key != "table"}
    width = model.body.config.hidden_size
    for key, value in named.items():  # BertModel wants heads that fill the hidden size: ones of zeros add nothing
        if ".attention.self." in key:
            rows = value.new_zeros(width - len(value), *value.shape[1:])
            named[key] = torch.cat([value, rows])
        elif key.endswith(".attention.output.dense.weight"):
            named[key] = nn.functional.pad(value, (0, width - value.shape[1]))
    return {("bert." + key.removeprefix("body.") if key.startswith("body.") else key): named[key].contiguous() for key in named}


def _config(model: CharTagger) -> dict[str, Any]:
    tags = model.schema.tags
    config = BertConfig.from_dict(model.body.config.to_dict())
    config.architectures = ["BertForTokenClassification"]
    config.auto_map = {"AutoModelForTokenClassification": f"{_CODE.stem}.{hf_sequence.BertForTokenClassification.__name__}"}
    if hasattr(config, "head_size"):
        config.num_attention_heads = config.hidden_size // config.head_size  # see _weights
        del config.head_size
    config.classifier_dropout = model.dropout.p
    config.id2label, config.label2id = dict(enumerate(tags)), {tag: index for index, tag in enumerate(tags)}
    saved: dict[str, Any] = config.to_dict()
    return saved


def _tokenizer_config(limit: int) -> dict[str, Any]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": limit,
        "model_input_names": ["input_ids", "attention_mask"],
        "clean_up_tokenization_spaces": False,
        "split_special_tokens": True,
        **_SPECIAL,
    }
