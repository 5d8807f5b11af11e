"""Parse a part of an Office file safely: no DTD, no entity, no network, and no more bytes than a document needs."""

from __future__ import annotations

import zipfile
import zlib
from typing import Any, BinaryIO

from lxml import etree

from minshi.errors import InputError

_MAX_BYTES = 256 << 20
_MAX_BOOK_BYTES = 1 << 30
_ENCRYPTED_FLAG = 0x1


def parse_part(archive: zipfile.ZipFile, entry: str, name: str) -> Any:
    """Return the root element of an entry.

    Raises:
        InputError: the entry is encrypted, damaged, too large, or brings a DTD, through which XML bombs come.
    """
    try:
        info = archive.getinfo(entry)
        if info.flag_bits & _ENCRYPTED_FLAG:
            raise InputError(f"{name}: encrypted; remove the password first")
        with archive.open(info) as packed:
            data = packed.read(_MAX_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, RuntimeError, NotImplementedError, OSError, ValueError):
        raise InputError(f"{name}: damaged Office file") from None
    if len(data) > _MAX_BYTES:
        raise InputError(f"{name}: {entry} is over {_MAX_BYTES >> 20} MiB unpacked: looks like a zip bomb")
    if b"<!DOCTYPE" in data[:10_000] or b"<!ENTITY" in data[:10_000]:
        raise InputError(f"{name}: its XML has a DTD, which no office program writes: refused as hostile")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        raise InputError(f"{name}: {entry} is no well-formed XML") from None
    if root.getroottree().docinfo.doctype:
        raise InputError(f"{name}: its XML has a DTD, which no office program writes: refused as hostile")
    return root


def check_size(file: BinaryIO, name: str) -> None:
    """Raise InputError if a zipped workbook says that it is larger unpacked than a workbook can be."""
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(info.file_size for info in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise InputError(f"{name}: damaged Office file") from None
    if size > _MAX_BOOK_BYTES:
        raise InputError(f"{name}: {size >> 20:,} MiB unpacked: looks like a zip bomb")
