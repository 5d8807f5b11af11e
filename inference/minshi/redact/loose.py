"""Text of an Office file that its reader leaves out: properties, comments, text boxes, deleted text, links, alternatives.

It is tagged as paragraphs of its own. Who wrote a file or a comment is a name by where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from minshi.errors import InputError
from minshi.readers.prose import Paragraph
from minshi.redact.package import Package, Slot, joined
from minshi.redact.source import GIVEN, beside_documents
from minshi.types import Anchor, Document, Span

# fmt: off
_TEXT = frozenset(
    ("t", "delText", "instrText", "text", "title", "subject", "description", "keywords", "category", "Company", "lpwstr", "lpstr",
     "HyperlinkBase", "f", "formula1", "formula2", "definedName", "oddHeader", "oddFooter", "evenHeader", "evenFooter",
     "firstHeader", "firstFooter", "font", "div", "formula")
)
_AUTHORS = frozenset(("creator", "lastModifiedBy", "Manager", "author"))
_ATTRIBUTES = frozenset(
    ("descr", "title", "alt", "tooltip", "display", "location", "prompt", "promptTitle", "error", "errorTitle", "userId", "url",
     "displayText")
)
_ATTRIBUTES_OF = {  # those that are text in these elements only
    "val": frozenset(("attr", "docVar", "alias", "default", "listEntry", "helpText", "statusText", "filter", "customFilter")),
    "value": frozenset(("listItem",)),
    "name": frozenset(("cNvPr", "docPr")),  # of a picture: what its file was called
    "text": frozenset(("cfRule",)),
    "string": frozenset(("textpath",)),  # WordArt
}
# fmt: on
_AUTHOR_ATTRIBUTES = frozenset(("author", "initials", "userName"))
_NOBODY = "tc={"  # what stands for the author of a comment that is the old form of a threaded one
_BLOCKS = frozenset(("p", "si", "comment", "threadedComment", "text"))
_UNDERSTOOD = re.compile(
    r"\[Content_Types\]\.xml|(?:.*/)?_rels/[^/]*\.rels|docProps/(?:core|app|custom)\.xml"
    r"|(?:word|xl)/(?:document\d*|header\d*|footer\d*|footnotes|endnotes|styles|stylesWithEffects|settings|webSettings|fontTable"
    r"|numbering|comments[A-Za-z]*\d*|people|workbook|sharedStrings|calcChain|metadata"
    r"|(?:theme|worksheets|tables|comments|threadedComments|persons|drawings|diagrams)/[^/]+)\.(?:xml|vml)"
)
_KINDS = (
    ("/media/", "a picture"),
    ("thumbnail", "a picture of its first page"),
    ("/embeddings/", "an embedded file"),
    ("/charts/", "a chart, with copies of what it shows"),
    ("/pivot", "a pivot table's copy of its data"),
    ("/externalLinks/", "copies of another workbook's cells"),
    ("customXml/", "data of another program"),
    ("vbaProject", "macros"),
    ("printerSettings", "settings of a printer"),
)


@dataclass(frozen=True, slots=True)
class Loose:
    """Text at a place that this module made up; `is_author` if it is a name for certain."""

    place: str
    entry: str
    slots: Sequence[Slot]
    is_author: bool = False


def loose_parts(package: Package, seen: Collection[Any]) -> Iterator[Loose]:
    """Yield the text of all XML parts but that of the elements in `seen`.

    Raises:
        InputError: a part is damaged. Old drawings (vml) and what other programs left may be, which `overlooked` tells.
    """
    for entry in package.entries:
        if not entry.endswith((".xml", ".rels", ".vml")):
            continue
        try:
            root = package.root(entry)
        except InputError:
            if entry.endswith(".vml") or not _UNDERSTOOD.fullmatch(entry):
                continue
            raise
        yield from loose_text(root, entry, seen)


def overlooked(package: Package) -> Iterator[str]:
    """Yield the parts that nobody looks at, or that are only looked at out of their context."""
    for entry in package.entries:
        kind = next((kind for mark, kind in _KINDS if mark in entry), "a part of unknown kind")
        if not _UNDERSTOOD.fullmatch(entry):
            yield f"{entry} ({kind})"
        elif entry.endswith(".vml") and not _is_xml(package, entry):
            yield f"{entry} (a drawing)"


def loose_documents(found: Iterable[Loose], name: str) -> Iterator[Document]:
    """Yield the text as documents: the authors as they are given, the rest to be tagged."""
    found = list(found)
    for number, each in enumerate(each for each in found if each.is_author):
        text = joined(each.slots)
        meta = {GIVEN: (Span(0, len(text), "NAME", by="property"),)}
        yield Document(f"{name}#author={number + 1}", text, anchors=(Anchor(0, len(text), each.place),), meta=meta)
    rest = (Paragraph(joined(each.slots), each.place) for each in found if not each.is_author)
    yield from beside_documents(rest, name)


def loose_text(root: Any, entry: str, seen: Collection[Any]) -> Iterator[Loose]:
    """Yield the text of one part: that of a paragraph together, each attribute by itself."""
    blocks: dict[tuple[Any, str], list[Slot]] = {}  # what is deleted or an instruction is no part of the text beside it
    number = 0
    for element in root.iter("*"):
        local = _local(element.tag)
        for attribute, value in () if _is_read(element, local, seen) else element.attrib.items():
            is_author = _is_author(local, _local(attribute))
            if value.strip() and (is_author or _is_text(element, local, _local(attribute))):
                number += 1
                yield Loose(f"{entry}#{number}", entry, (Slot(value, element, attribute),), is_author)
        if element in seen or len(element) or not (element.text or "").strip():
            continue
        if local in _AUTHORS and not element.text.startswith(_NOBODY):
            number += 1
            yield Loose(f"{entry}#{number}", entry, (Slot(element.text, element),), is_author=True)
        elif local in _TEXT or (local == "v" and _local(element.getparent().tag) == "pt"):
            blocks.setdefault((_block(element), local), []).append(Slot(element.text, element))
    for slots in blocks.values():
        number += 1
        yield Loose(f"{entry}#{number}", entry, slots)


def _is_text(element: Any, local: str, attribute: str) -> bool:
    if attribute == "Target":
        return bool(element.get("TargetMode") == "External")
    return attribute in _ATTRIBUTES or local in _ATTRIBUTES_OF.get(attribute, ())


def _is_read(element: Any, local: str, seen: Collection[Any]) -> bool:
    """Tell WordArt that the reader reads: of all else that it reads, no text is an attribute."""
    return local == "textpath" and element in seen


def _is_author(local: str, attribute: str) -> bool:
    return attribute in _AUTHOR_ATTRIBUTES or (local == "person" and attribute == "displayName")


def _block(element: Any) -> Any:
    return next((above for above in element.iterancestors() if _local(above.tag) in _BLOCKS), element)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _is_xml(package: Package, entry: str) -> bool:
    try:
        package.root(entry)
    except InputError:
        return False
    return True
