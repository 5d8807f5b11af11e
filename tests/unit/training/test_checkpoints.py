"""Files of a run are whole whenever it is killed, and it goes on from the last whole checkpoint as if it had not been."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from datasets import Dataset
from torch import Tensor, nn
from transformers import EarlyStoppingCallback, Trainer, TrainerCallback, TrainerState, TrainingArguments

from minshi.errors import InputError
from minshi_train.checkpoints import last_checkpoint
from minshi_train.config import parse_config
from minshi_train.hashing import file_sha256
from minshi_train.jsonfile import write_json
from minshi_train.train import _arguments

ROOT = Path(__file__).parents[3]


def _checkpoint(folder: Path, step: int, state: str | None) -> Path:
    checkpoint = folder / f"checkpoint-{step}"
    checkpoint.mkdir(parents=True)
    (checkpoint / "model.safetensors").write_bytes(b"")
    if state is not None:
        (checkpoint / "trainer_state.json").write_text(state, encoding="utf-8")
    return checkpoint


def test_a_checkpoint_that_was_cut_off_is_removed_and_the_one_before_it_taken(tmp_path: Path) -> None:
    arguments = TrainingArguments(output_dir=str(tmp_path / "checkpoints"), use_cpu=True)
    assert last_checkpoint(arguments) is None
    whole = _checkpoint(tmp_path / "checkpoints", 9, "{}")
    cut = [_checkpoint(tmp_path / "checkpoints", 10, None), _checkpoint(tmp_path / "checkpoints", 11, '{"epoch": 1')]
    assert last_checkpoint(arguments) == str(whole)
    assert not any(checkpoint.exists() for checkpoint in cut)


class _Weight(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor, tags: Tensor) -> dict[str, Tensor]:
        return {"loss": ((self.weight - x) ** 2).mean(), "logits": self.weight * x}


class _Cut(TrainerCallback):
    def on_step_begin(self, args: object, state: TrainerState, control: object, **kwargs: object) -> None:
        if (state.epoch or 0) >= 3:
            raise KeyboardInterrupt


def _trainer(out_dir: Path, *callbacks: TrainerCallback) -> Trainer:
    config = parse_config(ROOT / "configs" / "train" / "smoke.yaml", ["train.epochs=9", "train.max_steps=-1"])
    rows = Dataset.from_dict({"x": [[1.0]] * 4, "tags": [[1.0]] * 4, "length": [1] * 4})
    return Trainer(
        model=_Weight(),
        args=_arguments(config, out_dir),
        train_dataset=rows,
        eval_dataset=rows,
        data_collator=lambda items: {key: torch.tensor([item[key] for item in items]) for key in ("x", "tags")},
        compute_metrics=lambda prediction: {"f1": 0.5},  # never grows
        callbacks=[EarlyStoppingCallback(3), *callbacks],
    )


def test_patience_counts_on_where_a_training_was_cut_off(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        _trainer(tmp_path, _Cut()).train()
    trainer = _trainer(tmp_path)
    trainer.train(resume_from_checkpoint=last_checkpoint(trainer.args))
    assert trainer.state.epoch == 4, "the first epoch is the best, three more are waited for"


def test_a_json_file_is_replaced_and_not_written_over(tmp_path: Path) -> None:
    path, old = tmp_path / "stage.json", tmp_path / "old.json"
    write_json(path, {"a": 1})
    old.hardlink_to(path)
    write_json(path, {"a": "张"})
    assert json.loads(old.read_text(encoding="utf-8")) == {"a": 1}
    assert path.read_text(encoding="utf-8") == '{\n  "a": "张"\n}\n'
    assert len(list(tmp_path.iterdir())) == 2


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.txt: cannot be read \(No such file"):
        file_sha256(tmp_path / "none.txt")


def test_checkpoints_of_another_training_are_removed(tmp_path: Path) -> None:
    arguments = TrainingArguments(output_dir=str(tmp_path / "checkpoints"), use_cpu=True)
    assert last_checkpoint(arguments, {"steps": 10}) is None
    mine = _checkpoint(tmp_path / "checkpoints", 9, "{}")
    assert last_checkpoint(arguments, {"steps": 10}) == str(mine)
    assert last_checkpoint(arguments, {"steps": 11}) is None
    assert not mine.exists()
    other = _checkpoint(tmp_path / "checkpoints", 3, "{}")
    assert last_checkpoint(arguments, {"steps": 11}) == str(other)
