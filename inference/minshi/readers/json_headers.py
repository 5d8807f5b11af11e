"""What heads a value of JSON: its key, unless that is a number; the first row of a list of rows; a label beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from typing import Any, TypeAlias

from minshi.readers.headers import HEAD_ROWS, column_names, find_header, header_name, is_header

Header: TypeAlias = str | tuple[str, ...]  # of a value and what is in it, or those of the columns of rows

_MAX_CHARS = 100  # of text that may be a header; patterns go back and forth over it
_NUMBER = re.compile(r"[+-]?\d*(?:\.0)?")  # pandas writes {"出生日期": {"0": "1985-03-02"}}
_COLUMNS = re.compile(r"columns?|headers?|head|fields|titles", re.IGNORECASE)
_LABEL = re.compile(r"(?:field|item|attr|prop|col)?_?(?:name|key|field|label|title)|名称|字段|项目", re.IGNORECASE)
_VALUE = re.compile(r"(?:field|item|attr|prop|col)?_?(?:value|val|content|text)|值|内容", re.IGNORECASE)


def loaded(text: str) -> Any:
    """Return the value of JSON; those of a key that comes twice are a tuple, of which JSON has none. Raises as `json.loads`.

    >>> loaded('{"a": 1, "a": 2, "b": [3]}')
    {'a': (1, 2), 'b': [3]}
    """
    return json.loads(text, object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        found: dict[str, list[Any]] = {}
        for key, item in pairs:
            found.setdefault(key, []).append(item)
        value = {key: tuple(items) if len(items) > 1 else items[0] for key, items in found.items()}
    return value


def members(value: dict[str, Any] | list[Any], header: Header) -> Iterator[tuple[str, Any, Header]]:
    """Yield (key or index, value, header) of all that an object or a list holds.

    >>> list(members([["姓名", "电话"], ["丁一", 1]], ""))
    [('0', ['姓名', '电话'], ''), ('1', ['丁一', 1], ('姓名', '电话'))]
    >>> list(members(["丁一", 1], ("姓名", "电话")))
    [('0', '丁一', '姓名'), ('1', 1, '电话')]
    """
    if isinstance(value, dict):
        yield from _of_object(value, header)
    else:
        yield from zip(map(str, range(len(value))), value, _headers(value, header), strict=False)


def is_table(value: list[Any]) -> bool:
    """Tell a list of rows of which the first ones are a header."""
    return _is_rows(value) and _table_header(value)[0] > 0


def _of_object(value: dict[str, Any], header: Header) -> Iterator[tuple[str, Any, Header]]:
    label, columns = _label(value), _columns(value)
    for key, held in value.items():
        head: Header = header if _NUMBER.fullmatch(key) else key
        if label and _VALUE.fullmatch(key):
            head = label
        for item in held if isinstance(held, tuple) else (held,):
            is_rows = columns and isinstance(item, list) and _is_rows(item) and len(item[0]) == len(columns)
            yield key, item, columns if is_rows else head


def _headers(value: list[Any], header: Header) -> Iterator[Header]:
    """Yield the headers of the members of a list; a row has those of its columns."""
    if _is_rows(value):
        if isinstance(header, tuple):
            return repeat(header)
        height, columns = _table_header(value)
        return chain(repeat(header, height), repeat(columns)) if height else repeat(header)
    return chain(header, repeat("")) if isinstance(header, tuple) else repeat(header)


def _is_rows(value: Sequence[Any]) -> bool:
    return bool(value) and all(isinstance(row, list) for row in value)


def _table_header(rows: Sequence[list[Any]]) -> tuple[int, tuple[str, ...]]:
    """Return below how many rows the header ends, 0 where there is none, and what it calls the columns."""
    head = [[_cell(cell) for cell in row] for row in rows[: HEAD_ROWS + 1]]
    at, height = find_header(head)
    if not height:
        return 0, ()
    found = head[at : at + height]
    return at + height, column_names(found, [[0] * len(row) for row in found])


def _cell(value: Any) -> str:
    return str(value)[:_MAX_CHARS] if isinstance(value, str | int | float) else ""


def _columns(value: dict[str, Any]) -> tuple[str, ...]:
    """Return what an object calls the columns of rows beside it: {"columns": ["姓名"], "data": [["丁一"]]}."""
    for key, item in value.items():
        if isinstance(item, list) and item and _COLUMNS.fullmatch(key) and all(isinstance(name, str) for name in item):
            return tuple(header_name(_cell(name)) for name in item)
    return ()


def _label(value: dict[str, Any]) -> str:
    """Return what an object calls the value in it: {"label": "出生日期", "value": "1985-03-02"}."""
    if not any(map(_VALUE.fullmatch, value)):
        return ""
    labels = (_cell(item) for key, item in value.items() if isinstance(item, str) and _LABEL.fullmatch(key))
    return next((header_name(item) for item in labels if is_header(item)), "")
