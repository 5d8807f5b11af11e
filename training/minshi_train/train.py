"""Fine-tune the encoder into a character tagger with the transformers Trainer; keep the epoch with the best dev F1."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader
from transformers import EarlyStoppingCallback, EvalPrediction, Trainer, TrainingArguments, set_seed
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from minshi.decode import decode, tags_to_spans
from minshi.errors import InputError
from minshi.labels import LabelSchema
from minshi.types import Span
from minshi_train.checkpoints import last_checkpoint
from minshi_train.checks import check_same_labels
from minshi_train.config import Config, load_labels, model_schema
from minshi_train.corpus.annotated import read_annotated
from minshi_train.dataset import collate, windows
from minshi_train.devices import in_bf16, one_per_process
from minshi_train.distill import SoftLabels, unlabelled
from minshi_train.encoder import Encoder, load_encoder, new_body
from minshi_train.evaluate import prf
from minshi_train.folders import CHECKPOINT
from minshi_train.jsonfile import write_json
from minshi_train.model import IGNORED, CharTagger, new_model, save_model
from minshi_train.provenance import PROVENANCE_FILE, describe
from minshi_train.prune import check_layers, check_widths, keep_layers, narrow
from minshi_train.restore import load_trained
from minshi_train.substitute import Substitution

_PROBED = 640  # training documents that say which parts of a wider model matter


def train(config: Config, data_dir: Path, out_dir: Path) -> None:
    """Train on data_dir/train.jsonl, choose the epoch on dev.jsonl, and write the checkpoint to out_dir/best.

    A training that was interrupted goes on from the checkpoint in out_dir of its last whole epoch, to the same result. Under
    `torchrun` or `accelerate launch` every process trains, and the first one writes.

    Raises:
        ConfigError: the encoder, or the model that is gone on from, does not fit the configuration.
        InputError: there is nothing to train on, or nothing to choose the epoch by.
    """
    arguments = one_per_process(_arguments(config, out_dir))  # first, as it settles on which device teachers run too
    set_seed(config.seed)
    out_dir.mkdir(parents=True, exist_ok=True)
    schema = model_schema(load_labels(config.labels))
    model = _initial_model(config, schema)
    cut = {"size": config.window.size, "context": config.window.context}
    docs = list(read_annotated(data_dir / "train.jsonl"))
    shown = [*docs, *unlabelled(config.distill, seed=config.seed)] if config.distill else docs
    rows = windows(shown, schema, **cut)
    rows = rows.add_column("row", list(range(len(rows))))
    collator = _collator(config, schema, rows, bf16=arguments.bf16)
    dev = windows(read_annotated(data_dir / "dev.jsonl"), schema, **cut)
    for split, found in (("train", rows), ("dev", dev)):
        if not len(found):
            raise InputError(f"{data_dir / split}.jsonl: no text; annotate more, or change data.dev_share and data.test_share")
    if config.encoder.heads or config.encoder.feed_forward:
        probed = windows(random.Random(config.seed).sample(docs, min(len(docs), _PROBED)), schema, **cut)
        batches = DataLoader(probed, config.train.batch_size, collate_fn=collate)
        narrow(model, batches, heads=config.encoder.heads, feed_forward=config.encoder.feed_forward)
    trainer = Trainer(
        model=model,
        args=arguments,
        data_collator=collator,
        train_dataset=rows,
        eval_dataset=dev,
        compute_metrics=lambda prediction: window_scores(prediction, schema),
        callbacks=[EarlyStoppingCallback(config.train.patience)] if config.train.patience else None,
    )
    unfinished = last_checkpoint(trainer.args)
    if trainer.is_world_process_zero() and unfinished is None:
        write_json(out_dir / PROVENANCE_FILE, describe(config, data_dir, bf16=arguments.bf16))
    trainer.train(resume_from_checkpoint=unfinished)
    trainer.accelerator.wait_for_everyone()  # others may still be writing their part of the last checkpoint
    if trainer.is_world_process_zero():
        save_model(model, out_dir / CHECKPOINT.name)
        history = {"best_dev_f1": trainer.state.best_metric, "log": trainer.state.log_history}
        write_json(out_dir / "history.json", history)
        for checkpoint in out_dir.glob(f"{PREFIX_CHECKPOINT_DIR}-*"):
            shutil.rmtree(checkpoint)
    trainer.accelerator.wait_for_everyone()  # what the first process wrote is there for all


def _collator(
    config: Config, schema: LabelSchema, rows: Dataset, *, bf16: bool
) -> Callable[[list[dict[str, Any]]], dict[str, Tensor]]:
    """Return what makes batches of rows, with the teachers' probabilities and with mentions replaced where that is asked for."""
    collator: Callable[[list[dict[str, Any]]], dict[str, Tensor]] = collate
    if config.distill:
        collator = SoftLabels(config.distill, schema, rows, loss=config.train.loss, bf16=bf16)
    if config.train.substitute:
        collator = Substitution(rows, schema, config.train.substitute, collate=collator)
    return collator


def _initial_model(config: Config, schema: LabelSchema) -> CharTagger:
    how = config.train
    if config.start is not None:
        encoder, weights = _former(config, config.start, schema)
    else:
        path, layers = config.encoder.path, config.encoder.layers
        encoder = load_encoder(path, layers=layers, dropout=how.dropout, attention_dropout=how.attention_dropout)
        weights = None
    model = new_model(encoder, schema, dropout=how.dropout, mask_share=how.mask_share, loss=how.loss)
    if weights is not None:
        model.load_state_dict(weights)
    return model


def _former(config: Config, start: Path, schema: LabelSchema) -> tuple[Encoder, dict[str, Tensor]]:
    """Return an encoder of the form that the trained model `start` has, and its weights."""
    former = load_trained(start)
    form = former.body.config
    check_same_labels("start", start, former.schema, wanted=schema)
    check_layers(form, config.start_layers, wanted=config.encoder.layers)
    keep_layers(former, config.start_layers)
    check_widths(form, heads=config.encoder.heads, feed_forward=config.encoder.feed_forward)
    form.hidden_dropout_prob, form.attention_probs_dropout_prob = config.train.dropout, config.train.attention_dropout
    table: NDArray[np.int16] = former.table.numpy().astype(np.int16)
    return Encoder(new_body(form), table), former.state_dict()


def window_scores(prediction: EvalPrediction, schema: LabelSchema) -> dict[str, float]:
    """Return strict micro precision, recall and F1 over windows, decoded as the runtime decodes."""
    correct = found = gold = 0
    for logits, tags in zip(prediction.predictions, prediction.label_ids, strict=True):
        length = int((tags != IGNORED).sum())
        log_probs = torch.log_softmax(torch.from_numpy(logits[:length]), dim=-1).numpy()
        predicted: set[Span] = set(decode(log_probs, schema))
        expected = set(tags_to_spans(tags[:length], schema))
        correct += len(predicted & expected)
        found += len(predicted)
        gold += len(expected)
    return prf(correct, found, gold)


def _arguments(config: Config, out_dir: Path) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(out_dir),
        num_train_epochs=config.train.epochs,
        max_steps=config.train.max_steps,
        per_device_train_batch_size=config.train.batch_size,
        per_device_eval_batch_size=config.train.batch_size,
        learning_rate=config.train.learning_rate,
        weight_decay=config.train.weight_decay,
        warmup_steps=config.train.warmup_share,
        max_grad_norm=config.train.max_grad_norm,
        lr_scheduler_type="linear",
        use_cpu=not torch.cuda.is_available(),
        bf16=in_bf16(config.train.bf16),
        train_sampling_strategy="group_by_length",
        length_column_name="length",
        label_names=["tags"],
        remove_unused_columns=False,
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=1,
        restore_callback_states_from_checkpoint=True,  # patience counts on
        load_best_model_at_end=True,
        metric_for_best_model="f1",
        logging_steps=10,
        report_to=config.train.log_to,
        seed=config.seed,
        data_seed=config.seed,
    )
