"""JSON Lines: one object a line with a string `text` and, if it has one, an `id`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO

from minshi.errors import InputError
from minshi.readers.encoding import decode_text
from minshi.types import Document


def read_jsonl(file: BinaryIO, name: str) -> Iterator[Document | InputError]:
    """Yield a document a line, or an InputError naming the line; raises InputError where the bytes are no text.

    A record without `id` is called <name>:<line>.
    """
    for number, line in enumerate(decode_text(file.read(), name).split("\n"), start=1):
        if line.strip():
            yield _document(line, f"{name}:{number}")


def _document(line: str, place: str) -> Document | InputError:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as err:
        return InputError(f"{place}: broken JSON at column {err.colno} ({err.msg})")
    except (ValueError, RecursionError) as err:
        return InputError(f"{place}: JSON that cannot be read ({type(err).__name__})")
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        return InputError(f'{place}: expected an object with a string "text"')
    name = record.get("id")
    return Document(place if name is None else str(name), record["text"])
