"""The paragraph of a web page that is being read: its pieces, and whether an element ended and another began between them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MARKS = "\U000f0000-\U0010ffff"  # private characters, of a set in a pattern: redact.html marks pieces with them
_JOINING = "0-9A-Za-z０-９Ａ-Ｚａ-ｚ"  # what makes one number or word of two that touch
_ENDS = re.compile(f"[{_JOINING}]")
_BEGINS = re.compile(f"[{MARKS}]*[{_JOINING}]")
_SPACE = re.compile(r"[ \t\r\n\f]+")


@dataclass
class Line:
    """Pieces in order, none of them empty.

    A blank keeps the numbers of two elements apart that stand directly beside each other, as the fields of a made page do. A
    number of which a part is emphasised goes on from an element into the text around it, and stays one; so does a number in
    boxes, which are elements of one character each.

    >>> line = Line()
    >>> for value in ("13900001234", "2024"):
    ...     line.enter()
    ...     line.add(value)
    ...     line.leave()
    >>> line.take()
    '13900001234 2024'
    """

    _pieces: list[str] = field(default_factory=list)
    _is_left: bool = False  # an element ended behind the last piece
    _is_parted: bool = False  # and then another began

    def add(self, text: str) -> None:
        """Add a piece of text."""
        if not text:
            return
        if self._is_parted and self._pieces and _would_join(self._pieces[-1], text):
            self._pieces.append(" ")
        self._pieces.append(text)
        self._is_left = self._is_parted = False

    def enter(self) -> None:
        """Note that an element within the paragraph begins."""
        self._is_parted = self._is_parted or self._is_left

    def leave(self) -> None:
        """Note that an element within the paragraph ends."""
        self._is_left = True

    def take(self) -> str:
        """Return the paragraph, "" for one without text, and begin another."""
        text = _SPACE.sub(" ", "".join(self._pieces)).strip()
        self._pieces.clear()
        self._is_left = self._is_parted = False
        return text


def _would_join(left: str, right: str) -> bool:
    """Tell whether two pieces would make one number or word of two, and are no boxes."""
    if not (_ENDS.fullmatch(left[-1]) and _BEGINS.match(right)):
        return False
    return not (_BEGINS.fullmatch(left) and _BEGINS.fullmatch(right))
