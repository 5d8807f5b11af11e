"""The label schema: which labels exist, who finds them, and how the model's labels become BIO tags.

`LabelInfo` describes any label (model or rule) to a reader; `LabelSchema` is the model's tag set.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from minshi.errors import ConfigError, did_you_mean, nearest

OUTSIDE = 0  # id of the tag "O"
Kind = Literal["model", "rule"]


@dataclass(frozen=True, slots=True)
class LabelInfo:
    """One label as `configs/labels.yaml` describes it.

    `pipl` names the category of sensitive personal information under article 28 of the Personal Information
    Protection Law, `gbt45574` the category of annex A of GB/T 45574-2025; None where the text names none.
    """

    id: str
    zh: str
    definition: str
    kind: Kind
    pipl: str | None
    gbt45574: str | None

    @classmethod
    def from_mapping(cls, entry: Mapping[str, Any]) -> LabelInfo:
        """Build from a mapping with exactly these fields; raises ConfigError naming what is missing or unknown."""
        names = [field.name for field in fields(cls)]
        if unknown := [key for key in entry if key not in names]:
            instead = did_you_mean(str(unknown[0]), names) or f"; known: {', '.join(names)}"
            raise ConfigError(f"label {entry.get('id', '?')!r}: unknown key {unknown[0]!r}{instead}")
        if missing := [name for name in names if name not in entry]:
            raise ConfigError(f"label {entry.get('id', '?')!r}: key {missing[0]!r} is missing")
        for name, value in entry.items():
            if not (isinstance(value, str) or (value is None and name in ("pipl", "gbt45574"))):
                raise ConfigError(f"label {entry['id']!r}: {name} must be text")
        if entry["kind"] not in get_args(Kind):
            raise ConfigError(f"label {entry['id']!r}: kind must be 'model' or 'rule', not {entry['kind']!r}")
        return cls(**entry)


@dataclass(frozen=True)
class LabelSchema:
    """The labels of a model, in the order of its tags: O, B-first, I-first, B-second, …

    >>> LabelSchema(("NAME",)).tags
    ('O', 'B-NAME', 'I-NAME')
    """

    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.labels or len(set(self.labels)) != len(self.labels):
            raise ConfigError("a label schema needs at least one label and no label twice")

    @classmethod
    def from_tags(cls, tags: Iterable[str]) -> LabelSchema:
        """Rebuild the schema from a model's tag list; raises ConfigError if they are not BIO tags in order."""
        tags = tuple(tags)
        schema = cls(tuple(tag[2:] for tag in tags if tag.startswith("B-")))
        if schema.tags != tags:
            raise ConfigError("tags are not O followed by B-, I- pairs")
        return schema

    @cached_property
    def tags(self) -> tuple[str, ...]:
        return ("O", *(f"{prefix}-{label}" for label in self.labels for prefix in "BI"))

    def begin_id(self, label: str) -> int:
        """Return the id of B-`label`; I-`label` is the next one. Raises ConfigError for an unknown label."""
        try:
            return 1 + 2 * self.labels.index(label)
        except ValueError:
            raise ConfigError(f"unknown label {label!r}; known: {', '.join(self.labels)}") from None

    @cached_property
    def start_allowed(self) -> NDArray[np.bool_]:
        """Which tags may open a window, bool [K]: every one but I-."""
        return np.array([not tag.startswith("I-") for tag in self.tags])

    @cached_property
    def transition_allowed(self) -> NDArray[np.bool_]:
        """Which tag may follow which, bool [K, K] as [from, to]: I-x only after B-x or I-x."""
        allowed = np.tile(self.start_allowed, (len(self.tags), 1))
        for label in self.labels:
            begin = self.begin_id(label)
            allowed[[begin, begin + 1], begin + 1] = True
        return allowed

    @cached_property
    def fingerprint(self) -> str:
        """Return a short SHA-256 over the tag list: equal in config, checkpoint and released model, or refused."""
        return hashlib.sha256(json.dumps(self.tags).encode()).hexdigest()[:16]


def check_wanted(labels: Collection[str] | None, min_score: float, known: Collection[str]) -> None:
    """Raise ConfigError where findings of these labels, all for None, that are so sure make no sense: none would be kept."""
    if labels is not None:
        require_known(labels, known)
        if not labels:
            raise ConfigError("labels: none is named; leave them out to have all")
    if not 0 <= min_score <= 1:  # NaN is neither
        raise ConfigError(f"min_score={min_score}: must be from 0 to 1")


def require_known(names: Collection[str], known: Collection[str], *, kind: str = "label") -> None:
    """Raise ConfigError unless all names are known; `kind` says what they name."""
    if isinstance(names, str) or not isinstance(names, Collection):  # a string has letters, an iterator ends with the check
        raise ConfigError(f"{kind} names are given as a list, not as {names!r}")
    if unknown := set(names).difference(known):
        name = min(unknown, key=str)
        near = nearest(str(name), known)
        raise ConfigError(f"unknown {kind} {name}{f' (nearest: {near})' if near else ''}; known: {', '.join(known)}")
