"""Tell a file that is JSON as a whole, whatever its name says: an API answers as `list.do`, `data?page=2` or `x.txt`."""

from __future__ import annotations

import io
import json
from typing import BinaryIO

from minshi.errors import InputError
from minshi.readers.encoding import decode_text, encoded_lines
from minshi.readers.jsonl import MAX_LINE, holds_json_lines
from minshi.readers.prolog import after_prolog

_ENDS = {b"{": b"}", b"[": b"]"}
_TAIL = 4096
_MAX_BYTES = 32 << 20  # of one value: it is read whole, and a longer one that is not called .json streams as text


def json_kind(file: BinaryIO, head: bytes) -> str | None:
    """Return "json" or "jsonl" for a seekable file that is nothing else, None for others; `head` is its first bytes.

    Nothing is parsed unless the first and the last character fit. `[1]`, a list without a string, is a note as likely.
    """
    first = after_prolog(head)[:1]
    size = file.seek(0, io.SEEK_END)
    file.seek(max(size - _TAIL, 0))
    if _ENDS.get(first) != file.read(_TAIL).replace(b"\0", b"").rstrip()[-1:]:
        return None
    if first == b"{" and holds_json_lines(file) and _are_objects(file):
        return "jsonl"
    return "json" if size <= _MAX_BYTES and _is_json(file) else None


def _are_objects(file: BinaryIO) -> bool:
    lines = (line.decode(encoding, "replace") for line, encoding in encoded_lines(file, "", limit=MAX_LINE))
    try:
        return all(isinstance(json.loads(line), dict) for line in lines if line.strip())
    except (ValueError, RecursionError):
        return False


def _is_json(file: BinaryIO) -> bool:
    file.seek(0)
    try:
        text = decode_text(file.read(), "")
        json.loads(text, object_pairs_hook=lambda pairs: None)  # what it holds is not kept
    except (InputError, ValueError, RecursionError):
        return False
    return '"' in text
