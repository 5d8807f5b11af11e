"""Training windows whose spans are now and then replaced by other spans of the same label and length.

What a name or a home looks like is learned from all of the corpus then, and what stands around it has to tell (mention
replacement, Dai and Adel 2020). The same length keeps windows and tags as they are. A teacher's probabilities stay those of the
words that it saw.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Container, Mapping
from typing import Any

from datasets import Dataset
from torch import Tensor

from minshi.decode import tags_to_spans
from minshi.labels import LabelSchema
from minshi.types import Span
from minshi_train.checks import check_labels

_Mention = tuple[int, ...]  # code points
_Kind = tuple[str, int]  # label, length


class Substitution:
    """A collator that replaces a share of each label's mentions before `collate`; the same words of a window alike.

    Where a label is `loose`, edges are not ours: its mentions stay. One at the edge of a window may be part of a longer one, and
    replaces no other. Draws from `random`, whose state a checkpoint keeps.

    Raises:
        ConfigError: a label of `shares` is not in the schema.
    """

    def __init__(
        self,
        rows: Dataset,
        schema: LabelSchema,
        shares: Mapping[str, float],
        *,
        collate: Callable[[list[dict[str, Any]]], dict[str, Tensor]],
    ) -> None:
        check_labels("train.substitute", shares, schema.labels)
        self._shares = shares
        self._collate = collate
        self._mentions: dict[int, list[Span]] = {}
        known: dict[_Kind, dict[_Mention, None]] = {}
        for row in rows:
            self._mentions[row["row"]] = _mentions(row, schema, shares)
            for span in self._mentions[row["row"]]:
                if span.start > 0 and span.end < len(row["tags"]):
                    known.setdefault(_kind(span), {})[_words(row, span)] = None
        self._known: Mapping[_Kind, list[_Mention]] = {kind: list(words) for kind, words in known.items()}

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, Tensor]:
        """Collate rows; those with a "row" number, of training, with mentions replaced."""
        return self._collate([self._substituted(row) if "row" in row else row for row in rows])

    def _substituted(self, row: dict[str, Any]) -> dict[str, Any]:
        points = list(row["code_points"])
        chosen: dict[tuple[_Kind, _Mention], _Mention] = {}
        for span in self._mentions[row["row"]]:
            kind, words = _kind(span), _words(row, span)
            if (kind, words) not in chosen:
                is_kept = random.random() >= self._shares[span.label]
                chosen[kind, words] = words if is_kept else random.choice(self._known.get(kind, [words]))
            points[span.start : span.end] = chosen[kind, words]
        return {**row, "code_points": points}


def _mentions(row: dict[str, Any], schema: LabelSchema, labels: Container[str]) -> list[Span]:
    spans = tags_to_spans(row["tags"], schema)
    return [span for span in spans if span.label in labels and not _is_loose(row, schema.begin_id(span.label))]


def _is_loose(row: dict[str, Any], begin: int) -> bool:
    return bool(row["answers"][begin][begin + 1])


def _kind(span: Span) -> _Kind:
    return span.label, span.end - span.start


def _words(row: dict[str, Any], span: Span) -> _Mention:
    return tuple(row["code_points"][span.start : span.end])
