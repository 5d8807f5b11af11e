"""JSON and JSON Lines: only the strings and numbers with findings are written anew. Keys are looked at, and never changed."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from minshi.errors import InputError
from minshi.readers.encoding import decode_text, encoded_lines, encoding_of
from minshi.readers.escapes import with_codes_told
from minshi.readers.json import escaped_key, json_documents, unreadable, value_documents
from minshi.readers.jsonl import decoded_line, line_documents, line_place
from minshi.redact.fragments import markup_overlooked
from minshi.redact.source import Edit, Patches, Source, edited, encoded
from minshi.replacements import can_encode
from minshi.types import Anchor, Document

_TOKEN = re.compile(r'\s*(?:(?P<string>"[^"\\]*(?:\\.[^"\\]*)*")|(?P<bare>[^\s\[\]{}",:]+)|(?P<mark>[\[\]{},:]))', re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Value:
    """Where a string or bare word stands in the text, and its JSON pointer."""

    start: int
    end: int
    pointer: str


def open_json(data: bytes, name: str) -> Source:
    """Open a JSON file; raises InputError where it is none, or where an object has a key twice."""
    encoding, start = encoding_of(io.BytesIO(data), name)
    text = decode_text(data, name)
    value = _loaded(text, name)
    docs = list(json_documents(io.BytesIO(data), name)) if _holds_text(value) else []

    def rewrite(patches: Patches) -> bytes:
        return data[:start] + encoded(_rewritten(text, patches, encoding), encoding, name)

    return Source(docs, rewrite, markup_overlooked(docs, name), fixed=_keys([value]))


def open_jsonl(data: bytes, name: str) -> Source:
    """Open a JSON Lines file. A record's other strings are looked at as well as its `text`."""
    lines = list(encoded_lines(io.BytesIO(data), name, limit=len(data) + 4))
    mark = data[: len(data) - sum(len(line) for line, _ in lines)]

    def rewrite(patches: Patches) -> bytes:
        by_line: dict[int, dict[str, Any]] = {}
        for place, patch in patches.items():
            line_number, _, pointer = place.removeprefix("line=").partition(";")
            by_line.setdefault(int(line_number), {})[pointer] = patch
        changed = [line for line, _ in lines]
        for number, found in by_line.items():
            line, encoding = lines[number - 1]
            changed[number - 1] = encoded(_rewritten(line.decode(encoding), found, encoding), encoding, name)
        return mark + b"".join(changed)

    overlooked = markup_overlooked(_records(lines, name), name)
    return Source(_records(lines, name), rewrite, overlooked, fixed=_keys(_readable(lines, name)))


def _records(lines: Sequence[tuple[bytes, str]], name: str) -> Iterator[Document | InputError]:
    for number, (line, encoding) in enumerate(lines, start=1):
        place = f"{name}:{number}"
        try:
            if not (text := decoded_line(line, encoding, place)):
                continue
            value = _loaded(text, place)
        except InputError as err:
            yield err
            continue
        read, beside = _apart(value)
        if _holds_text(read):  # to the reader a record without text is an error, but this may be a copy that lost all it had
            for doc in line_documents(line, encoding, name, number):
                yield _placed(doc, number) if isinstance(doc, Document) else doc
        yield from with_codes_told(value_documents(beside, f"{place}#beside", line_place(number)), place)


def _apart(value: Any) -> tuple[Any, dict[str, Any]]:
    """Return what the reader reads of a line, and what of a record it leaves out."""
    if not isinstance(value, dict):
        return value, {}
    has_text = isinstance(value.get("text"), str)
    read = {key: item for key, item in value.items() if (key == "text" if has_text else key != "id")}
    return read, {key: item for key, item in value.items() if key not in read}


def _placed(doc: Document, number: int) -> Document:
    """Return a document with the place of text under `text`, which the reader takes for all of the document."""
    return doc if doc.anchors else replace(doc, anchors=(Anchor(0, len(doc.text), f"{line_place(number)}/text"),))


def _loaded(text: str, name: str) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(value := dict(pairs)) != len(pairs):
            raise InputError(f"{name}: an object has a key twice, so its values have no place of their own")
        return value

    try:
        return json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as err:
        raise InputError(f"{name}: broken JSON at line {err.lineno}, column {err.colno} ({err.msg})") from None
    except (ValueError, RecursionError) as err:
        raise InputError(f"{name}: {unreadable(err)}") from None


def _readable(lines: Sequence[tuple[bytes, str]], name: str) -> Iterator[Any]:
    for line, encoding in lines:
        with suppress(InputError):
            yield _loaded(decoded_line(line, encoding, name), name)


def _keys(values: Iterable[Any]) -> Iterator[Document]:
    """Yield the keys of all objects, each once."""
    keys = dict[str, None]()
    stack = list(values)
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            keys.update(dict.fromkeys(value))
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
    yield Document("a key of an object", "\n".join(keys))


def _holds_text(value: Any) -> bool:
    return next(value_documents(value, ""), None) is not None


def _rewritten(text: str, patches: Patches, encoding: str) -> str:
    edits = []
    for value in _values(text):
        if patch := patches.get(value.pointer):
            is_ascii = text[value.start : value.end].isascii() and not patch.old.isascii()
            edits.append(Edit(value.start, value.end, _literal(patch.new, "ascii" if is_ascii else encoding)))
    return edited(text, edits)


def _literal(value: str, encoding: str) -> str:
    r"""Return a string as JSON; what its encoding lacks, such as half of a pair that came as an escape, is one.

    >>> _literal("张\ud83d", "utf-8")
    '"张\\ud83d"'
    """
    literal = json.dumps(value, ensure_ascii=False)
    return literal.translate({ord(char): json.dumps(char)[1:-1] for char in set(literal) if not can_encode(encoding, char)})


def _values(text: str) -> Iterator[_Value]:
    """Yield every string and bare word that is a value, in order; the text is well-formed JSON."""
    path: list[str | int] = []  # the key or number in each open object or list
    kinds: list[str] = []
    is_key = False
    at = 0
    while match := _TOKEN.match(text, at):
        at = match.end()
        mark = match["mark"]
        if mark in ("{", "["):
            kinds.append(mark)
            path.append("" if mark == "{" else 0)
            is_key = mark == "{"
        elif mark in ("}", "]"):
            kinds.pop()
            path.pop()
        elif mark == ",":
            is_key = kinds[-1] == "{"
            if isinstance(path[-1], int):
                path[-1] += 1
        elif mark == ":":
            is_key = False
        elif is_key:
            path[-1] = escaped_key(json.loads(match["string"]))
        else:
            start = match.start("string") if match["string"] else match.start("bare")
            yield _Value(start, at, "".join(f"/{step}" for step in path))
