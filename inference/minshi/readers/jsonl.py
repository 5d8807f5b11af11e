"""JSON Lines, streamed: an object a line, with a string `text` and, if it has one, an `id`; without `text`, all its strings.

With named fields a line is any JSON value, and read as one of a JSON file: each string at its pointer, `text` among them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, BinaryIO

from minshi.errors import InputError
from minshi.readers.encoding import encoded_lines
from minshi.readers.escapes import with_codes_told
from minshi.readers.fragments import with_markup_told
from minshi.readers.json import no_text, unreadable, value_documents
from minshi.readers.json_headers import loaded
from minshi.readers.options import Options
from minshi.types import Document

MAX_LINE = 64 << 20


def read_jsonl(
    file: BinaryIO,
    name: str,
    options: Options = Options(),  # noqa: B008  # frozen
) -> Iterator[Document | InputError]:
    """Yield what the lines hold, or an InputError for a line that cannot be read. A record without `id` is called <name>:<line>.

    Text under `text` has no place: its offsets are the record's. Strings of a record without it are at `line=3;/pointer`, and
    so are all where `options.fields` says what is read; a record may have none of these, but not all records. An InputError
    tells, at last, texts with markup in them.

    Raises:
        InputError: the file is empty, or no record has text in the fields that are read.
    """
    yield from with_markup_told(_documents(file, name, options), name)


def _documents(file: BinaryIO, name: str, options: Options) -> Iterator[Document | InputError]:
    is_empty = True
    for number, (line, encoding) in enumerate(encoded_lines(file, name, limit=MAX_LINE), start=1):
        if len(line) == MAX_LINE:
            yield InputError(f"{name}:{number}: a line of over {MAX_LINE >> 20} MiB; the rest is not read")
            return
        for item in line_documents(line, encoding, name, number, options.fields):
            is_empty = False
            yield item
    if is_empty and options.fields is not None:
        raise no_text(name, options.fields)


def holds_json_lines(file: BinaryIO) -> bool:
    """Tell JSON Lines from JSON: a whole object in the first line that is not blank, and one that begins in the next."""
    texts = (line.decode(encoding, "replace").strip() for line, encoding in encoded_lines(file, "", limit=MAX_LINE))
    try:
        first, second = islice(filter(None, texts), 2)
        return second.startswith("{") and isinstance(json.loads(first), dict)
    except (InputError, ValueError, RecursionError):  # a ValueError where there is no second line, too
        return False


def line_documents(
    line: bytes, encoding: str, name: str, number: int, fields: Sequence[str] | None = None
) -> Iterator[Document | InputError]:
    """Yield what `read_jsonl` does of a line; nothing where it is blank."""
    place = f"{name}:{number}"
    try:
        text = decoded_line(line, encoding, place)
        if not text:
            return
        record = loaded(text)
    except InputError as err:
        yield err
        return
    except json.JSONDecodeError as err:
        yield InputError(f"{place}: broken JSON at column {err.colno} ({err.msg})")
        return
    except (ValueError, RecursionError) as err:
        yield InputError(f"{place}: {unreadable(err)}")
        return
    yield from with_codes_told(_record_documents(record, place, number, fields), place)


def _record_documents(record: Any, place: str, number: int, fields: Sequence[str] | None) -> Iterator[Document | InputError]:
    if fields is not None:
        yield from value_documents(record, _label(record, place), line_place(number), fields=fields)
        return
    if not isinstance(record, dict):
        yield InputError(f'{place}: expected an object, with a string "text" or others')
        return
    label = _label(record, place)
    if isinstance(record.get("text"), str):
        yield Document(label, record["text"])
        return
    rest = {key: value for key, value in record.items() if key != "id"}
    docs: list[Document | InputError] = list(value_documents(rest, label, line_place(number)))
    yield from docs or [InputError(f"{place}: no text in it")]


def _label(record: Any, place: str) -> str:
    id = record.get("id") if isinstance(record, dict) else None
    return place if id is None or isinstance(id, tuple) else str(id)  # a tuple holds those of a key that comes twice


def decoded_line(line: bytes, encoding: str, place: str) -> str:
    """Return the text of a line, "" where it is blank; raises InputError where it is in another encoding."""
    try:
        text = line.decode(encoding)
    except UnicodeDecodeError:
        raise InputError(f"{place}: not {encoding}; convert it to UTF-8 first") from None
    return text.rstrip("\r\n") if text.strip() else ""


def line_place(number: int) -> str:
    """Return how the places in a line begin; a JSON pointer follows."""
    return f"line={number};"
