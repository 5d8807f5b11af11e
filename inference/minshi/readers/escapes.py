r"""Chinese that a text writes as codes, \u674e: JSON in a string of JSON or in a cell, scripts. Nobody reads it, as must be told.

It is not decoded: a finding would have no offsets in the text as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from minshi.errors import InputError
from minshi.types import Document

_LETTER = r"\\+u[4-9][0-9A-Fa-f]{3}"
_CODE = re.compile(rf"(?<![-\\]){_LETTER}(?!-)")  # not of [\u4e00-\u9fff], as programs write the range
_WORD = re.compile(rf"(?<![-\\])(?:{_LETTER}){{2}}")  # prose may speak of one code; names and words have two and more


def has_code(text: str) -> bool:
    """Tell whether a value has Chinese written as codes."""
    return "\\u" in text and _CODE.search(text) is not None


def has_coded_words(text: str) -> bool:
    """Tell whether a text that is no table and no JSON has words written as codes: a script, a log with JSON in its lines."""
    return "\\u" in text and _WORD.search(text) is not None


def with_codes_told(
    items: Iterable[Document | InputError], name: str, *, is_coded: Callable[[str], bool] = has_code
) -> Iterator[Document | InputError]:
    """Yield the items and, at last, an error where text of them has Chinese written as codes."""
    has_codes = False
    for item in items:
        has_codes = has_codes or (isinstance(item, Document) and is_coded(item.text))
        yield item
    if has_codes:
        yield InputError(f"{name}: letters that it writes as codes (\\uXXXX) inside a text are not read; have them decoded first")
