"""Structured identifiers by rule: tables of Rule per family, no third-party import.

`find` is the one door. Hits that carry a valid check digit come apart from the others, because they beat the model.
A text with characters that nobody sees is read without them too: they may stand in a number, or between two.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from minshi.fold import INVISIBLE, fold_text
from minshi.rules import birth, contact, finance, identity, vehicle
from minshi.rules.emphasis import put_back, without_emphasis
from minshi.rules.rule import Rule, scan
from minshi.types import Span

RULES: tuple[Rule, ...] = (*identity.RULES, *birth.RULES, *contact.RULES, *finance.RULES, *vehicle.RULES)
LABELS: tuple[str, ...] = tuple(dict.fromkeys(rule.label for rule in RULES))

__all__ = ["LABELS", "RULES", "find"]


def find(text: str, labels: Collection[str] = LABELS) -> tuple[list[Span], list[Span]]:
    """Return the hits with a valid check digit and the other hits, each list flat and sorted, of rules for `labels`.

    >>> validated, others = find("身份证号11010519491231002X，电话１３８－１２３４－５６７８")
    >>> validated
    [Span(start=4, end=22, label='ID_CARD', score=1.0, by='rule:id-card')]
    >>> others
    [Span(start=25, end=38, label='PHONE', score=0.95, by='rule:mobile')]
    """
    validated: list[Span] = []
    others: list[Span] = []
    for folded, kept in _readings(text):
        for rule in (rule for rule in RULES if rule.label in labels):
            found = scan(rule, folded)
            (validated if rule.validated else others).extend(put_back(found, kept) if kept else found)
    return _longest_first(validated, len(text)), _longest_first(others, len(text))


def _readings(text: str) -> Iterator[tuple[str, list[int]]]:
    """Yield what the rules read, and where each of its characters stood in the text: an empty list where it stands there."""
    folded, kept = without_emphasis(fold_text(text))
    yield folded, kept
    if INVISIBLE.search(folded):
        seen = [at for at, char in enumerate(folded) if not INVISIBLE.match(char)]
        yield "".join(map(folded.__getitem__, seen)), [kept[at] for at in seen] if kept else seen


def _longest_first(spans: Iterable[Span], length: int) -> list[Span]:
    """Keep the longer of overlapping spans, then the earlier, then the one whose rule comes first; sort by place."""
    covered = bytearray(length)
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start - span.end, span.start)):
        if not any(covered[span.start : span.end]):
            covered[span.start : span.end] = b"\1" * (span.end - span.start)
            kept.append(span)
    return sorted(kept)
