"""Normalisation that keeps length: one code point in, one out, so that offsets stay the identity.

The rules match on `fold_text`; the model's code-point table is built from `fold_char` at training time.
"""

from __future__ import annotations

import re
import unicodedata

_HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
# Zero-width spaces, joiners and marks of direction, soft hyphens: what pages and address books leave inside numbers.
INVISIBLE = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_SPACES = "\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"


def fold_char(char: str) -> str:
    """Return the compatibility form (NFKC, UAX #15) of one character, cut to its first character.

    >>> fold_char("３"), fold_char("（"), fold_char("Ⅱ"), fold_char("李")
    ('3', '(', 'I', '李')
    """
    return unicodedata.normalize("NFKC", char)[:1] or char


_FULL_WIDTH = {code: fold_char(chr(code)) for code in range(0xFF01, 0xFF5F)}
_FOLD_TABLE = str.maketrans({**_FULL_WIDTH, **dict.fromkeys(map(ord, _HYPHENS), "-"), **dict.fromkeys(map(ord, _SPACES), " ")})


def fold_text(text: str) -> str:
    """Return `text` with full-width ASCII, exotic spaces and hyphens made plain; the length stays the same.

    >>> fold_text("电话：１３８－１２３４")
    '电话:138-1234'
    """
    return text if text.isascii() else text.translate(_FOLD_TABLE)
