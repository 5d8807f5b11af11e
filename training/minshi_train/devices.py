"""The devices that a training runs on: one for each process, and the same result on it each time."""

from __future__ import annotations

import os

import torch
from transformers import TrainingArguments

from minshi.errors import ConfigError


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
