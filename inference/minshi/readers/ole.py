"""The directory of an Office 97 file (OLE compound file, [MS-CFB]): what it is shows in the streams of its root alone.

A search for names is not enough: a letter with a sheet pasted into it has a Workbook too.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from minshi.errors import InputError

MAGIC = b"\xd0\xcf\x11\xe0"  # what every such file begins with, also an encrypted docx or xlsx
_HEADER = struct.Struct("<30xH16xI16xI4x")  # sector shift, first sector of the directory, first of the DIFAT
_ENTRY = struct.Struct("<64sHBx3I36xI8x")  # name, its bytes, type, left, right, child, first sector
_IN_HEADER = 109  # entries of the DIFAT that stand in the header
_MAX_REGULAR = 0xFFFFFFFA
_MAX_SECTORS = 10_000  # of the directory; a file of many pictures has some hundred


def root_streams(file: BinaryIO, name: str) -> dict[str, int]:
    """Return the streams and storages at the root: name -> position in the file of its first byte.

    Raises:
        InputError: the file is cut off or damaged.
    """
    try:
        return _root_streams(file)
    except (struct.error, IndexError, UnicodeDecodeError, OverflowError):
        raise InputError(f"{name}: damaged Office 97 file") from None


def _root_streams(file: BinaryIO) -> dict[str, int]:
    file.seek(0)
    header = file.read(512)
    shift, first, difat = _HEADER.unpack_from(header)
    if shift not in (9, 12):
        raise IndexError
    size = 1 << shift
    allocation = list(struct.unpack(f"<{_IN_HEADER}I", header[76:512]))
    while difat < _MAX_REGULAR and len(allocation) < _MAX_SECTORS * 128:
        *more, difat = struct.unpack(f"<{size // 4}I", _sector(file, difat, size))
        allocation += more
    directory = b""
    sector = first
    while sector < _MAX_REGULAR and len(directory) < _MAX_SECTORS * size:
        directory += _sector(file, sector, size)
        table = _sector(file, allocation[sector * 4 // size], size)
        (sector,) = struct.unpack_from("<I", table, sector * 4 % size)
    entries = list(_ENTRY.iter_unpack(directory))
    streams: dict[str, int] = {}
    seen, stack = {0}, [entries[0][5]]
    while stack:
        at = stack.pop()
        if at in seen or at >= _MAX_REGULAR:
            continue
        seen.add(at)
        raw, length, _, left, right, _, start = entries[at]
        streams[raw[: max(length - 2, 0)].decode("utf-16-le")] = (start + 1) * size
        stack += (left, right)
    return streams


def _sector(file: BinaryIO, number: int, size: int) -> bytes:
    file.seek((number + 1) * size)
    data = file.read(size)
    if len(data) < size:
        raise IndexError
    return data
