"""JSON: every string is text, behind its key; the place of a string is its JSON pointer (RFC 6901)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from minshi.errors import InputError
from minshi.readers.encoding import decode_text
from minshi.types import Anchor, Document

_LONG_NUMBER = 10**5  # a number of six digits and more may be a telephone or identity number
_PART_CHARS = 50_000


def read_json(file: BinaryIO, name: str) -> Iterator[Document | InputError]:
    """Yield a document for each object of a top-level list, called `name#/3`, or one for the whole.

    Raises:
        InputError: the bytes are no JSON, or hold no text.
    """
    try:
        value = json.loads(decode_text(file.read(), name))
    except json.JSONDecodeError as err:
        raise InputError(f"{name}: broken JSON at line {err.lineno}, column {err.colno} ({err.msg})") from None
    except (ValueError, RecursionError) as err:
        raise InputError(f"{name}: {unreadable(err)}") from None
    is_empty = True
    records = [(name, "", value)]
    if isinstance(value, list):
        records = [(f"{name}#/{at}", f"/{at}", item) for at, item in enumerate(value)]
    for label, pointer, record in records:
        for doc in value_documents(record, label, pointer):
            is_empty = False
            yield doc
    if is_empty:
        raise InputError(f"{name}: no text in it")


def unreadable(err: ValueError | RecursionError) -> str:
    """Say why Python refuses JSON that is none the less well-formed."""
    return "JSON nested too deeply" if isinstance(err, RecursionError) else "JSON with a number of too many digits"


def value_documents(value: Any, name: str, pointer: str = "") -> Iterator[Document]:
    """Yield the strings of a JSON value as `key：string` lines, in parts of up to 50,000 characters; keys are context."""
    lines: list[str] = []
    anchors: list[Anchor] = []
    length, number = 0, 1
    for key, text, place in _strings(value, pointer):
        head = f"{key}：" if key else ""
        if lines and length + len(text) > _PART_CHARS:
            yield Document(name if number == 1 else f"{name}#part={number}", "\n".join(lines), anchors=tuple(anchors))
            lines, anchors, length, number = [], [], 0, number + 1
        lines.append(head + text)
        anchors.append(Anchor(length + len(head), length + len(head) + len(text), place))
        length += len(head) + len(text) + 1
    if lines:
        yield Document(name if number == 1 else f"{name}#part={number}", "\n".join(lines), anchors=tuple(anchors))


def _strings(value: Any, pointer: str) -> Iterator[tuple[str, str, str]]:
    """Yield (key, text, pointer) in order, without recursion."""
    stack: list[tuple[str, Any, str]] = [("", value, pointer)]
    while stack:
        key, item, place = stack.pop()
        if isinstance(item, dict):
            stack.extend((name, inner, f"{place}/{escaped_key(name)}") for name, inner in reversed(item.items()))
        elif isinstance(item, list):
            stack.extend((key, inner, f"{place}/{at}") for at, inner in reversed(list(enumerate(item))))
        elif isinstance(item, str) and item.strip():
            yield key, item, place
        elif isinstance(item, int | float) and abs(item) >= _LONG_NUMBER and item == item // 1:
            yield key, str(int(item)), place  # a column with gaps makes 13900001234.0 of a number


def escaped_key(key: str) -> str:
    """Return a key as JSON pointers write it."""
    return key.replace("~", "~0").replace("/", "~1")
