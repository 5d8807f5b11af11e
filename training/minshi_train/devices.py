"""The processes that run a training, and their devices: one for each, and the same result on it each time."""

from __future__ import annotations

import os
from datetime import timedelta

import torch
from accelerate import PartialState
from transformers import TrainingArguments

from minshi.errors import ConfigError

_PATIENCE = timedelta(days=1)  # with the first process, which does alone what is not training


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
