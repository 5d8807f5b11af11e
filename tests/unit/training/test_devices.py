"""A training has one device in each process: of several GPUs in one, the way out is said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from transformers import TrainingArguments

from minshi.errors import ConfigError
from minshi_train.devices import one_per_process


def _arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gpus: int) -> TrainingArguments:
    monkeypatch.setattr(TrainingArguments, "n_gpu", gpus)
    return TrainingArguments(output_dir=str(tmp_path), use_cpu=True)


def test_several_gpus_in_one_process_are_refused_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"CUDA_VISIBLE_DEVICES=0.*torchrun --nproc-per-node 4 "):
        one_per_process(_arguments(tmp_path, monkeypatch, 4))


@pytest.mark.parametrize("gpus", [0, 1])
def test_on_a_gpu_sums_keep_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gpus: int) -> None:
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "")  # to be put back afterwards
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG")
    before = torch.are_deterministic_algorithms_enabled()
    try:
        one_per_process(_arguments(tmp_path, monkeypatch, gpus))
        assert torch.are_deterministic_algorithms_enabled() == bool(gpus)
        assert os.environ.get("CUBLAS_WORKSPACE_CONFIG") == (":4096:8" if gpus else None)
    finally:
        torch.use_deterministic_algorithms(before)
