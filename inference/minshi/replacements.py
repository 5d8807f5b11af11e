"""What `minshi redact` writes in place of a finding is nobody's, whoever tags the copy: `[住址]`, `住址-tfbbba36`, stars.

A model has not learnt that: in 住址-tfbbba36 it may read the number of a house.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from minshi.merge import combine, trimmed
from minshi.types import Span

PERSON = "某人"  # begins the pseudonym of a name
FACT = "信息"  # and of what is told in words, not what it is about: 健康-a0c97b16 would be found again as a word on health
DIGITS = 8  # hexadecimal, of a pseudonym: 32 bits
_LETTERS = str.maketrans("0123456789", "ghkmnpqrst")  # a pseudonym that began with a digit could pass for a number
# Of the names of labels, for files in Big5, which lacks most of the simplified ones.
_TRADITIONAL = str.maketrans("况证残护与电话号码邮银机动车", "況證殘護與電話號碼郵銀機動車")
_WRITTEN = "written"  # label of a replacement, which no caller sees


def label_form(name: str) -> str:
    """Return what stands for every finding of a label.

    >>> label_form("QQ 号")
    '[QQ号]'
    """
    return f"[{_compact(name)}]"


def pseudonym_form(name: str, digest: str) -> str:
    """Return the pseudonym that a hexadecimal digest of a value makes.

    >>> pseudonym_form("住址", "9fbbba36c0ffee")
    '住址-tfbbba36'
    """
    return f"{_compact(name)}-{digest[0].translate(_LETTERS)}{digest[1:DIGITS]}"


def fitted(replacement: str, encoding: str) -> str:
    """Return a replacement in traditional characters where an encoding has only those.

    >>> fitted("[电话号码]", "big5"), fitted("[电话号码]", "gb18030")
    ('[電話號碼]', '[电话号码]')
    """
    traditional = replacement.translate(_TRADITIONAL)
    return traditional if can_encode(encoding, traditional) and not can_encode(encoding, replacement) else replacement


class Replacements:
    """Knows what was written in place of findings, by the names of their labels."""

    def __init__(self, names: Iterable[str]) -> None:
        simplified = [name for name in (PERSON, FACT, *map(_compact, names)) if name]
        known = {*simplified, *(name.translate(_TRADITIONAL) for name in simplified)}
        words = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
        self._pattern = re.compile(rf"\[(?:{words})\]|(?:{words})-[a-fghkmnp-t][0-9a-f]{{{DIGITS - 1}}}")
        self._reach = max(map(len, known)) + DIGITS + 1

    def outside(self, spans: Iterable[Span], text: str) -> tuple[Span, ...]:
        """Return what of flat, sorted spans is no replacement, nor stars at the end.

        >>> Replacements(["住址"]).outside([Span(2, 11, "ADDRESS"), Span(12, 20, "ADDRESS")], "住址-tfbbba36，石桥镇*****")
        (Span(start=12, end=15, label='ADDRESS', score=1.0, by='model'),)
        """
        found = tuple(_without_stars(spans, text))
        written = [Span(*match.span(), _WRITTEN) for span in found for match in self._around(span, text)]
        if not written:
            return found
        left = (span for span in combine(text, written, found) if span.label != _WRITTEN)
        return tuple(span for span in left if any(map(str.isalnum, text[span.start : span.end])))

    def _around(self, span: Span, text: str) -> Iterator[re.Match[str]]:
        return self._pattern.finditer(text, max(0, span.start - self._reach), span.end + self._reach)


def _without_stars(spans: Iterable[Span], text: str) -> Iterator[Span]:
    """Yield spans that end before stars, which nobody can read; those of a masked name stand for its characters."""
    for span in spans:
        if span.label == "NAME" or text[span.end - 1] != "*":
            yield span
        elif kept := text[span.start : span.end].rstrip("*"):
            yield from trimmed([replace(span, end=span.start + len(kept))], text)


def _compact(name: str) -> str:
    return name.replace(" ", "")


def can_encode(encoding: str, text: str) -> bool:
    """Tell whether an encoding has every character of a text."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
