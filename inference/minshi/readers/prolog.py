"""What may stand before the first element of markup: a byte order mark, white space, an XML declaration, comments."""

from __future__ import annotations

import re

_PROLOG = re.compile(rb"(?:\s|<\?(?:(?!\?>).)*\?>|<!--(?:(?!-->).)*-->)*", re.DOTALL)  # each step has one way to match: linear
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def after_prolog(head: bytes) -> bytes:
    """Return the first bytes of a file from its first element or DOCTYPE on; of UTF-16 its ASCII characters as ASCII.

    >>> after_prolog(b'<?xml version="1.0"?> <!-- saved --> <html>')
    b'<html>'
    """
    mark = next((mark for mark in _MARKS if head.startswith(mark)), b"")
    plain = head[len(mark) :].replace(b"\0", b"")
    found = _PROLOG.match(plain)
    return plain[found.end() :] if found else plain
