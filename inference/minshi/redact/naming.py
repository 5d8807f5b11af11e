"""What a copy may be called: it has the format of its source, and a name that says another misleads whoever opens it."""

from __future__ import annotations

from io import BytesIO
from pathlib import PurePath

from minshi.errors import InputError
from minshi.readers.encoding import BYTE_ORDER_MARKS
from minshi.readers.registry import FORMATS
from minshi.readers.sniff import sniff

_PLAIN = {
    "text": ("", ".txt", ".text", ".md", ".markdown", ".log"),
    **{format: FORMATS[format].suffixes for format in ("csv", "json", "jsonl", "html")},
}
_SUFFIXES = {**_PLAIN, "docx": (".docx",), "sheets": (".xlsx",)}
_MACROS = frozenset((".docm", ".xlsm"))  # Office opens them by no other suffix


def is_empty(data: bytes) -> bool:
    """Tell a file without a character: of no bytes, or of a byte order mark alone."""
    return not data or data in BYTE_ORDER_MARKS


def is_plain(name: str) -> bool:
    """Tell by its name whether a file is text, as which an empty one is whole; an empty docx is none."""
    return _plain_format(name) is not None


def check_name(data: bytes, name: str, copy: str) -> None:
    """Raise InputError where the copy of a file would have a suffix of another format than its own."""
    own, suffix = (PurePath(each).suffix.lower() for each in (name, copy))
    if suffix in ("", own):
        return
    format = _plain_format(name) if is_empty(data) else sniff(BytesIO(data), name)
    if format not in _SUFFIXES:
        return  # it has no copy at all
    others = () if own in _MACROS else _SUFFIXES[format]
    if suffix not in others:
        fitting = own or next(filter(None, others))
        raise InputError(f"{name}: a copy has the format of its source; name it {fitting}, not {suffix}")


def _plain_format(name: str) -> str | None:
    suffix = PurePath(name).suffix.lower()
    return next((format for format, suffixes in _PLAIN.items() if suffix in suffixes), None)
