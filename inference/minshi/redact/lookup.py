"""Strings to look for in many texts, in time that does not grow with how many they are."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from minshi.fold import fold_text
from minshi.types import Span

_DAY = re.compile(r"((?:19|20)\d\d) ?[-/.年] ?(\d\d?) ?[-/.月] ?(\d\d?)[日号]?|((?:19|20)\d\d)(\d\d)(\d\d)", re.ASCII)
_TELLING_CHARS = 3  # a shorter value may well be part of another word


def writings(label: str, value: str) -> Iterator[str]:
    """Yield a value, and a day of birth as programs write it beside what a page shows.

    >>> list(writings("BIRTH_DATE", "1985年3月2日"))
    ['1985年3月2日', '1985-03-02', '19850302', '1985/03/02', '1985/3/2', '1985-3-2']
    """
    yield value
    if label == "BIRTH_DATE" and (day := _DAY.fullmatch(fold_text(value))):
        year, month, date = (int(part) for part in day.groups() if part)
        yield f"{year}-{month:02}-{date:02}"
        yield f"{year}{month:02}{date:02}"
        yield f"{year}/{month:02}/{date:02}"
        yield f"{year}/{month}/{date}"
        yield f"{year}-{month}-{date}"


class Lookup:
    """Finds strings, each with its label, by a set for each length: a large table has as many as it has rows."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._labels = labels
        self._by_length: dict[int, set[str]] = defaultdict(set)
        for string in labels:
            self._by_length[len(string)].add(string)

    def spans(self, text: str) -> Iterator[Span]:
        """Yield every occurrence, also where they overlap.

        >>> list(Lookup({"张**": "NAME"}).spans("张**，张**"))
        [Span(start=0, end=3, label='NAME', score=1.0, by='known'), Span(start=4, end=7, label='NAME', score=1.0, by='known')]
        """
        for length, strings in self._by_length.items():
            for at in range(len(text) - length + 1):
                if (string := text[at : at + length]) in strings:
                    yield Span(at, at + length, self._labels[string], by="known")

    def telling(self, text: str) -> Iterator[Span]:
        """Yield the occurrences that are no part of another word for certain: longer ones, and those that are a whole line.

        >>> [(span.start, span.end) for span in Lookup({"高明": "NAME"}).telling("高明区\\n高明")]
        [(4, 6)]
        """
        for span in self.spans(text):
            is_line = text[span.start - 1 : span.start] in ("", "\n") and text[span.end : span.end + 1] in ("", "\n")
            if is_line or span.end - span.start >= _TELLING_CHARS:
                yield span
