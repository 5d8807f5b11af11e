"""Headers and footers of the printed pages of a sheet in xlsx. They stand at the end of its XML, which may be a gigabyte of rows.

Codes, as `&C` for the middle of the line, become spaces or line breaks of the same length: what stands at an offset of the text
stands there in the file, too.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator

from lxml import etree

from minshi.readers.ooxml import DAMAGED
from minshi.readers.prose import Paragraph

NAMES = ("oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter")
_HEADER = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:odd|even|first)(?:Header|Footer)\b[^<>]{0,200}>([^<]*)</")
_CODE = re.compile(r'&(?:"[^"]*"|K[0-9A-F]{6}|K\d\d[+-]\d{3}|\d{1,3}|.)', re.IGNORECASE)
_PLACE_ON_LINE = ("&L", "&C", "&R")
_BLOCK, _OVERLAP = 1 << 20, 1 << 16  # bytes; Excel takes 255 characters for a header


def headers_in(archive: zipfile.ZipFile, entry: str, title: str) -> Iterator[Paragraph]:
    """Yield the headers and footers of a sheet, places `sheet=名单;header=1`; none of one that is damaged, as its rows say."""
    for text, place in placed_headers(archive, entry, title):
        yield Paragraph(plain(text), place)


def placed_headers(archive: zipfile.ZipFile, entry: str, title: str) -> Iterator[tuple[str, str]]:
    """Yield (text with its codes, its place) of those that `headers_in` reads; pages of several kinds often have the same."""
    try:
        texts = dict.fromkeys(_found(archive, entry))
    except (*DAMAGED, etree.XMLSyntaxError):
        return
    for number, text in enumerate(filter(str.strip, texts), start=1):
        yield text, f"sheet={title};header={number}"


def plain(text: str) -> str:
    r"""Return a header with spaces for its codes, and line breaks for where the next part of the line begins.

    >>> plain('&L&"宋体,常规"&12户主张三&R&P')
    ' \n           户主张三 \n  '
    """
    return _CODE.sub(_blank, text)


def _blank(code: re.Match[str]) -> str:
    return " \n" if code[0].upper() in _PLACE_ON_LINE else " " * len(code[0])


def _found(archive: zipfile.ZipFile, entry: str) -> Iterator[str]:
    held = b""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    with archive.open(entry) as packed:
        while block := packed.read(_BLOCK):
            held = held[-_OVERLAP:] + block
            if b"Header>" in held or b"Footer>" in held:
                for header in _HEADER.finditer(held):
                    root = etree.fromstring(b"<t>" + header[1] + b"</t>", parser)
                    yield "" if root is None else root.text or ""
