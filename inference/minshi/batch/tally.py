"""What a job counts: of a file, a part, or all of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Tally:
    """Counts of a part or a job. A file with any document read is processed; `partial` counts those with errors beside.

    `persons` counts them by combination of labels, as `risk.persons` does.
    """

    listed: int = 0
    processed: int = 0
    partial: int = 0
    failed: int = 0
    skipped: int = 0
    documents: int = 0
    characters: int = 0
    size: int = 0
    findings: dict[str, int] = field(default_factory=dict)
    persons: dict[str, int] = field(default_factory=dict)

    def add(self, other: Tally) -> None:
        for name in ("listed", "processed", "partial", "failed", "skipped", "documents", "characters", "size"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("findings", "persons"):
            both = Counter(getattr(self, name)) + Counter(getattr(other, name))
            setattr(self, name, dict(sorted(both.items())))
