"""A training has one device in each process: of several GPUs in one, the way out is said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from transformers import TrainingArguments

from minshi.errors import ConfigError
from minshi_train import devices
from minshi_train.devices import in_bf16, one_per_process


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


@pytest.mark.parametrize(("seconds", "chosen"), [(0.5, True), (0.95, False), (2.0, False)])
def test_bfloat16_is_chosen_where_it_is_markedly_faster(monkeypatch: pytest.MonkeyPatch, seconds: float, chosen: bool) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(devices, "_timed", lambda layer, hidden, bf16: seconds if bf16 else 1.0)
    assert in_bf16("auto") is chosen
    assert in_bf16(True) is True
    assert in_bf16(False) is False


def test_to_choose_draws_nothing_from_the_seed() -> None:
    torch.manual_seed(3)
    wanted = torch.rand(4)
    torch.manual_seed(3)
    in_bf16("auto")
    assert torch.equal(torch.rand(4), wanted)
