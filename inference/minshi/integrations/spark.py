"""minshi inside Spark: df.mapInPandas(tag_partitions, SCHEMA) gives a row a finding.

A Python worker of Spark loads one tagger, on one thread, and keeps it for all partitions that it gets.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pandas as pd

from minshi.batch.chunk import part_and_reason, record
from minshi.batch.reading import FileReader
from minshi.errors import ConfigError, InputError
from minshi.points import BALANCED
from minshi.tagger import Tagger
from minshi.types import Document

SCHEMA: Final = (
    "id string, source string, place string, label string, start int, end int, score double, by string, masked string, "
    "group int, text string, error string"
)
_COLUMNS: Final = tuple(column.split()[0] for column in SCHEMA.split(", "))
_FRAME_ROWS = 10_000  # of a frame that is handed on


def tag_partitions(
    batches: Iterable[pd.DataFrame],
    *,
    model: str | None = None,
    point: str = BALANCED,
    with_text: bool = False,
    file_seconds: float = 120.0,
    memory_mb: int = 768,
) -> Iterator[pd.DataFrame]:
    """Yield frames of SCHEMA for frames with a column `path`, of files that every node sees, or with columns `id` and `text`.

    What cannot be read is a row with an `error` and no label. Give the options by functools.partial. Offsets count code
    points inside `place`, or of the document where that is "".

    Args:
        model: folder of a model; the shipped one by default.
        with_text: fill the column `text` with what each finding covers; empty by default: findings are personal data.
        file_seconds: how long a file may take until its next document is read.
        memory_mb: how much memory reading a file may take, in MiB.

    Raises:
        ConfigError: a frame has neither `path` nor `id` and `text`, or the model has no such operating point.
        ModelError: the model is missing or damaged.
    """
    tagger = _tagger(model, point)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="minshi-") as scratch:
        reader = FileReader(Path(scratch) / "reader", seconds=file_seconds, memory_mb=memory_mb)
        try:
            for batch in batches:
                for source, item in _items(batch, reader):
                    rows += (
                        [_error(source, item)] if isinstance(item, InputError) else _findings(tagger.tag(item), source, with_text)
                    )
                    if len(rows) >= _FRAME_ROWS:
                        yield _frame(rows)
                        rows = []
            yield _frame(rows)
        finally:
            reader.close()


@lru_cache(maxsize=1)
def _tagger(model: str | None, point: str) -> Tagger:
    return Tagger.load(model, threads=1, point=point)


def _items(batch: pd.DataFrame, reader: FileReader) -> Iterator[tuple[str | None, Document | InputError]]:
    """Yield (path, what it holds), or (None, the document) of a row that brings its text."""
    if "path" in batch:
        for path in map(str, batch["path"]):
            local = Path(path.removeprefix("file:"))  # as Spark writes the paths of files
            for item in reader.documents(local, path):
                yield path, item
    elif "id" in batch and "text" in batch:
        for name, text in zip(map(str, batch["id"]), batch["text"], strict=True):
            yield None, Document(name, text) if isinstance(text, str) else InputError(f"{name}: no text")
    else:
        raise ConfigError("tag_partitions needs a column path, or columns id and text")


def _findings(doc: Document, source: str | None, with_text: bool) -> list[dict[str, Any]]:
    found = record(doc, doc.spans, source or doc.id, with_text=with_text)
    return [{**span, "id": doc.id, "source": source} for span in found["spans"]]


def _error(source: str | None, error: InputError) -> dict[str, Any]:
    part, reason = part_and_reason(error, source or "")
    return {"id": f"{source or ''}{part}", "source": source, "error": reason}


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Absent values are None in columns of objects, which Arrow takes for NULL in every type."""
    return pd.DataFrame({column: pd.Series([row.get(column) for row in rows], dtype=object) for column in _COLUMNS})
