"""JSON Lines, streamed: an object a line, with a string `text` and, if it has one, an `id`; without `text`, all its strings.

With named fields a line is any JSON value, and read as one of a JSON file: each string at its pointer, `text` among them.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from minshi.errors import InputError
from minshi.readers.json import no_text, unreadable, value_documents
from minshi.readers.options import Options
from minshi.types import Document

_MAX_LINE = 64 << 20


def read_jsonl(
    file: BinaryIO,
    name: str,
    options: Options = Options(),  # noqa: B008  # frozen
) -> Iterator[Document | InputError]:
    """Yield what the lines hold, or an InputError for a line that cannot be read. A record without `id` is called <name>:<line>.

    Text under `text` has no place: its offsets are the record's. Strings of a record without it have their JSON pointers, and
    so have all where `options.fields` says what is read; a record may have none of these, but not all records.

    Raises:
        InputError: the file is empty, or no record has text in the fields that are read.
    """
    if not file.read(1):
        raise InputError(f"{name}: empty file")
    file.seek(0)
    number, is_empty = 0, True
    while line := file.readline(_MAX_LINE):
        number += 1
        place = f"{name}:{number}"
        if len(line) == _MAX_LINE:
            yield InputError(f"{place}: a line of over {_MAX_LINE >> 20} MiB; the rest is not read")
            return
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        if not line.strip():
            continue
        for item in _documents(line.rstrip(b"\r\n"), place, options.fields):
            is_empty = False
            yield item
    if is_empty and options.fields is not None:
        raise no_text(name, options.fields)


def holds_json_lines(file: BinaryIO) -> bool:
    """Tell JSON Lines from JSON: a whole object in the first line that is not blank, and one that begins in the next."""
    file.seek(0)
    lines = (line.strip() for line in iter(lambda: file.readline(_MAX_LINE), b"") if line.strip())
    first, second = next(lines, b"").removeprefix(codecs.BOM_UTF8), next(lines, b"")
    if not (first.startswith(b"{") and first.endswith(b"}") and second.startswith(b"{")):
        return False
    try:
        return isinstance(json.loads(_decoded(first)), dict)
    except (ValueError, RecursionError):
        return False


def _documents(line: bytes, place: str, fields: Sequence[str] | None) -> Iterator[Document | InputError]:
    try:
        record = json.loads(_decoded(line))
    except UnicodeDecodeError:
        yield InputError(f"{place}: neither UTF-8 nor GB18030")
        return
    except json.JSONDecodeError as err:
        yield InputError(f"{place}: broken JSON at column {err.colno} ({err.msg})")
        return
    except (ValueError, RecursionError) as err:
        yield InputError(f"{place}: {unreadable(err)}")
        return
    if fields is not None:
        yield from value_documents(record, _label(record, place), fields=fields)
        return
    if not isinstance(record, dict):
        yield InputError(f'{place}: expected an object, with a string "text" or others')
        return
    label = _label(record, place)
    if isinstance(record.get("text"), str):
        yield Document(label, record["text"])
        return
    docs: list[Document | InputError] = list(value_documents({key: value for key, value in record.items() if key != "id"}, label))
    yield from docs or [InputError(f"{place}: no text in it")]


def _label(record: Any, place: str) -> str:
    return place if not isinstance(record, dict) or record.get("id") is None else str(record["id"])


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("gb18030")
