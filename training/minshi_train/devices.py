"""The processes that run a training, and their devices: one for each, and the same result on it each time."""

from __future__ import annotations

import os
import time
from datetime import timedelta

import torch
from accelerate import PartialState
from accelerate.utils import broadcast_object_list
from torch import nn
from transformers import TrainingArguments

from minshi.errors import ConfigError
from minshi_train.config import Bf16

_PATIENCE = timedelta(days=1)  # with the first process, which does alone what is not training
_TRIALS = 5
_GAIN = 1.2  # what bfloat16 has to bring, so that two runs on one machine do not choose differently by chance


def processes() -> PartialState:
    """Return which of the processes that `torchrun` started this one is; on processors they find each other only if told so."""
    return PartialState(cpu=not torch.cuda.is_available(), timeout=_PATIENCE)


def one_per_process(arguments: TrainingArguments) -> TrainingArguments:
    """Return the arguments, once they are known to leave this process one device.

    On a GPU, kernels are chosen that add up in a fixed order; PyTorch warns where it has none. On a processor they all are.

    Raises:
        ConfigError: the process sees several GPUs, among which only processes of their own share a batch rightly.
    """
    if arguments.n_gpu > 1:
        raise ConfigError(
            f"{arguments.n_gpu} GPUs in one process: choose one, CUDA_VISIBLE_DEVICES=0; the stage train also runs with one in"
            f" each process, `torchrun --nproc-per-node {arguments.n_gpu} -m minshi_train.cli train CONFIG`"
        )
    if arguments.n_gpu:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True, warn_only=True)
    return arguments


def in_bf16(wanted: Bf16) -> bool:
    """Return whether to compute in bfloat16: as wanted, or with "auto" as the device of the first process does better.

    Processors with instructions for it may be twice as fast in it or half as fast: a layer of an encoder is timed in both.
    """
    if wanted != "auto":
        return wanted
    state = processes()
    chosen = [state.is_main_process and _is_fast_in_bf16(state.device)]
    if state.num_processes > 1:
        broadcast_object_list(chosen)
    return chosen[0]


def _is_fast_in_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    with torch.random.fork_rng(devices=[]):
        layer = nn.TransformerEncoderLayer(384, 12, 1536, dropout=0.0, activation="gelu", batch_first=True)
        hidden = torch.randn(16, 128, 384)
    seconds = {enabled: [_timed(layer, hidden, bf16=enabled) for _ in range(_TRIALS)] for enabled in (False, True)}
    return min(seconds[False]) > _GAIN * min(seconds[True])


def _timed(layer: nn.Module, hidden: torch.Tensor, *, bf16: bool) -> float:
    began = time.perf_counter()
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        layer(hidden).float().sum().backward()
    return time.perf_counter() - began
