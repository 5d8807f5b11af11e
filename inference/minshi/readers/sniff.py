"""What a file is, from its first bytes, and from its suffix only where bytes do not tell: an .xls is often HTML."""

from __future__ import annotations

import codecs
import re
import struct
import zipfile
import zlib
from pathlib import PurePath
from typing import BinaryIO

from minshi.errors import InputError
from minshi.readers import ole
from minshi.readers.jsonl import holds_json_lines
from minshi.readers.mail import is_mail
from minshi.readers.opc import main_part
from minshi.readers.prolog import after_prolog
from minshi.readers.registry import FORMATS
from minshi.readers.whole_json import json_kind

_HEAD = 4096
_TABLE_SUFFIXES = frozenset((".xls", ".et", ".xlsx"))
_PAGE_SUFFIXES = _TABLE_SUFFIXES | {".doc", ".wps", ".docx", ".asp", ".aspx", ".jsp", ".php"}  # may hold HTML
_PAGE_START = re.compile(rb"<!doctype\s+html|<html\b", re.IGNORECASE)
_PAGE = re.compile(_PAGE_START.pattern + rb"|<table\b|<body\b", re.IGNORECASE)
_JSON = frozenset(("json", "jsonl"))
_BOOKS = ("Workbook", "Book")
_OLE_STREAMS = {**dict.fromkeys(_BOOKS, "sheets"), "WordDocument": ".doc", "PowerPoint Document": ".ppt"}
_FLAGS, _ENCRYPTED = 11, 0x01  # second byte of the flags of a Word document, [MS-DOC] 2.5.1
_FILE_PASS = 0x2F  # record of a workbook that is encrypted, [MS-XLS] 2.4.117; only two may stand before it
_EXCEL_XML = b"urn:schemas-microsoft-com:office:spreadsheet"
_OFFICE_XML = (_EXCEL_XML, b"http://schemas.microsoft.com/office/word/2003/wordml")
_ARCHIVES = ((0, b"Rar!\x1a\x07", "RAR"), (0, b"7z\xbc\xaf\x27\x1c", "7z"), (257, b"ustar", "tar"))
_MIME = re.compile(rb"[\w-]{1,60}:")
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument."
_OPEN_DOCUMENTS = {
    b"spreadsheet": "sheets",
    b"spreadsheet-template": ".ots",
    b"text-template": ".ott",
    b"presentation-template": ".otp",
}
_MANIFEST, _MAX_MANIFEST = "META-INF/manifest.xml", 1 << 20
_REMOVE_PASSWORD = "encrypted; remove the password first"
_OUTLOOK = "__properties_version1.0"  # stream of every .msg, [MS-OXMSG] 2.4
_SAVE_MAIL = "a mail; save its text and its attachments as files first"
_DAMAGED = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError, OSError)


def sniff(file: BinaryIO, name: str) -> str:
    """Return the format of an open, seekable file, a key of FORMATS.

    Raises:
        InputError: the file is empty, encrypted, or of a kind that cannot be read.
    """
    kind = _kind(file, name)
    return "office" if kind.startswith(".") else kind


def office_suffix(file: BinaryIO, name: str) -> str:
    """Return the suffix that tells LibreOffice what a file is, by its content; that of its name where the content is no such.

    Raises what `sniff` does.
    """
    kind = _kind(file, name)
    return kind if kind.startswith(".") else PurePath(name).suffix.lower()


def _kind(file: BinaryIO, name: str) -> str:
    """Return a format, or of one that LibreOffice reads the suffix."""
    head = file.read(_HEAD)
    if not head:
        raise InputError(f"{name}: empty file")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(file, name)
    if head.startswith(ole.MAGIC):
        return _ole_kind(file, name)
    if _PAGE_START.match(after_prolog(head)):
        return "html"
    if b"%PDF-" in head[:1024]:
        return "pdf"
    for at, magic, kind in _ARCHIVES:
        if head.startswith(magic, at):
            raise InputError(f"{name}: a {kind} archive; unpack it first")
    for format, about in FORMATS.items():
        if head.startswith(about.magic):
            return ".rtf" if format == "office" else format
    if is_office_xml(head):
        return ".xls" if is_office_xml(head, (_EXCEL_XML,)) else ".xml"
    if _is_mhtml(head):
        raise InputError(f"{name}: a web archive or mail (MHTML); open it and save it as docx first")
    if is_mail(file):
        raise InputError(f"{name}: {_SAVE_MAIL}")
    return _text_kind(file, head, PurePath(name).suffix.lower(), name)


def is_office_xml(head: bytes, marks: tuple[bytes, ...] = _OFFICE_XML) -> bool:
    """Tell by its first bytes whether a file is Office 2003 XML, which no reader but LibreOffice reads."""
    plain = head.replace(b"\0", b"")
    return any(mark in plain for mark in marks)


def _is_mhtml(head: bytes) -> bool:
    """Tell a page that was saved with its pictures, as a mail: its parts are encoded, and nobody could read them raw."""
    fields = re.split(rb"\r?\n\r?\n", head.lstrip(), maxsplit=1)[0].lower()
    return _MIME.match(fields) is not None and b"mime-version:" in fields and b"multipart/related" in fields


def _text_kind(file: BinaryIO, head: bytes, suffix: str, name: str) -> str:
    named = next((format for format, about in FORMATS.items() if suffix in about.suffixes), "text")
    if named not in _JSON and (format := json_kind(file, head)):
        return format
    if suffix in _PAGE_SUFFIXES:
        if _PAGE.search(head.replace(b"\0", b"")):
            return "html"
        text = head
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            text = head.decode("utf-16", "replace").encode()
        if b"\0" in text:
            raise InputError(f"{name}: damaged, or no {suffix} file at all")
        return "csv" if b"\t" in text or (suffix in _TABLE_SUFFIXES and b"," in text) else "text"
    return "jsonl" if named == "json" and holds_json_lines(file) else named


def _zip_kind(file: BinaryIO, name: str) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = set(archive.namelist())
            kind = archive.read("mimetype") if "mimetype" in entries and archive.getinfo("mimetype").file_size < 200 else b""
            office, _ = main_part(archive) or ("", "")
            is_locked = kind.startswith(_OPEN_DOCUMENT) and _is_locked(archive)
    except _DAMAGED:
        raise InputError(f"{name}: damaged ZIP or Office file") from None
    if is_locked:
        raise InputError(f"{name}: {_REMOVE_PASSWORD}")
    if "word/document.xml" in entries:
        return "docx"
    if any(entry.startswith("xl/workbook.") for entry in entries):
        return "sheets"
    if office or "ppt/presentation.xml" in entries:
        return office or ".pptx"
    if kind.startswith(_OPEN_DOCUMENT):
        return _open_document_kind(kind.removeprefix(_OPEN_DOCUMENT).strip(), name)
    if "OFD.xml" in entries:
        raise InputError(f"{name}: an OFD file; save it as PDF or docx first")
    return "zip"


def _is_locked(archive: zipfile.ZipFile) -> bool:
    """Tell an OpenDocument file with a password: its manifest, which is never encrypted itself, says how its parts are."""
    if _MANIFEST not in archive.namelist():
        return False
    with archive.open(_MANIFEST) as packed:
        return b"encryption-data" in packed.read(_MAX_MANIFEST)


def _open_document_kind(kind: bytes, name: str) -> str:
    if kind in _OPEN_DOCUMENTS:
        return _OPEN_DOCUMENTS[kind]
    if kind.startswith((b"text", b"presentation")):  # text-master, too
        return ".odt" if kind.startswith(b"text") else ".odp"
    raise InputError(f"{name}: an OpenDocument file without text, table or slides; save it as PDF first")


def _ole_kind(file: BinaryIO, name: str) -> str:
    streams = ole.root_streams(file, name)
    is_locked_letter = bool(int.from_bytes(streams.get("WordDocument", b"")[_FLAGS : _FLAGS + 1], "little") & _ENCRYPTED)
    if "EncryptedPackage" in streams or is_locked_letter or any(_has_password(streams.get(book, b"")) for book in _BOOKS):
        raise InputError(f"{name}: {_REMOVE_PASSWORD}")
    for stream, kind in _OLE_STREAMS.items():
        if stream in streams:
            return kind
    if _OUTLOOK in streams:
        raise InputError(f"{name}: {_SAVE_MAIL}")
    raise InputError(f"{name}: an Office 97 file of no kind that is known")


def _has_password(book: bytes) -> bool:
    """Tell an encrypted workbook by the first records of its stream."""
    at = 0
    while at + 4 <= len(book):
        kind, size = struct.unpack_from("<HH", book, at)
        if kind == _FILE_PASS:
            return True
        at += 4 + size
    return False
