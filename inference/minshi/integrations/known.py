"""Which labels a tagger gives, for the settings that name some: a name that none of them has would silently find nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from minshi import rules
from minshi.errors import ConfigError
from minshi.tagger import Tagger


def labels_of(tagger: Tagger) -> Sequence[str]:
    """Return the labels of model and rules."""
    return [label.id for label in tagger.bundle.labels] if tagger.bundle else (*tagger.schema.labels, *rules.LABELS)


def require_known(names: Iterable[str], known: Sequence[str], *, kind: str) -> None:
    """Raise ConfigError unless all names are known; `kind` says what they name."""
    if unknown := set(names).difference(known):
        raise ConfigError(f"unknown {kind} {min(unknown)}; known: {', '.join(known)}")
