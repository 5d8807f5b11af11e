"""What teachers think of the training windows: the probabilities of their tags, which a student learns beside gold.

Several teachers are an ensemble: their probabilities are averaged. For a loss over sequences they are those of each tag given
all sequences (marginals), which is all that the sequences' cross-entropy needs. Where they contradict gold they are corrected:
else a student, for which they make half of the loss, would not learn what they have not learned. Source: Hinton et al. 2015
(knowledge distillation); text that nobody annotated teaches through the teachers alone (self-training with soft labels).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate.utils import gather_object
from datasets import Dataset
from numpy.typing import NDArray
from torch import Tensor

from minshi.labels import LabelSchema
from minshi.types import Document
from minshi_train.checks import check_same_labels
from minshi_train.config import DistillConfig, Loss
from minshi_train.corpus.plain import paragraphs, text_files
from minshi_train.dataset import collate
from minshi_train.devices import processes
from minshi_train.model import IGNORED, CharTagger, marginals
from minshi_train.progress import progress
from minshi_train.restore import load_trained

_log = logging.getLogger(__name__)
_BATCH = 16
_CONTRADICTION = 0.5  # of a teacher's probability, that is not on gold
_TINY = 1e-6
_ALL_ANSWERS = {"complete": ()}  # no label is annotated: gold says nothing of such a text


def plain_files(config: DistillConfig | None) -> list[Path]:
    """Return the files that decide which plain text is learned, `exclude` too; raises ConfigError if none fits one of `text`."""
    return [*text_files(config.text, key="distill.text"), *config.exclude] if config and config.documents else []


def unlabelled(config: DistillConfig, *, seed: int) -> list[Document]:
    """Return the documents without annotation that the teachers are to mark, a paragraph each."""
    if not config.documents:
        return []
    texts = islice(paragraphs(config.text, config.exclude, seed=seed), config.documents)
    return [Document(f"plain-{number}", text, meta=_ALL_ANSWERS) for number, text in enumerate(texts, start=1)]


class SoftLabels:
    """Tag probabilities of every row of a dataset of windows; a collator that adds them to the batch as "soft" [B, T, K]."""

    def __init__(
        self, config: DistillConfig, schema: LabelSchema, rows: Dataset, *, loss: Loss = "sequence", bf16: bool = False
    ) -> None:
        teachers = [load_trained(folder) for folder in config.teachers]
        for folder, teacher in zip(config.teachers, teachers, strict=True):
            check_same_labels("distill.teachers", folder, teacher.schema, wanted=schema)
        self._teaching = torch.tensor([config.weight, config.temperature])
        self._soft = _teach(teachers, rows, config.temperature, loss, bf16=bf16)

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, Tensor]:
        """Collate training rows, each with its "row" number."""
        batch = collate(rows)
        if any("row" not in row for row in rows):  # of dev
            return batch
        soft = torch.zeros(*batch["tags"].shape, self._soft[0].shape[1])
        for index, row in enumerate(rows):
            known = self._soft[row["row"]]
            soft[index, : len(known)] = torch.from_numpy(known.astype(np.float32))
        return {**batch, "soft": soft, "teaching": self._teaching}


@torch.no_grad()
def _teach(
    teachers: Sequence[CharTagger], rows: Dataset, temperature: float, loss: Loss, *, bf16: bool
) -> list[NDArray[np.float16]]:
    """Return the mean of the teachers' probabilities at a temperature, float16 [T, K] for each row.

    Processes that train together mark a share each.
    """
    state = processes()
    order = np.argsort(rows["length"], kind="stable")  # windows of one length together: little padding
    batches = [order[first : first + _BATCH] for first in range(0, len(order), _BATCH)]
    share = batches[state.process_index :: state.num_processes]
    _log.info("%d windows are shown to the teachers", sum(map(len, share)))
    marked: list[tuple[int, NDArray[np.float16]]] = []
    for batch in progress(share, "batches of windows shown to the teachers"):
        taken = [rows[int(index)] for index in batch]
        shown = collate(taken)
        points, is_real = shown["code_points"].to(state.device), (shown["tags"] != IGNORED).to(state.device)
        probabilities = []
        for teacher in teachers:
            with torch.autocast(state.device.type, torch.bfloat16, enabled=bf16):
                logits = teacher.to(state.device)(points)["logits"].float() / temperature
            by_sequence = loss == "sequence"
            probabilities.append(marginals(logits, is_real, teacher.schema) if by_sequence else logits.softmax(dim=-1))
        mean = torch.stack(probabilities).mean(dim=0).cpu().numpy()
        marked += [
            (int(index), corrected(known[: row["length"]], row["tags"], row["answers"]).astype(np.float16))
            for index, row, known in zip(batch, taken, mean, strict=True)
        ]
    by_row = dict(gather_object(marked))
    return [by_row[row] for row in range(len(rows))]


def corrected(soft: NDArray[np.float32], tags: Sequence[int], answers: Sequence[Sequence[bool]]) -> NDArray[np.float32]:
    """Return probabilities [T, K] that do not contradict gold `tags` [T].

    Where tags that are as good as gold (`answers`, bool [K, K]) have less than half of the probability, they share all of it, in
    the proportions that they have; elsewhere what a teacher doubts stays.
    """
    good = np.asarray(answers)[np.asarray(tags)]
    right = np.where(good, soft + _TINY, 0)
    is_wrong = np.where(good, soft, 0).sum(axis=-1, keepdims=True) < _CONTRADICTION
    return np.where(is_wrong, right / right.sum(axis=-1, keepdims=True), soft)
