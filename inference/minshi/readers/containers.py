"""Files that hold or become other files: ZIP and gzip archives, and documents that LibreOffice converts."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

from minshi.errors import InputError
from minshi.readers import read_stream
from minshi.readers.archive import entries, gunzip
from minshi.readers.office import convert
from minshi.readers.options import Options
from minshi.readers.sniff import office_suffix
from minshi.types import Document


def read_zip(file: BinaryIO, name: str, options: Options) -> Iterator[Document | InputError]:
    """Yield the documents of every entry, called `archive.zip!entry`; a bad entry is an InputError and the others are read."""
    for entry in entries(file, name, options.limits):
        if isinstance(entry, InputError):
            yield entry
            continue
        inner_name, inner = entry
        with inner:
            try:
                yield from read_stream(inner, inner_name, options=options)
            except InputError as err:
                yield err


def read_gzip(file: BinaryIO, name: str, options: Options) -> Iterator[Document | InputError]:
    """Yield the documents of the file that a gzip file holds."""
    inner_name, inner = gunzip(file, name, options.limits)
    with inner:
        yield from read_stream(inner, inner_name, options=options)


def read_office(file: BinaryIO, name: str) -> Iterator[Document | InputError]:
    """Yield the documents of a .doc, .wps or .rtf file, converted by LibreOffice; raises InputError where that is missing.

    LibreOffice goes by the suffix, so it is given that of what the file is: a letter that is called .csv would become a table.
    """
    suffix = office_suffix(file, name)
    file.seek(0)
    yield from read_stream(io.BytesIO(convert(file, name, suffix)), name)
