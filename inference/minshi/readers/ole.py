"""The directory of an Office 97 file (OLE compound file, [MS-CFB]): what it is shows in the streams of its root alone.

A search for names is not enough: a letter with a sheet pasted into it has a Workbook too.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from minshi.errors import InputError

MAGIC = b"\xd0\xcf\x11\xe0"  # what every such file begins with, also an encrypted docx or xlsx
# Sector shift, that of the mini stream, first sector of the directory, size below which a stream lies in the mini stream, first
# of the DIFAT.
_HEADER = struct.Struct("<30xHH14xI4xI8xI4x")
_ENTRY = struct.Struct("<64sHBx3I36xII4x")  # name, its bytes, type, left, right, child, first sector, size
_STREAM = 2  # type of an entry
_IN_HEADER = 109  # entries of the DIFAT that stand in the header
_MAX_REGULAR = 0xFFFFFFFA
_MAX_SECTORS = 10_000  # of the directory or the mini stream; a file of many pictures has some hundred
_HEAD = 64  # bytes of a stream that are looked at: a sector of the mini stream, so that they lie together


def root_streams(file: BinaryIO, name: str) -> dict[str, bytes]:
    """Return the streams and storages at the root: name -> its first 64 bytes; of a storage, none.

    Raises:
        InputError: the file is cut off or damaged.
    """
    try:
        return _root_streams(file)
    except (struct.error, IndexError, UnicodeDecodeError, OverflowError):
        raise InputError(f"{name}: damaged Office 97 file") from None


def _root_streams(file: BinaryIO) -> dict[str, bytes]:
    file.seek(0)
    header = file.read(512)
    shift, mini_shift, first, cutoff, difat = _HEADER.unpack_from(header)
    if shift not in (9, 12) or mini_shift >= shift:
        raise IndexError
    size = 1 << shift
    allocation = list(struct.unpack(f"<{_IN_HEADER}I", header[76:512]))
    while difat < _MAX_REGULAR and len(allocation) < _MAX_SECTORS * 128:
        *more, difat = struct.unpack(f"<{size // 4}I", _sector(file, difat, size))
        allocation += more
    directory = b"".join(_sector(file, number, size) for number in _chain(file, size, allocation, first))
    entries = list(_ENTRY.iter_unpack(directory))
    contents = _Contents(file, size, cutoff, 1 << mini_shift, list(_chain(file, size, allocation, entries[0][6])))
    streams: dict[str, bytes] = {}
    seen, stack = {0}, [entries[0][5]]
    while stack:
        at = stack.pop()
        if at in seen or at >= _MAX_REGULAR:
            continue
        seen.add(at)
        raw, length, kind, left, right, _, start, count = entries[at]
        streams[raw[: max(length - 2, 0)].decode("utf-16-le")] = contents.head(start, count) if kind == _STREAM else b""
        stack += (left, right)
    return streams


def _chain(file: BinaryIO, size: int, allocation: list[int], sector: int) -> Iterator[int]:
    """Yield a sector and those that follow it; a chain may be made to go round."""
    for _ in range(_MAX_SECTORS):
        if sector >= _MAX_REGULAR:
            return
        yield sector
        table = _sector(file, allocation[sector * 4 // size], size)
        (sector,) = struct.unpack_from("<I", table, sector * 4 % size)


@dataclass(frozen=True)
class _Contents:
    """Where streams lie: one below `cutoff` bytes in small sectors of the mini stream, whose own sectors are `mini_stream`."""

    file: BinaryIO
    size: int
    cutoff: int
    mini_size: int
    mini_stream: list[int]

    def head(self, start: int, count: int) -> bytes:
        """Return the first bytes of a stream of `count` bytes, none where it lies out of reach."""
        at = 0
        if count < self.cutoff:
            number, at = divmod(start * self.mini_size, self.size)
            if number >= len(self.mini_stream):
                return b""
            start = self.mini_stream[number]
        self.file.seek((start + 1) * self.size + at)
        return self.file.read(min(_HEAD, count))


def _sector(file: BinaryIO, number: int, size: int) -> bytes:
    file.seek((number + 1) * size)
    data = file.read(size)
    if len(data) < size:
        raise IndexError
    return data
