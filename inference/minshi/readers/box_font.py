"""A font in which every Chinese, Japanese or Korean character is an invisible box, for machines that have none of such a script.

Servers often have no Chinese font. Of text in a font that a PDF names and does not embed pdfium then knows no extent, and leaves
out what is as wide as nothing: a character that is drawn by itself, such as 男 in a cell. It falls back on this font then; what
a machine has comes first. Source: fpdf_sysfontinfo.h of pdfium; OpenType 1.9 (cmap format 13).
"""

from __future__ import annotations

import ctypes
import struct
from functools import cache
from typing import Any, Final

import pypdfium2.raw as raw

_CHARSETS: Final = (128, 129, 134, 136)  # Japanese, Korean, simplified and traditional Chinese, as Windows numbers them
_EM, _FOOT = 1_000, -120
_BOXES: Final = ((0x21, 0x9F), (0xA1, 0x2FFF), (0x3001, 0x2FFFF))  # code points; blanks have none in any font


def _font() -> bytes:
    """Return a TrueType font of two glyphs: nothing, and a stroke without ink from corner to corner of the box."""
    box = struct.pack(">5h", 1, 0, _FOOT, _EM, _EM + _FOOT) + struct.pack(">2H2B4h", 1, 0, 1, 1, 0, _EM, _FOOT, _EM)
    groups = b"".join(struct.pack(">3I", first, last, 1) for first, last in _BOXES)
    cmap = struct.pack(">2H2HI", 0, 1, 3, 10, 12) + struct.pack(">2H3I", 13, 0, 16 + len(groups), 0, len(_BOXES)) + groups
    head = struct.pack(">4I2H2q4h2H3h", 0x10000, 0, 0, 0x5F0F3CF5, 0, _EM, 0, 0, 0, _FOOT, _EM, _EM + _FOOT, 0, 8, 2, 1, 0)
    tables = {
        b"cmap": cmap,
        b"glyf": box,
        b"head": head,
        b"hhea": struct.pack(">I3hH11hH", 0x10000, _EM + _FOOT, _FOOT, 0, _EM, 0, 0, _EM, 1, *[0] * 7, 1),
        b"hmtx": struct.pack(">H2h", _EM, 0, 0),
        b"loca": struct.pack(">3I", 0, 0, len(box)),
        b"maxp": struct.pack(">I14H", 0x10000, 2, 2, 1, 0, 0, 2, *[0] * 8),
    }
    at = 12 + 16 * len(tables)
    entries, body = b"", b""
    for tag, table in tables.items():
        entries += struct.pack(">4s3I", tag, 0, at + len(body), len(table))
        body += table + bytes(-len(table) % 4)
    return struct.pack(">I4H", 0x10000, len(tables), 64, 2, 16 * len(tables) - 64) + entries + body


@cache  # once for a process, and what is returned has to outlive pdfium
def fall_back() -> Any:
    """Make pdfium fall back on boxes for the scripts that a machine has no font for."""
    data = _font()
    pointer = raw.FPDF_GetDefaultSystemFontInfo()
    if not pointer:  # a pdfium that is built without fonts of the system
        return None
    default = pointer.contents
    font = ctypes.create_string_buffer(data, len(data))
    ours = ctypes.addressof(font)

    def map_font(_: Any, weight: int, italic: int, charset: int, pitch: int, face: Any, exact: Any) -> int | None:
        found: int | None = default.MapFont(default, weight, italic, charset, pitch, face, exact)
        return found or (ours if charset in _CHARSETS else None)

    def font_data(_: Any, handle: int, table: int, buffer: Any, size: int) -> int:
        if handle != ours:
            return int(default.GetFontData(default, handle, table, buffer, size))
        if table:  # one alone, which pdfium asks for to look for collections of fonts
            return 0
        if size >= len(data):
            ctypes.memmove(buffer, data, len(data))
        return len(data)

    def face_name(_: Any, handle: int, buffer: Any, size: int) -> int:
        return 0 if handle == ours else int(default.GetFaceName(default, handle, buffer, size))

    def charset(_: Any, handle: int) -> int:
        return _CHARSETS[2] if handle == ours else int(default.GetFontCharset(default, handle))

    def delete(_: Any, handle: int) -> None:
        if handle != ours:
            default.DeleteFont(default, handle)

    calls = {
        "EnumFonts": lambda _, mapper: default.EnumFonts(default, mapper),
        "MapFont": map_font,
        "GetFont": lambda _, face: default.GetFont(default, face),
        "GetFontData": font_data,
        "GetFaceName": face_name,
        "GetFontCharset": charset,
        "DeleteFont": delete,
    }
    types = dict(raw.FPDF_SYSFONTINFO._fields_)
    info = raw.FPDF_SYSFONTINFO(version=default.version, **{name: types[name](call) for name, call in calls.items()})
    raw.FPDF_SetSystemFontInfo(info)
    return info, font
