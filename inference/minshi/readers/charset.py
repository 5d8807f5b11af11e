"""What encoding a web page is in: what it says of itself is often a template's word, so its bytes decide."""

from __future__ import annotations

import codecs
import io
import re

from minshi.errors import InputError
from minshi.readers.encoding import decode_text, encoding_of, is_chinese

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_CODECS = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "big5": "big5hkscs", "cp950": "big5hkscs"}
_CHINESE = {"gb18030": "gb18030", "big5hkscs": "big5"}  # the test of their text
_WESTERN = frozenset(("iso8859-1", "iso8859-15", "cp1252"))
_OF_PYTHON = frozenset(("charmap", "unicode-escape", "raw-unicode-escape"))  # decode anything, and no browser knows them
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_JUDGED, _MIN_JUDGED = 1 << 20, 8  # characters of a page; those beyond ASCII that tell one encoding from another
_HAN = re.compile("[\u4e00-\u9fff]")


def page_markup(data: bytes, name: str, errors: list[InputError] | None = None) -> tuple[str, str]:
    """Return the markup of a page and its encoding.

    What decodes as UTF-8 is UTF-8. A page's own word, which a template may have put there, counts at once if it is borne out,
    else only where the bytes are no plausible Chinese of another encoding either. `errors` are those of `text_chunks`.

    Raises:
        InputError: the bytes are no text.
    """
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        pass
    declared = _as_declared(data)
    if declared and _is_borne_out(*declared):
        return declared
    try:
        return decode_text(data, name, errors), encoding_of(io.BytesIO(data), name)[0]
    except InputError:
        if declared is None:
            raise
    return (_as_pairs(data) if declared[1] in _WESTERN else None) or declared


def _as_declared(data: bytes) -> tuple[str, str] | None:
    """Return the markup in the encoding that the page names, and its codec; none where the bytes are not in it."""
    found = _CHARSET.search(data[:4096])
    if found is None:
        return None
    label = found[1].decode("ascii").lower()
    try:
        codec = codecs.lookup(_CODECS.get(label, label)).name
        codec = _CODECS.get(codec, codec)
        if codec in _OF_PYTHON or found[1].decode(codec).lower() != label:  # UTF-16 and EBCDIC read no ASCII
            return None
        return data.decode(codec), codec
    except (LookupError, UnicodeError):
        return None


def _is_borne_out(markup: str, codec: str) -> bool:
    """Tell whether a page is in the encoding it names: it reads as Chinese, or says too little for any other to be likelier."""
    if codec in _CHINESE and is_chinese(markup, _CHINESE[codec]):
        return True
    return codec not in _WESTERN and len(_BEYOND_ASCII.findall(markup, 0, _JUDGED)) < _MIN_JUDGED


def _as_pairs(data: bytes) -> tuple[str, str] | None:
    """Return the markup as GB18030 if all beyond ASCII is of GB2312: pairs of bytes, where Western letters mostly stand alone."""
    try:
        markup = data.decode("gb2312")
    except UnicodeDecodeError:
        return None
    return (markup, "gb18030") if _HAN.search(markup) else None
