"""Training windows whose spans are now and then replaced by other spans of the same label and length.

What a name or a home looks like is learned from all of the corpus then, and what stands around it has to tell (mention
replacement, Dai and Adel 2020). The same length keeps windows, tags and teachers' probabilities as they are.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Container, Mapping
from typing import Any

from datasets import Dataset
from torch import Tensor

from minshi.decode import tags_to_spans
from minshi.errors import ConfigError
from minshi.labels import LabelSchema

_Mention = tuple[int, ...]  # code points
_Kind = tuple[str, int]  # label, length


class Substitution:
    """A collator that replaces a share of each label's mentions before `collate`; the same words of a window alike.

    Draws from `random`, whose state a checkpoint keeps.

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
        for label in shares:
            if label not in schema.labels:
                raise ConfigError(f"train.substitute.{label}: no such label; known: {', '.join(schema.labels)}")
        self._shares = shares
        self._collate = collate
        self._mentions = {row["row"]: _mentions(row, schema, shares) for row in rows}
        known: dict[_Kind, dict[_Mention, None]] = {}
        for row in rows:
            for kind, place in self._mentions[row["row"]]:
                known.setdefault(kind, {})[_words(row, kind, place)] = None
        self._known: Mapping[_Kind, list[_Mention]] = {kind: list(words) for kind, words in known.items()}

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, Tensor]:
        """Collate rows; those with a "row" number, of training, with mentions replaced."""
        return self._collate([self._substituted(row) if "row" in row else row for row in rows])

    def _substituted(self, row: dict[str, Any]) -> dict[str, Any]:
        points = list(row["code_points"])
        chosen: dict[tuple[_Kind, _Mention], _Mention] = {}
        for kind, place in self._mentions[row["row"]]:
            words = _words(row, kind, place)
            if (kind, words) not in chosen:
                chosen[kind, words] = random.choice(self._known[kind]) if random.random() < self._shares[kind[0]] else words
            points[place : place + len(words)] = chosen[kind, words]
        return {**row, "code_points": points}


def _mentions(row: dict[str, Any], schema: LabelSchema, labels: Container[str]) -> list[tuple[_Kind, int]]:
    spans = tags_to_spans(row["tags"], schema)
    return [((span.label, span.end - span.start), span.start) for span in spans if span.label in labels]


def _words(row: dict[str, Any], kind: _Kind, place: int) -> _Mention:
    return tuple(row["code_points"][place : place + kind[1]])
