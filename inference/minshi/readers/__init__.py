"""Files to Documents: one module a format, chosen by suffix.

A reader is a function (source bytes, name) -> iterator of Document or InputError. An error that spoils one record
is yielded, so that the others are still read; one that spoils the file is raised.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from minshi.errors import InputError
from minshi.readers.jsonl import read_jsonl
from minshi.readers.text import read_text
from minshi.types import Document

STDIN = "-"
Reader = Callable[[bytes, str], Iterator["Document | InputError"]]
FORMATS: dict[str, Reader] = {"text": read_text, "jsonl": read_jsonl}
_BY_SUFFIX = {".jsonl": "jsonl", ".ndjson": "jsonl"}


def read(source: str, *, format: str | None = None) -> Iterator[Document | InputError]:
    """Yield the documents of a file, or of standard input for "-"; an InputError stands where a record is bad.

    Args:
        format: a key of FORMATS; chosen by suffix when None, plain text where that says nothing.

    Raises:
        InputError: the file is missing, a directory, unreadable, binary, undecodable or empty.
    """
    reader = FORMATS[format or _BY_SUFFIX.get(Path(source).suffix.lower(), "text")]
    return reader(_read_bytes(source), source)


def _read_bytes(source: str) -> bytes:
    if source == STDIN:
        return sys.stdin.buffer.read()
    try:
        return Path(source).read_bytes()
    except FileNotFoundError:
        raise InputError(f"{source}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{source}: is a directory; name the files in it") from None
    except OSError as err:
        raise InputError(f"{source}: {err.strerror or 'cannot be read'}") from err
    except ValueError:
        raise InputError(f"{source!r}: not a file name") from None
