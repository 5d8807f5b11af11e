"""Which labels a tagger gives, for the settings that name some."""

from __future__ import annotations

from collections.abc import Sequence

from minshi.tagger import Tagger


def labels_of(tagger: Tagger) -> Sequence[str]:
    """Return the labels of model and rules."""
    return tagger.labels
