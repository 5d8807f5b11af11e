"""Go on training the base encoder as a masked language model, a character at a time, on plain Chinese text.

RUN/rows.npy        int16 [N, length]: the text as embedding rows, made once
    checkpoints/    of the transformers Trainer, so that a run that was killed goes on
    encoder/        the adapted encoder, in the form of data/encoder
    history.json    loss on rows that were not trained on, over the steps; the settings, and the SHA-256 of every input
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.utils.data import Dataset
from transformers import BertConfig, Trainer, TrainingArguments, set_seed
from transformers.models.bert.modeling_bert import BertPredictionHeadTransform

from minshi.errors import InputError
from minshi.window import code_points
from minshi_train.checkpoints import train_encoder
from minshi_train.checks import check_place
from minshi_train.config import Bf16
from minshi_train.corpus.plain import paragraphs, text_files
from minshi_train.devices import in_bf16, one_per_process
from minshi_train.encoder import CLS, MASK, TABLE_SIZE, Encoder, encoder_files, load_encoder
from minshi_train.hashing import files_sha256
from minshi_train.jsonfile import write_json
from minshi_train.model import IGNORED

_PARAGRAPH_END = "\n"
_HELD_BACK = 512  # rows that measure the loss


class AdaptConfig(BaseModel):
    """How the encoder is adapted; `mask_share` of the characters are hidden, in runs of `mask_run` on average."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int
    encoder: Path
    layers: int = Field(gt=0)
    text: list[str] = Field(min_length=1)
    exclude: list[Path] = []
    characters: int = Field(gt=0)
    length: int = Field(gt=1, le=512)
    mask_share: float = Field(gt=0, lt=1)
    mask_run: float = Field(ge=1)
    steps: int = Field(gt=0)
    batch_size: int = Field(gt=0)
    learning_rate: float = Field(gt=0)
    warmup_share: float = Field(ge=0, lt=1)
    weight_decay: float = Field(ge=0)
    bf16: Bf16


def adapt(config: AdaptConfig, run_dir: Path) -> None:
    """Adapt the encoder into run_dir/encoder; a run that was interrupted goes on from its last checkpoint.

    Raises:
        ConfigError: a pattern of `text` finds no file, a file of `exclude` is missing, or the encoder cannot be loaded.
        InputError: a text cannot be read, or there is too little of it.
    """
    arguments = one_per_process(_arguments(config, run_dir / "checkpoints"))
    set_seed(config.seed)
    for key, place in (("encoder", config.encoder), *(("exclude", path) for path in config.exclude)):
        check_place(key, place)
    encoder = load_encoder(config.encoder, layers=config.layers, dropout=0.0, attention_dropout=0.0)
    inputs = files_sha256([*encoder_files(config.encoder), *text_files(config.text), *config.exclude])
    rows = _rows(config, encoder.table, run_dir / "rows.npy", inputs)
    model = _MaskedModel(encoder)
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=_MaskedRows(rows[_HELD_BACK:], config, encoder.body.config.vocab_size),
        eval_dataset=_MaskedRows(rows[:_HELD_BACK], config, encoder.body.config.vocab_size),
    )
    recipe = {"config": config.model_dump(mode="json"), "inputs": inputs}
    train_encoder(trainer, encoder, config.encoder, run_dir, recipe)


class _MaskedModel(nn.Module):
    """The body and a new prediction head whose output weights are the embedding rows; only masked characters are predicted."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        config: BertConfig = encoder.body.config
        self.body = encoder.body
        self.transform = BertPredictionHeadTransform(config)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))

    def forward(self, rows: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """Return the loss over rows [B, T] where `labels` [B, T], IGNORED elsewhere, hold what was masked."""
        hidden = self.body(input_ids=rows).last_hidden_state
        masked = labels != IGNORED
        rows_of_text = self.body.embeddings.word_embeddings.weight
        logits = nn.functional.linear(self.transform(hidden[masked]), rows_of_text, self.bias)
        return {"loss": nn.functional.cross_entropy(logits.float(), labels[masked])}


class _MaskedRows(Dataset[dict[str, Tensor]]):
    """Rows of text with runs of characters hidden: which ones, seed and row decide, so a resumed run sees the same."""

    def __init__(self, rows: NDArray[np.int16], config: AdaptConfig, vocabulary: int) -> None:
        self._rows = rows
        self._config = config
        self._vocabulary = vocabulary

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        rng = np.random.default_rng((self._config.seed, index))
        original = self._rows[index].astype(np.int64)
        hidden = _runs(rng, len(original), share=self._config.mask_share, mean=self._config.mask_run)
        # As BERT does: of ten hidden characters eight become [MASK], one another character, one stays.
        luck = rng.random(len(original))
        shown = np.where(hidden & (luck < 0.8), MASK, original)
        shown = np.where(hidden & (luck >= 0.9), rng.integers(MASK + 1, self._vocabulary, len(original)), shown)
        labels = np.where(hidden, original, IGNORED)
        return {
            "rows": torch.from_numpy(np.concatenate([[CLS], shown])),
            "labels": torch.from_numpy(np.concatenate([[IGNORED], labels])),
        }


def _runs(rng: np.random.Generator, length: int, *, share: float, mean: float) -> NDArray[np.bool_]:
    """Return bool [length], about `share` of it true, in runs of geometric length (span masking, Joshi et al. 2020)."""
    hidden = np.zeros(length, dtype=np.bool_)
    while hidden.sum() < share * length:
        start = rng.integers(0, length)
        hidden[start : start + rng.geometric(1 / mean)] = True
    return hidden


def _rows(config: AdaptConfig, table: NDArray[np.int16], path: Path, inputs: dict[str, str]) -> NDArray[np.int16]:
    """Return shuffled rows of text, int16 [N, length - 1], from `path` where they were made of the same files before."""
    made_from = path.with_suffix(".json")
    parts = {"seed", "encoder", "text", "exclude", "characters", "length"}
    recipe = {**config.model_dump(mode="json", include=parts), "inputs": inputs}
    if not (path.exists() and made_from.exists() and json.loads(made_from.read_text(encoding="utf-8")) == recipe):
        made_from.unlink(missing_ok=True)
        stream = table[np.minimum(code_points(_text(config)), TABLE_SIZE - 1)]
        width = config.length - 1
        rows = stream[: len(stream) // width * width].reshape(-1, width)
        if len(rows) < 2 * _HELD_BACK:
            raise InputError(f"{', '.join(config.text)}: too little text to adapt to ({len(stream):,} characters)")
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, np.random.default_rng(config.seed).permutation(rows))
        write_json(made_from, recipe)
    made: NDArray[np.int16] = np.load(path, mmap_mode="r")
    return made


def _text(config: AdaptConfig) -> str:
    """Return a random choice of paragraphs, `characters` in all, a line each."""
    chosen: list[str] = []
    size = 0
    for paragraph in paragraphs(config.text, config.exclude, seed=config.seed):
        chosen.append(paragraph + _PARAGRAPH_END)
        size += len(chosen[-1])
        if size >= config.characters:
            break
    return "".join(chosen)


def _arguments(config: AdaptConfig, out_dir: Path) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(out_dir),
        max_steps=config.steps,
        per_device_train_batch_size=config.batch_size,
        per_device_eval_batch_size=64,
        learning_rate=config.learning_rate,
        adam_beta2=0.98,  # as RoBERTa: steadier with a large batch
        warmup_steps=config.warmup_share,
        weight_decay=config.weight_decay,
        lr_scheduler_type="linear",
        use_cpu=not torch.cuda.is_available(),
        bf16=in_bf16(config.bf16),
        label_names=["labels"],
        remove_unused_columns=False,
        eval_strategy="steps",
        eval_steps=250,
        save_strategy="steps",
        save_steps=250,
        save_total_limit=1,
        logging_steps=50,
        report_to="none",
        seed=config.seed,
        data_seed=config.seed,
    )
