"""What a file is, from its first bytes, and from its suffix only where bytes do not tell: an .xls is often HTML."""

from __future__ import annotations

import re
import zipfile
from pathlib import PurePath
from typing import BinaryIO

from minshi.errors import InputError
from minshi.readers.ole import root_streams
from minshi.readers.registry import FORMATS

_HEAD = 4096
_OLE = b"\xd0\xcf\x11\xe0"
_PAGE_SUFFIXES = frozenset((".xls", ".doc", ".et", ".wps", ".xlsx", ".docx", ".asp", ".aspx", ".jsp", ".php"))  # may hold HTML
_PAGE = re.compile(rb"<!doctype\s+html|<html\b|<table\b|<body\b", re.IGNORECASE)
_OLE_STREAMS = {"Workbook": "sheets", "Book": "sheets", "WordDocument": "office", "PowerPoint Document": "office"}
_FLAGS, _ENCRYPTED = 11, 0x01  # second byte of the flags of a Word document, [MS-DOC] 2.5.1
_OFFICE_XML = (b"urn:schemas-microsoft-com:office:spreadsheet", b"http://schemas.microsoft.com/office/word/2003/wordml")


def sniff(file: BinaryIO, name: str) -> str:
    """Return the format of an open, seekable file, a key of FORMATS.

    Raises:
        InputError: the file is empty, encrypted, or of a kind that cannot be read.
    """
    head = file.read(_HEAD)
    if not head:
        raise InputError(f"{name}: empty file")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(file, name)
    if head.startswith(_OLE):
        return _ole_kind(file, name)
    if b"%PDF-" in head[:1024]:
        return "pdf"
    for format, about in FORMATS.items():
        if head.startswith(about.magic):
            return format
    if any(mark in head for mark in _OFFICE_XML):
        return "office"
    return _text_kind(head, PurePath(name).suffix.lower(), name)


def _text_kind(head: bytes, suffix: str, name: str) -> str:
    if suffix in _PAGE_SUFFIXES:
        if _PAGE.search(head.replace(b"\0", b"")):
            return "html"
        if b"\0" in head:
            raise InputError(f"{name}: damaged, or no {suffix} file at all")
        return "csv" if b"\t" in head else "text"
    return next((format for format, about in FORMATS.items() if suffix in about.suffixes), "text")


def _zip_kind(file: BinaryIO, name: str) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = set(archive.namelist())
            kind = archive.read("mimetype")[:80] if "mimetype" in entries and archive.getinfo("mimetype").file_size < 200 else b""
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, OSError):
        raise InputError(f"{name}: damaged ZIP or Office file") from None
    if "word/document.xml" in entries:
        return "docx"
    if any(entry.startswith("xl/workbook.") for entry in entries) or kind.endswith(b"opendocument.spreadsheet"):
        return "sheets"
    if kind.endswith(b"opendocument.text") or "ppt/presentation.xml" in entries:
        return "office"
    return "zip"


def _ole_kind(file: BinaryIO, name: str) -> str:
    streams = root_streams(file, name)
    if "EncryptedPackage" in streams or ("WordDocument" in streams and _is_encrypted(file, streams["WordDocument"])):
        raise InputError(f"{name}: encrypted; remove the password first")
    for stream, kind in _OLE_STREAMS.items():
        if stream in streams:
            return kind
    raise InputError(f"{name}: an Office 97 file of no kind that is known")


def _is_encrypted(file: BinaryIO, word_stream: int) -> bool:
    file.seek(word_stream + _FLAGS)
    return bool(int.from_bytes(file.read(1), "little") & _ENCRYPTED)
