"""Markup inside texts of JSON and tables, which stays in a copy as it stands: what it hides is told, or refuses the file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from minshi.errors import InputError
from minshi.readers.fragments import has_numbered_letters, texts_with_markup
from minshi.types import Document


def markup_overlooked(items: Iterable[Document | InputError], name: str) -> Sequence[str]:
    """Return what `Source.overlooked` says of texts with markup, in a tuple of one or none.

    Raises:
        InputError: letters are written as numbers, of which nothing is found.
    """
    number = 0
    for doc in items:
        if isinstance(doc, Document):
            if has_numbered_letters(doc.text):
                raise InputError(f"{name}: letters that it writes as numbers (&#...;) are not read; have them decoded first")
            number += texts_with_markup(doc)
    return (f"what markup and character references hide (<b>, &nbsp;) in texts ({number})",) if number else ()
