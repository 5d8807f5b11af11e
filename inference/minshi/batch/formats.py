"""How a part's findings are written: JSON, a line a document; or CSV or Parquet, a row a finding.

Documents without findings are accounted for in JSON only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from typing import Any, BinaryIO, Final, TypeAlias

from minshi.errors import ConfigError
from minshi.writers import csv_row, encoded

Record: TypeAlias = Mapping[str, Any]
Write: TypeAlias = Callable[[Record], None]

_OF_DOCUMENT = ("id", "source")
_OF_FINDING = ("place", "start", "end", "label", "score", "by", "masked", "group")
_ROW_GROUP = 50_000  # rows that a worker holds until Parquet takes them


def json_line(value: Any) -> bytes:
    """Return a value as a line of JSON; a lone surrogate, for which UTF-8 has no form, stays an escape."""
    return encoded(json.dumps(value, ensure_ascii=False) + "\n")


def check_format(format: str) -> None:
    """Raise ConfigError if parts cannot be written so, before a job begins."""
    if format not in FORMATS:
        raise ConfigError(f"unknown format {format!r}; known: {', '.join(FORMATS)}")
    if format == "parquet" and find_spec("pyarrow") is None:
        raise ConfigError("parquet needs pyarrow: pip install 'minshi[parquet]'")


@contextmanager
def _jsonl_part(file: BinaryIO, *, with_text: bool) -> Iterator[Write]:
    def write(record: Record) -> None:
        file.write(json_line(record))

    yield write


@contextmanager
def _csv_part(file: BinaryIO, *, with_text: bool) -> Iterator[Write]:
    file.write(csv_row(_columns(with_text)))

    def write(record: Record) -> None:
        for row in _rows(record, with_text):
            file.write(csv_row(row.values()))

    yield write


@contextmanager
def _parquet_part(file: BinaryIO, *, with_text: bool) -> Iterator[Write]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {"start": pa.int64(), "end": pa.int64(), "score": pa.float64(), "group": pa.int64()}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in _columns(with_text)])
    rows: list[dict[str, Any]] = []
    with pq.ParquetWriter(file, schema) as writer:

        def write(record: Record) -> None:
            rows.extend({name: _valid(value) for name, value in row.items()} for row in _rows(record, with_text))
            if len(rows) >= _ROW_GROUP:
                flush()

        def flush() -> None:
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))
            rows.clear()

        yield write
        flush()


FORMATS: Final[Mapping[str, Callable[..., AbstractContextManager[Write]]]] = {
    "jsonl": _jsonl_part,
    "csv": _csv_part,
    "parquet": _parquet_part,
}


def _columns(with_text: bool) -> tuple[str, ...]:
    return (*_OF_DOCUMENT, *_OF_FINDING, *(("text",) if with_text else ()))


def _rows(record: Record, with_text: bool) -> Iterator[dict[str, Any]]:
    for finding in record["spans"]:
        values = {**record, **finding}
        yield {name: values[name] for name in _columns(with_text)}


def _valid(value: Any) -> Any:
    return encoded(value).decode() if isinstance(value, str) else value
