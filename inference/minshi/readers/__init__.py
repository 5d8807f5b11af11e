"""Files to Documents: one module a format, chosen by content before suffix.

A reader is a function (seekable binary file, name) -> iterator of Document or InputError; some take Options too. An error
that spoils one part is yielded, so that the rest is still read; one that spoils the file is raised. A new reader takes a
module and a line of FORMATS, see docs/readers.md.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import BinaryIO, cast

from minshi.errors import ConfigError, InputError, StorageError
from minshi.readers.options import Options
from minshi.readers.registry import FORMATS, Format
from minshi.readers.sniff import sniff
from minshi.types import Document

__all__ = ["FORMATS", "STDIN", "Format", "Options", "Reader", "read", "read_stream"]

STDIN = "-"
Reader = Callable[..., Iterator["Document | InputError"]]
_FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))  # of writing: no file that is read gives these
_SPOOLED = 64 << 20  # bytes of a pipe that are held in memory; more goes to a temporary file


def read(
    source: str | os.PathLike[str],
    *,
    format: str | None = None,
    options: Options = Options(),  # noqa: B008  # frozen
) -> Iterator[Document | InputError]:
    """Yield the documents of a file, or of standard input for "-"; an InputError stands where a part is bad.

    Args:
        format: a key of FORMATS; told from content and suffix when None, and plain text for standard input.
        options: which fields of JSON are read, and what an archive may hold.

    Raises:
        InputError: the file is missing, a directory, unreadable, empty, damaged, or of no kind that is known. All but a
            missing or unreadable file are found out when the first document is asked for.
        ConfigError: there is no such format.
        StorageError: what it holds must be unpacked or converted, and there is no room for that.
    """
    name = os.fspath(source)
    if name == STDIN:
        return _closing(_spooled(sys.stdin.buffer), name, format or "text", options)
    return _closing(_opened(name), name, format, options)


def read_stream(
    file: BinaryIO,
    name: str,
    *,
    format: str | None = None,
    options: Options = Options(),  # noqa: B008  # frozen
) -> Iterator[Document | InputError]:
    """Yield the documents of an open, seekable binary file; `name` stands in ids and errors. Raises what `read` does."""
    file.seek(0)
    chosen = format or sniff(file, name)
    file.seek(0)
    try:
        reader = _reader(chosen, name)
        yield from reader(file, name, options) if FORMATS[chosen].takes_options else reader(file, name)
    except OSError as err:
        if err.errno in _FULL:
            raise StorageError(f"{name}: no room to unpack or convert it in {tempfile.gettempdir()} ({err.strerror})") from err
        raise InputError(f"{name}: {err.strerror or 'cannot be read'}") from err


def _reader(format: str, name: str) -> Reader:
    if format not in FORMATS:
        raise ConfigError(f"no format {format!r}; known: {', '.join(FORMATS)}")
    module, function = FORMATS[format].reader.split(":")
    try:
        return cast(Reader, getattr(import_module(module), function))
    except ModuleNotFoundError as err:
        raise InputError(f'{name}: reading it needs {err.name}: pip install "minshi[readers]"') from None


def _opened(name: str) -> BinaryIO:
    try:
        file = open(name, "rb")  # noqa: SIM115  # closed by its reader
        if file.seekable():
            return file
        with file:
            return _spooled(file)
    except FileNotFoundError:
        raise InputError(f"{name}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{name}: is a directory; minshi batch reads directories") from None
    except OSError as err:
        raise InputError(f"{name}: {err.strerror or 'cannot be read'}") from err
    except ValueError:
        raise InputError(f"{name!r}: not a file name") from None


def _spooled(pipe: BinaryIO) -> BinaryIO:
    """Hold what a pipe gives: it can be read only once, and a reader looks at the beginning first."""
    held = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=_SPOOLED))  # noqa: SIM115  # closed by its reader
    shutil.copyfileobj(pipe, held)
    held.seek(0)
    return held


def _closing(file: BinaryIO, name: str, format: str | None, options: Options) -> Iterator[Document | InputError]:
    with file:
        yield from read_stream(file, name, format=format, options=options)
