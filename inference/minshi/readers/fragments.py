"""Markup and character references inside a text: articles as an API answers them in JSON, cells of a table from a web site.

They are read as they stand, since a finding in what a browser makes of them would have no offsets in the text. What they
hide, as a name in `&#27431;`, or a number that `&nbsp;` or `<b>` parts, is not found, which must be told.
"""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Iterable, Iterator

from minshi.errors import InputError
from minshi.types import Document

_TAGS = (
    "a|article|b|big|blockquote|body|br|center|code|dd|del|div|dl|dt|em|figure|font|h[1-6]|hr|html|i|img|li|mark|ol|p|pre|s|section|"
    "small|span|strike|strong|sub|sup|table|tbody|td|th|thead|tr|u|ul"
)
# One that is escaped itself counts too. `a <p and q>` is no tag: an attribute has a name and `=`.
_TAG = re.compile(rf"(?:<|&lt;)(?:/?(?:{_TAGS})\s*/?(?:>|&gt;)|(?:{_TAGS})\s+[\w:-]+\s*=)", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:#(?:([0-9]{1,7})|[xX]([0-9A-Fa-f]{1,6}))|[A-Za-z][0-9A-Za-z]{1,31});")


def has_numbered_letters(text: str) -> bool:
    """Tell letters and digits written as numbers, `&#24352;`, from a line break or quote, for which every program does so."""
    return "&#" in text and any(map(_is_numbered_letter, _REFERENCE.finditer(text)))


def has_markup(text: str) -> bool:
    """Tell a text with tags of HTML, or with references to more than the ASCII punctuation that markup needs them for.

    >>> has_markup("甲<br/>乙"), has_markup("139&nbsp;0000"), has_markup("a < b & c > d &amp; <张三>")
    (True, True, False)
    """
    if "<" not in text and "&" not in text:
        return False
    return _TAG.search(text) is not None or any(map(_is_telling, _REFERENCE.finditer(text)))


def texts_with_markup(doc: Document) -> int:
    """Return in how many texts of a document there is markup, each at its place."""
    if not has_markup(doc.text):
        return 0
    return sum(has_markup(doc.text[anchor.start : anchor.end]) for anchor in doc.anchors) if doc.anchors else 1


def with_markup_told(items: Iterable[Document | InputError], name: str) -> Iterator[Document | InputError]:
    """Yield the items and, at last, an error where texts of them hold markup."""
    number = 0
    for item in items:
        number += texts_with_markup(item) if isinstance(item, Document) else 0
        yield item
    if number:
        yield InputError(
            f"{name}: texts with markup or character references (<p>, &nbsp;), which are read as they stand: {number:,}; "
            "have them turned to plain text or pages first"
        )


def _is_numbered_letter(reference: re.Match[str]) -> bool:
    decimal, hexadecimal = reference.groups()
    if not (decimal or hexadecimal):
        return False
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return code <= sys.maxunicode and chr(code).isalnum()


def _is_telling(reference: re.Match[str]) -> bool:
    char = html.unescape(reference[0])
    return char != reference[0] and (char.isalnum() or not char.isascii())
