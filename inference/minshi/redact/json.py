"""JSON and JSON Lines: only the strings and numbers with findings are written anew. Keys are looked at, and never changed."""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from minshi.errors import InputError
from minshi.readers.encoding import decode_text, encoding_of
from minshi.readers.json import escaped_key, read_json, unreadable, value_documents
from minshi.readers.jsonl import read_jsonl
from minshi.redact.source import Edit, Patches, Source, edited, encoded
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
    docs = list(read_json(io.BytesIO(data), name)) if _holds_text(value) else []

    def rewrite(patches: Patches) -> bytes:
        return data[:start] + encoded(_rewritten(text, patches), encoding, name)

    return Source(docs, rewrite, fixed=_keys([value]))


def open_jsonl(data: bytes, name: str) -> Source:
    """Open a JSON Lines file. A record's other strings are looked at as well as its `text`."""
    if not data:
        raise InputError(f"{name}: empty file")
    lines = data.splitlines(keepends=True) if b"\r" not in data else re.findall(rb"[^\n]*\n|[^\n]+$", data)

    def rewrite(patches: Patches) -> bytes:
        by_line: dict[int, dict[str, Any]] = {}
        for place, patch in patches.items():
            number, _, pointer = place.partition(":")
            by_line.setdefault(int(number), {})[pointer] = patch
        changed = list(lines)
        for at, found in by_line.items():
            body, text, encoding = _line(lines[at - 1], at)
            head = lines[at - 1][: len(lines[at - 1]) - len(body)]
            changed[at - 1] = head + encoded(_rewritten(text, found), encoding, name)
        return b"".join(changed)

    return Source(_records(lines, name), rewrite, fixed=_keys(_readable(lines, name)))


def _records(lines: list[bytes], name: str) -> Iterator[Document | InputError]:
    for number, line in enumerate(lines, start=1):
        if not line.strip(codecs.BOM_UTF8 + b"\r\n\t "):
            continue
        try:
            value = _loaded(_line(line, number)[1], f"{name}:{number}")
        except (InputError, UnicodeDecodeError) as err:
            yield err if isinstance(err, InputError) else InputError(f"{name}:{number}: neither UTF-8 nor GB18030")
            continue
        read, beside = _apart(value)
        if _holds_text(read):  # to the reader a record without text is an error, but this may be a copy that lost all it had
            for doc in read_jsonl(io.BytesIO(line.removeprefix(codecs.BOM_UTF8)), name):
                yield _placed(doc, number) if isinstance(doc, Document) else InputError(f"{name}:{number}:{_reason(doc)}")
        for doc in value_documents(beside, f"{name}:{number}#beside"):
            yield _placed(doc, number)


def _apart(value: Any) -> tuple[Any, dict[str, Any]]:
    """Return what the reader reads of a line, and what of a record it leaves out."""
    if not isinstance(value, dict):
        return value, {}
    has_text = isinstance(value.get("text"), str)
    read = {key: item for key, item in value.items() if (key == "text" if has_text else key != "id")}
    return read, {key: item for key, item in value.items() if key not in read}


def _reason(error: InputError) -> str:
    return str(error).rpartition(":")[2]


def _placed(doc: Document, number: int) -> Document:
    anchors = doc.anchors or (Anchor(0, len(doc.text), "/text"),)
    return replace(doc, anchors=tuple(Anchor(each.start, each.end, f"{number}:{each.place}") for each in anchors))


def _line(line: bytes, number: int) -> tuple[bytes, str, str]:
    """Return a line without its byte order mark, its text, and its encoding."""
    body = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
    try:
        return body, body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return body, body.decode("gb18030"), "gb18030"


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


def _readable(lines: list[bytes], name: str) -> Iterator[Any]:
    for number, line in enumerate(lines, start=1):
        with suppress(InputError, UnicodeDecodeError):
            yield _loaded(_line(line, number)[1], name)


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


def _rewritten(text: str, patches: Patches) -> str:
    edits = []
    for value in _values(text):
        if patch := patches.get(value.pointer):
            is_ascii = text[value.start : value.end].isascii() and not patch.old.isascii()
            edits.append(Edit(value.start, value.end, json.dumps(patch.new, ensure_ascii=is_ascii)))
    return edited(text, edits)


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
