"""Teach the base encoder what words are, by corpora of others that are annotated with labels of their own.

Each corpus has a tagging head of its own on the shared encoder, so their labels need not fit ours, nor each other. The
heads are thrown away. What one character a token takes from the encoder, the words, this brings back.

RUN/checkpoints/    of the transformers Trainer, so that a run that was killed goes on
    encoder/        the encoder, in the form of data/encoder
    history.json    loss over the steps, and the SHA-256 of every input
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.utils.data import Dataset
from transformers import Trainer, TrainingArguments, set_seed

from minshi.labels import LabelSchema
from minshi.types import Document
from minshi_train.checkpoints import train_encoder
from minshi_train.checks import check_place
from minshi_train.config import Bf16
from minshi_train.corpus.ents import read_ents
from minshi_train.corpus.public import drawn, source_folder
from minshi_train.dataset import collate, windows
from minshi_train.devices import in_bf16, one_per_process
from minshi_train.encoder import Encoder, encoder_files, load_encoder
from minshi_train.hashing import files_sha256
from minshi_train.model import encode, partial_cross_entropy, table_of

_CONTEXT = 16  # characters that windows of a long document share
_SORTED_TOGETHER = 50  # batches whose windows are sorted by length: little padding, and still a mixture


class WarmupCorpus(BaseModel):
    """`{"text", "ents": [[start, end, label]]}` a line. `limit`: a random sample of so many records; `joined`: make
    documents of about so many characters from single sentences."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path
    limit: int | None = Field(default=None, gt=0)
    joined: int | None = Field(default=None, gt=0)


class WarmupConfig(BaseModel):
    """Where the encoder comes from, which corpora teach it, and how."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int
    encoder: Path
    layers: int = Field(gt=0)
    look_in: list[str] = Field(min_length=1)
    corpora: list[WarmupCorpus] = Field(min_length=1)
    length: int = Field(gt=4 * _CONTEXT, lt=512)
    epochs: int = Field(gt=0)
    batch_characters: int = Field(gt=0)
    learning_rate: float = Field(gt=0)
    warmup_share: float = Field(ge=0, lt=1)
    weight_decay: float = Field(ge=0)
    dropout: float = Field(ge=0, lt=1)
    bf16: Bf16


def warm_up(config: WarmupConfig, run_dir: Path) -> None:
    """Train the encoder into run_dir/encoder; a run that was interrupted goes on from its last checkpoint.

    Raises:
        ConfigError: the encoder cannot be loaded, or a corpus is missing.
        InputError: a corpus is malformed.
    """
    arguments = one_per_process(_arguments(config, run_dir / "checkpoints"))
    set_seed(config.seed)
    folder = source_folder(config.look_in)
    check_place("encoder", config.encoder)
    for number, corpus in enumerate(config.corpora):
        check_place(f"corpora.{number}.path", folder / corpus.path)
    encoder = load_encoder(config.encoder, layers=config.layers, dropout=config.dropout, attention_dropout=0.0)
    corpora = [_documents(corpus, folder, config.seed) for corpus in config.corpora]
    schemas = [LabelSchema(tuple(sorted({span.label for doc in docs for span in doc.spans}))) for docs in corpora]
    batches = [
        {**batch, "head": torch.tensor(head)}
        for head, (docs, schema) in enumerate(zip(corpora, schemas, strict=True))
        for batch in _batches(docs, schema, config)
    ]
    inputs = files_sha256([*encoder_files(config.encoder), *(folder / corpus.path for corpus in config.corpora)])
    recipe = {"config": config.model_dump(mode="json"), "inputs": inputs}
    trainer = Trainer(
        model=_ManyHeads(encoder, schemas, dropout=config.dropout),
        args=arguments,
        train_dataset=_Ready(batches),
        data_collator=lambda items: items[0],
    )
    train_encoder(trainer, encoder, config.encoder, run_dir, recipe)


class _ManyHeads(nn.Module):
    """One encoder under many classifiers; a batch is of one of them."""

    table: Tensor

    def __init__(self, encoder: Encoder, schemas: Sequence[LabelSchema], *, dropout: float) -> None:
        super().__init__()
        self.body = encoder.body
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleList(nn.Linear(encoder.body.config.hidden_size, len(schema.tags)) for schema in schemas)
        self.register_buffer("table", table_of(encoder))

    def forward(self, code_points: Tensor, tags: Tensor, answers: Tensor, head: Tensor) -> dict[str, Tensor]:
        """Return the loss of gold `tags` [B, T] under the head of that number."""
        logits = self.heads[int(head)](self.dropout(encode(self.body, self.table, code_points)))
        return {"loss": partial_cross_entropy(logits.float(), tags, answers)}


class _Ready(Dataset[dict[str, Tensor]]):
    """Batches as items: each is of one corpus and of windows of one length, and the Trainer shuffles them."""

    def __init__(self, batches: Sequence[dict[str, Tensor]]) -> None:
        self._batches = batches

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        return self._batches[index]


def _documents(corpus: WarmupCorpus, folder: Path, seed: int) -> list[Document]:
    docs = list(read_ents(folder / corpus.path, corpus.path.name))
    return drawn(docs, limit=corpus.limit, length=corpus.joined, seed=seed)


def _batches(docs: Sequence[Document], schema: LabelSchema, config: WarmupConfig) -> Iterator[dict[str, Tensor]]:
    """Yield batches of about `batch_characters`, from windows in random order."""
    rows = windows(docs, schema, size=config.length, context=_CONTEXT).to_list()
    random.Random(config.seed).shuffle(rows)
    at_once = _SORTED_TOGETHER * config.batch_characters // config.length
    for first in range(0, len(rows), at_once):
        chosen: list[dict[str, Any]] = []
        for row in sorted(rows[first : first + at_once], key=lambda row: int(row["length"])):
            if chosen and row["length"] * (len(chosen) + 1) > config.batch_characters:
                yield collate(chosen)
                chosen = []
            chosen.append(row)
        yield collate(chosen)


def _arguments(config: WarmupConfig, out_dir: Path) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(out_dir),
        num_train_epochs=config.epochs,
        per_device_train_batch_size=1,  # an item is a batch
        learning_rate=config.learning_rate,
        warmup_steps=config.warmup_share,
        weight_decay=config.weight_decay,
        lr_scheduler_type="linear",
        use_cpu=not torch.cuda.is_available(),
        bf16=in_bf16(config.bf16),
        label_names=["tags"],
        remove_unused_columns=False,
        save_strategy="steps",
        save_steps=200,
        save_total_limit=1,
        logging_steps=20,
        report_to="none",
        seed=config.seed,
        data_seed=config.seed,
    )
