"""Take archives apart in memory, with bounds on all that a hostile one could make grow. Nothing is ever written to a path."""

from __future__ import annotations

import gzip
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, BinaryIO, cast

from minshi.errors import InputError, StorageError

_PIECE = 1 << 20
_SPOOLED = 16 << 20  # bytes of an entry that are held in memory; more goes to a temporary file
_TRUSTED = 10 << 20  # bytes up to which any ratio is fine
_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1
_JUNK = frozenset((".DS_Store", "Thumbs.db", "desktop.ini"))
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, gzip.BadGzipFile, NotImplementedError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may hold.

    Attributes:
        max_entries: files.
        max_ratio: times that a file of over 10 MiB may be larger than its packed form.
        max_entry_bytes: size of one file, unpacked.
        max_total_bytes: size of all files, unpacked.
        max_depth: archives inside one another, the outermost counted.

    Files and sizes count over all that is inside the outermost archive.
    """

    max_entries: int = 10_000
    max_ratio: int = 200
    max_entry_bytes: int = 2 << 30
    max_total_bytes: int = 4 << 30
    max_depth: int = 2


@dataclass
class Budget:
    """What may still come out of an archive and those inside it."""

    entries: int
    size: int


class Unpacked(tempfile.SpooledTemporaryFile[bytes]):
    """A file that came out of `depth` archives, in memory, or in a temporary file if it is large."""

    def __init__(self, depth: int, budget: Budget) -> None:
        super().__init__(max_size=_SPOOLED)
        self.depth = depth
        self.budget = budget


def entries(file: BinaryIO, name: str, limits: Limits) -> Iterator[tuple[str, BinaryIO] | InputError]:
    """Yield (`archive.zip!entry`, its content) of a ZIP archive's files, or an InputError for one that cannot be had.

    Raises:
        InputError: the archive is damaged, holds more than it may, or is too deep in others.
        StorageError: there is no room to unpack a file.
    """
    depth, budget = _nesting(file, name, limits)
    try:
        archive = zipfile.ZipFile(file)
    except _DAMAGED:
        raise InputError(f"{name}: damaged ZIP archive") from None
    with archive:
        infos = [info for info in archive.infolist() if not info.is_dir() and not is_junk(_entry_name(info))]
        if len(infos) > budget.entries:
            raise InputError(f"{name}: holds {len(infos):,} files; an archive may hold {limits.max_entries:,} in all")
        budget.entries -= len(infos)
        for info in infos:
            label = f"{name}!{_entry_name(info)}"
            if info.flag_bits & _ENCRYPTED_FLAG:
                yield InputError(f"{label}: encrypted; unpack it first")
                continue
            try:
                with archive.open(info) as packed:
                    content = _unpacked(packed, label, limits, Unpacked(depth + 1, budget), info.compress_size)
            except InputError as err:
                yield err
                continue
            except (RuntimeError, *_DAMAGED):
                yield InputError(f"{label}: damaged")
                continue
            yield label, content


def gunzip(file: BinaryIO, name: str, limits: Limits) -> tuple[str, BinaryIO]:
    """Return the name and content of the file that a gzip file holds.

    Raises:
        InputError: it is damaged, expands more than it may, or is too deep in archives.
        StorageError: there is no room to unpack it.
    """
    depth, budget = _nesting(file, name, limits)
    packed_size = file.seek(0, 2)
    file.seek(0)
    if name.lower().endswith((".tgz", ".tar.gz")):
        raise InputError(f"{name}: a tar archive; unpack it first")
    try:
        with gzip.open(file) as packed:
            content = _unpacked(cast(IO[bytes], packed), name, limits, Unpacked(depth + 1, budget), packed_size)
    except _DAMAGED:
        raise InputError(f"{name}: damaged gzip file") from None
    return f"{name}!{PurePosixPath(name).stem}", content


def _nesting(file: BinaryIO, name: str, limits: Limits) -> tuple[int, Budget]:
    """Return how many archives a file came out of, and what may still come out of the outermost."""
    if not isinstance(file, Unpacked):
        return 0, Budget(limits.max_entries, limits.max_total_bytes)
    if file.depth >= limits.max_depth:
        raise InputError(f"{name}: archives nested more than {limits.max_depth} deep")
    return file.depth, file.budget


def _unpacked(packed: IO[bytes], name: str, limits: Limits, content: Unpacked, packed_size: int) -> BinaryIO:
    """Bytes are counted as they come: what an archive's directory claims may be a lie."""
    try:
        size = 0
        while piece := packed.read(_PIECE):
            size += len(piece)
            content.budget.size -= len(piece)
            if size > _TRUSTED and size > limits.max_ratio * max(packed_size, 1):
                raise InputError(f"{name}: expands more than {limits.max_ratio} times: looks like a zip bomb")
            if size > limits.max_entry_bytes:
                raise InputError(f"{name}: too large unpacked (over {limits.max_entry_bytes >> 20:,} MiB)")
            if content.budget.size < 0:
                raise InputError(f"{name}: all that is in the archive is over {limits.max_total_bytes >> 20:,} MiB")
            _store(content, piece, name)
    except BaseException:
        with suppress(OSError):  # on a full disk it cannot be written to its end
            content.close()
        raise
    content.seek(0)
    return cast(BinaryIO, content)


def _store(content: Unpacked, piece: bytes, name: str) -> None:
    """Raise StorageError where there is no room: it is no fault of the archive, whose own OSErrors mean that it is damaged."""
    try:
        content.write(piece)
    except OSError as err:
        raise StorageError(f"{name}: no room to unpack it in {tempfile.gettempdir()} ({err.strerror})") from err


def _entry_name(info: zipfile.ZipInfo) -> str:
    """Chinese Windows writes GB18030 where the standard says CP437; a separator is all that a path keeps of its meaning."""
    if info.flag_bits & _UTF8_FLAG:
        return info.filename
    raw = info.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def is_junk(name: str) -> bool:
    """Tell what a system or an office program left behind, as a lock or a thumbnail, from documents."""
    path = PurePosixPath(name)
    return "__MACOSX" in path.parts or path.name in _JUNK or path.name.startswith(("~$", "._"))
