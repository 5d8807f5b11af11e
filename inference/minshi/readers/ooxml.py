"""Parse a part of an Office file safely: no DTD, no entity, no network, and no more bytes than a document needs."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree

from minshi.errors import InputError
from minshi.readers.prolog import after_prolog

DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    EOFError,
    RuntimeError,
    NotImplementedError,
    OSError,
    ValueError,
)  # what zipfile raises
WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_MAX_BYTES = 256 << 20
_MAX_BOOK_BYTES = 1 << 30
_ENCRYPTED_FLAG = 0x1
_HOSTILE = "its XML has a DTD, which no office program writes: refused as hostile"
_HEAD = 10_000
_STRICT, _TRANSITIONAL = b"http://purl.oclc.org/ooxml/", b"http://schemas.openxmlformats.org/"
_RENAMED = (
    (_STRICT + b"wordprocessingml/main", _TRANSITIONAL + b"wordprocessingml/2006/main"),
    (_STRICT + b"drawingml/spreadsheetDrawing", _TRANSITIONAL + b"drawingml/2006/spreadsheetDrawing"),
)
_XML = (".xml", ".rels", ".vml")
_UNREAD = ("META-INF/", "Configurations2/")  # of ODF, where old programs did write a DOCTYPE


def parse_part(archive: zipfile.ZipFile, entry: str, name: str, *, may_be_strict: bool = False) -> Any:
    """Return the root element of an entry.

    Args:
        may_be_strict: read Strict Open XML of Word and of drawings too, under the names of the usual, transitional, one.

    Raises:
        InputError: the entry is encrypted, damaged, too large, of Strict Open XML where that may not be, or brings a DTD,
            through which XML bombs come.
    """
    try:
        info = archive.getinfo(entry)
        if info.flag_bits & _ENCRYPTED_FLAG:
            raise InputError(f"{name}: encrypted; remove the password first")
        with archive.open(info) as packed:
            data = packed.read(_MAX_BYTES + 1)
    except DAMAGED:
        raise InputError(f"{name}: damaged Office file") from None
    if len(data) > _MAX_BYTES:
        raise InputError(f"{name}: {entry} is over {_MAX_BYTES >> 20} MiB unpacked: looks like a zip bomb")
    if b"<!DOCTYPE" in data[:_HEAD] or b"<!ENTITY" in data[:_HEAD]:
        raise InputError(f"{name}: {_HOSTILE}")
    if may_be_strict and _STRICT in data[:_HEAD]:
        for strict, usual in _RENAMED:
            data = data.replace(strict, usual)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as err:
        if err.code == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from None
        raise InputError(f"{name}: {entry} is no well-formed XML") from None
    if root.getroottree().docinfo.doctype:
        raise InputError(f"{name}: {_HOSTILE}")
    if isinstance(root.tag, str) and root.tag.startswith("{" + _STRICT.decode("ascii")):
        raise InputError(f"{name}: Strict Open XML; save it as a usual docx or xlsx first")
    return root


def relation_target(relation: Any, folder: str = "xl") -> str:
    """Return the entry that a relation of a part in `folder` names, by default of the workbook."""
    return posixpath.normpath(posixpath.join("/", folder, relation.get("Target", ""))).lstrip("/")


def related(archive: zipfile.ZipFile, entry: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield (type, entry) of each part that a part names as related to it; raises InputError as `parse_part` does."""
    folder, part = posixpath.split(entry)
    relations = f"{folder}/_rels/{part}.rels"
    if relations in archive.NameToInfo:
        for relation in parse_part(archive, relations, name):
            yield relation.get("Type", ""), relation_target(relation, folder)


def sheet_entries(workbook: Any, relations: Any) -> dict[str, str]:
    """Return the entry of each sheet by its title, "" where no relation names one, from the roots of the workbook's two parts."""
    targets = {relation.get("Id"): relation_target(relation) for relation in relations}
    found = {}
    for sheet in workbook.iter("{*}sheet"):
        relation = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), None)
        found[sheet.get("name", "")] = targets.get(relation, "")
    return found


def sheets_by_title(archive: zipfile.ZipFile, name: str) -> dict[str, str]:
    """Return the entry of each sheet by its title; none where the workbook is not of XML, as in xlsb, or is damaged."""
    try:
        return sheet_entries(parse_part(archive, WORKBOOK, name), parse_part(archive, RELATIONS, name))
    except InputError:
        return {}


def shared_strings(relations: Any) -> str:
    """Return the entry of the strings that cells share, "" where there is none, from the root of the workbook's relations."""
    return next((relation_target(each) for each in reversed(relations) if each.get("Type", "").endswith("/sharedStrings")), "")


def check_book(file: BinaryIO, name: str) -> None:
    """Look a zipped workbook over before a library without bounds reads it.

    Raises:
        InputError: it says that it is larger unpacked than a workbook can be, or a part of it begins with a DTD.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(info.file_size for info in archive.infolist())
            if size > _MAX_BOOK_BYTES:
                raise InputError(f"{name}: {size >> 20:,} MiB unpacked: looks like a zip bomb")
            if any(_has_dtd(archive, info) for info in archive.infolist()):
                raise InputError(f"{name}: {_HOSTILE}")
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError, OSError):
        raise InputError(f"{name}: damaged Office file") from None


def _has_dtd(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    if not info.filename.endswith(_XML) or info.filename.startswith(_UNREAD) or info.flag_bits & _ENCRYPTED_FLAG:
        return False
    with archive.open(info) as packed:
        return after_prolog(packed.read(_HEAD))[:9].upper() == b"<!DOCTYPE"
