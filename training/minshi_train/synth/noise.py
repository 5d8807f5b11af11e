"""Noise as real dumps have it: scanning errors, typing errors, stray blanks, hard line breaks, full-width digits, old characters.

Every character knows the span it belongs to, so spans move with their text. What is put between two characters of one
span belongs to it; spans shrink off blanks at their edges.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from random import Random

from opencc import OpenCC

from minshi.types import Span

_FULL_WIDTH = {ord(char): ord(char) + 0xFEE0 for char in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz()-"}
_HALF_WIDTH = str.maketrans("，：；（）！？", ",:;()!?")
_DROPPED = frozenset("，。；、：,;")
_BLANKS = (" ", " ", "　", "\u200b")

Confusions = Mapping[str, Mapping[str, str]]  # kind ("ocr", "homophone") -> character -> what it is taken for


class _Page:
    """Characters and, beside each, the index of its span or -1."""

    def __init__(self, text: str, spans: tuple[Span, ...]) -> None:
        self.chars = list(text)
        self.owners = [-1] * len(text)
        for index, span in enumerate(spans):
            self.owners[span.start : span.end] = [index] * (span.end - span.start)

    def rewrite(self, change: Callable[[int, str], str]) -> None:
        """Replace every character by none, one or several; what follows the first belongs to a span if inside it or the same."""
        chars: list[str] = []
        owners: list[int] = []
        for at, (char, owner) in enumerate(zip(self.chars, self.owners, strict=True)):
            new = change(at, char)
            inside = at + 1 < len(self.owners) and self.owners[at + 1] == owner
            chars += new
            owners += [owner if each == char or index == 0 or inside else -1 for index, each in enumerate(new)]
        self.chars, self.owners = chars, owners

    def spans(self, originals: tuple[Span, ...]) -> tuple[Span, ...]:
        """Return the spans where they now stand; one of which nothing is left is gone."""
        ends: dict[int, list[int]] = {}
        for at, (char, owner) in enumerate(zip(self.chars, self.owners, strict=True)):
            if owner >= 0 and not char.isspace() and char != "\u200b":
                ends.setdefault(owner, [at, at + 1])[1] = at + 1
        return tuple(Span(start, end, originals[index].label, by="gold") for index, (start, end) in sorted(ends.items()))


def add_noise(
    rng: Random, text: str, spans: tuple[Span, ...], rates: Mapping[str, float], confusions: Confusions
) -> tuple[str, tuple[Span, ...], list[str]]:
    """Return the text with noise of some kinds, its spans, and the names of the kinds.

    Args:
        rates: the share of documents that a kind of noise falls on, by name; a name that is no key of NOISES is ignored.
    """
    page = _Page(text, spans)
    kinds = [kind for kind in NOISES if rng.random() < rates.get(kind, 0.0)]
    for kind in kinds:
        NOISES[kind](rng, page, confusions)
    return "".join(page.chars), page.spans(spans), kinds


def _traditional(rng: Random, page: _Page, confusions: Confusions) -> None:
    converted = _converter().convert("".join(page.chars))
    if len(converted) == len(page.chars):
        page.chars = list(converted)


def _confused(kind: str, share: float) -> Callable[[Random, _Page, Confusions], None]:
    def confuse(rng: Random, page: _Page, confusions: Confusions) -> None:
        table = confusions[kind]
        page.rewrite(lambda at, char: table[char] if char in table and rng.random() < share else char)

    return confuse


def _full_width(rng: Random, page: _Page, confusions: Confusions) -> None:
    page.chars = [char.translate(_FULL_WIDTH) for char in page.chars]


def _half_width(rng: Random, page: _Page, confusions: Confusions) -> None:
    page.chars = [char.translate(_HALF_WIDTH) for char in page.chars]


def _missing_punctuation(rng: Random, page: _Page, confusions: Confusions) -> None:
    with_blank = rng.choice(("", " "))
    page.rewrite(lambda at, char: with_blank if char in _DROPPED and page.owners[at] < 0 and rng.random() < 0.7 else char)


def _typing(rng: Random, page: _Page, confusions: Confusions) -> None:
    def slip(at: int, char: str) -> str:
        if not "一" <= char <= "鿿" or rng.random() > 0.01:
            return char
        return char * 2 if rng.random() < 0.4 or page.owners[at] >= 0 else ""

    page.rewrite(slip)


def _stray_blanks(rng: Random, page: _Page, confusions: Confusions) -> None:
    blank, share = rng.choice(_BLANKS), rng.choice((0.02, 0.02, 0.05, 1.0 if rng.random() < 0.2 else 0.05))
    page.rewrite(lambda at, char: char + blank if char > "\u2fff" and rng.random() < share else char)


def _hard_breaks(rng: Random, page: _Page, confusions: Confusions) -> None:
    width, column = rng.randint(14, 42), 0

    def wrap(at: int, char: str) -> str:
        nonlocal column
        column = 0 if char == "\n" else column + 1
        if column < width:
            return char
        column = 0
        return char + "\n"

    page.rewrite(wrap)


def _cut_off(rng: Random, page: _Page, confusions: Confusions) -> None:
    """End the text where a page or a field ended, never inside a span."""
    places = [at for at in range(len(page.chars) // 2, len(page.chars)) if page.owners[at] < 0]
    if places:
        at = rng.choice(places)
        page.chars, page.owners = page.chars[:at], page.owners[:at]


NOISES: dict[str, Callable[[Random, _Page, Confusions], None]] = {
    "traditional": _traditional,
    "ocr": _confused("ocr", 0.04),
    "homophone": _confused("homophone", 0.04),
    "typing": _typing,
    "missing_punctuation": _missing_punctuation,
    "half_width": _half_width,
    "full_width": _full_width,
    "stray_blanks": _stray_blanks,
    "hard_breaks": _hard_breaks,
    "cut_off": _cut_off,
}


@cache
def _converter() -> OpenCC:
    return OpenCC("s2t")
