"""Strings to look for in many texts, in time that does not grow with how many they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from minshi.types import Span

_TELLING_CHARS = 3  # a shorter value may well be part of another word


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
