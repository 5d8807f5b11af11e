"""Which part of an Office file is its main one: most programs call it word/document.xml, and some do not."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator

_TYPES = "[Content_Types].xml"
_MAX_BYTES = 1 << 20
_OVERRIDE = re.compile(rb"<(?:\w{1,20}:)?Override\s[^>]{0,2000}>")
_ATTRIBUTE = re.compile(rb"(PartName|ContentType)\s*=\s*[\"']([^\"']*)[\"']")
_MAIN = re.compile(rb"[./](wordprocessingml|ms-word|spreadsheetml|ms-excel|presentationml|ms-powerpoint)\..*\bmain(?:\+xml)?")
_KINDS = {b"wordprocessingml": "docx", b"ms-word": "docx", b"presentationml": ".pptx", b"ms-powerpoint": ".pptx"}


def main_part(archive: zipfile.ZipFile) -> tuple[str, str] | None:
    """Return what a package is, `docx`, `sheets` or `.pptx`, and its main part; None where it names none that is there.

    Raises what zipfile does where the file is damaged.
    """
    entries = frozenset(archive.namelist())
    if _TYPES not in entries:
        return None
    for entry, content_type in _overrides(archive):
        if entry in entries and (match := _MAIN.search(content_type)):
            return _KINDS.get(match[1], "sheets"), entry
    return None


def word_part(archive: zipfile.ZipFile) -> str | None:
    """Return the part that holds the body of a Word document, None where there is none; raises as `main_part` does."""
    if "word/document.xml" in archive.namelist():
        return "word/document.xml"
    kind, entry = main_part(archive) or ("", "")
    return entry if kind == "docx" else None


def _overrides(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    with archive.open(_TYPES) as packed:
        data = packed.read(_MAX_BYTES)
    for match in _OVERRIDE.finditer(data):
        found = dict(_ATTRIBUTE.findall(match[0]))
        yield found.get(b"PartName", b"").decode("utf-8", "replace").lstrip("/"), found.get(b"ContentType", b"")
