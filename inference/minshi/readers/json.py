"""JSON: every string is text, behind its key; the place of a string is its JSON pointer (RFC 6901)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, BinaryIO

from minshi.errors import InputError
from minshi.readers.encoding import decode_text
from minshi.readers.escapes import with_codes_told
from minshi.readers.fragments import with_markup_told
from minshi.readers.json_headers import Header, is_table, loaded, members
from minshi.readers.options import ALL, Options
from minshi.types import Anchor, Document

_LONG_NUMBER = 10**5  # a number of six digits and more may be a telephone or identity number
_PART_CHARS = 50_000


def read_json(
    file: BinaryIO,
    name: str,
    options: Options = Options(),  # noqa: B008  # frozen
) -> Iterator[Document | InputError]:
    """Yield a document for each object of a top-level list, called `name#/3`, or one for the whole.

    A list of rows is one whole where the first of them are a header. An InputError tells text that is written as codes, another
    strings with markup in them.

    Raises:
        InputError: the bytes are no JSON, or hold no text in the fields that are read.
    """
    yield from with_markup_told(json_documents(file, name, options), name)


def json_documents(
    file: BinaryIO,
    name: str,
    options: Options = Options(),  # noqa: B008  # frozen
) -> Iterator[Document | InputError]:
    """Yield what `read_json` does but for the error of markup, which can be written back as it stands."""
    try:
        value = loaded(decode_text(file.read(), name))
    except json.JSONDecodeError as err:
        raise InputError(f"{name}: broken JSON at line {err.lineno}, column {err.colno} ({err.msg})") from None
    except (ValueError, RecursionError) as err:
        raise InputError(f"{name}: {unreadable(err)}") from None
    fields = ALL if options.fields is None else options.fields
    is_empty = True
    records = [(name, "", value)]
    if isinstance(value, list) and not is_table(value):
        records = [(f"{name}#/{at}", f"/{at}", item) for at, item in enumerate(value)]
    docs = chain.from_iterable(value_documents(record, label, pointer, fields=fields) for label, pointer, record in records)
    for item in with_codes_told(docs, name):
        is_empty = False
        yield item
    if is_empty:
        raise no_text(name, fields)


def no_text(name: str, fields: Sequence[str]) -> InputError:
    """Return the error of a file without text in the fields that are read."""
    return InputError(f"{name}: no text in it" if "" in fields else f"{name}: no text in its fields {', '.join(fields)}")


def unreadable(err: ValueError | RecursionError) -> str:
    """Say why Python refuses JSON that is none the less well-formed."""
    return "JSON nested too deeply" if isinstance(err, RecursionError) else "JSON with a number of too many digits"


def value_documents(value: Any, name: str, pointer: str = "", *, fields: Sequence[str] = ALL) -> Iterator[Document]:
    """Yield the strings of a JSON value as `key：string` lines, in parts of up to 50,000 characters; keys are context.

    Args:
        pointer: where the value stands in its file.
        fields: names of keys and JSON pointers into the value; only strings at or below them are read.
    """
    lines: list[str] = []
    anchors: list[Anchor] = []
    length, number = 0, 1
    for key, text, place in _strings(value, pointer, fields):
        head = f"{key}：" if key else ""
        if lines and length + len(text) > _PART_CHARS:
            yield Document(name if number == 1 else f"{name}#part={number}", "\n".join(lines), anchors=tuple(anchors))
            lines, anchors, length, number = [], [], 0, number + 1
        lines.append(head + text)
        anchors.append(Anchor(length + len(head), length + len(head) + len(text), place))
        length += len(head) + len(text) + 1
    if lines:
        yield Document(name if number == 1 else f"{name}#part={number}", "\n".join(lines), anchors=tuple(anchors))


def _strings(value: Any, pointer: str, fields: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Yield (header, text, pointer) in order, without recursion."""
    names = {field for field in fields if field and not field.startswith("/")}
    places = {pointer + field for field in fields if field not in names}
    stack: list[tuple[Header, Any, str, bool]] = [("", value, pointer, pointer in places)]
    while stack:
        header, item, place, is_read = stack.pop()
        if isinstance(item, dict | list):
            is_object = isinstance(item, dict)
            for step, inner, below in reversed(list(members(item, header))):
                at = f"{place}/{escaped_key(step)}"
                stack.append((below, inner, at, is_read or (is_object and step in names) or at in places))
            continue
        head = header if isinstance(header, str) else ""  # those of columns are of lists alone
        if not is_read:
            continue
        if isinstance(item, str) and item.strip():
            yield head, item, place
        elif isinstance(item, int | float) and abs(item) >= _LONG_NUMBER and item == item // 1:
            yield head, str(int(item)), place  # a column with gaps makes 13900001234.0 of a number


def escaped_key(key: str) -> str:
    """Return a key as JSON pointers write it."""
    return key.replace("~", "~0").replace("/", "~1")
