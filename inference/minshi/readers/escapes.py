r"""Chinese that a text writes as codes, \u674e: JSON in a string of JSON or in a cell. Nobody reads it, which must be told.

It is not decoded: a finding would have no offsets in the text as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from minshi.errors import InputError
from minshi.types import Document

_CODE = re.compile(r"(?<![-\\])\\+u[4-9][0-9A-Fa-f]{3}(?!-)")  # not of [\u4e00-\u9fff], as programs write the range


def with_codes_told(items: Iterable[Document | InputError], name: str) -> Iterator[Document | InputError]:
    """Yield the items and, at last, an error where text of them has Chinese written as codes."""
    has_codes = False
    for item in items:
        has_codes = has_codes or (isinstance(item, Document) and _CODE.search(item.text) is not None)
        yield item
    if has_codes:
        yield InputError(f"{name}: letters that it writes as codes (\\uXXXX) inside a text are not read; have them decoded first")
