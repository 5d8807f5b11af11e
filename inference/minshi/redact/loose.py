"""Text of an Office file that its reader leaves out: properties, comments, text boxes, deleted text, links, alternatives.

It is tagged as paragraphs of its own. Who wrote a file or a comment is a name by where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from minshi.errors import InputError
from minshi.readers.prose import Paragraph
from minshi.readers.unread import CHARTS, EMBEDDED, PIVOT
from minshi.redact.escapes import unescaped
from minshi.redact.package import STORED_DATE, Package, Slot, joined, local_name
from minshi.redact.source import GIVEN, beside_documents
from minshi.types import Anchor, Document, Span

# fmt: off
_TEXT = frozenset(
    ("t", "delText", "instrText", "text", "title", "subject", "description", "keywords", "category", "Company", "lpwstr", "lpstr",
     "HyperlinkBase", "f", "formula1", "formula2", "definedName", "oddHeader", "oddFooter", "evenHeader", "evenFooter",
     "firstHeader", "firstFooter", "font", "div", "formula", "delInstrText", "identifier", "contentStatus", "version", "Template",
     "calculatedColumnFormula", "totalsRowFormula")
)
_AUTHORS = frozenset(("creator", "lastModifiedBy", "Manager", "author"))
_ATTRIBUTES = frozenset(
    ("descr", "title", "alt", "tooltip", "display", "location", "prompt", "promptTitle", "error", "errorTitle", "userId", "url",
     "displayText", "instr", "lastValue", "fullDate")
)
_ATTRIBUTES_OF = {  # those that are text in these elements only
    "val": frozenset(
        ("attr", "docVar", "alias", "tag", "default", "listEntry", "helpText", "statusText", "filter", "customFilter",
         "tblCaption", "tblDescription", "aliases", "connectString", "query", "mailSubject", "udl",
         "inputCells")
    ),
    "value": frozenset(("listItem",)),
    "name": frozenset(("cNvPr", "docPr", "property", "scenario", "customWorkbookView")),  # of a picture: what its file was called
    "comment": frozenset(("scenario", "definedName", "table")),
    **dict.fromkeys(("description", "help", "statusBar", "customMenu"), frozenset(("definedName",))),
    "customList": frozenset(("sortCondition",)),
    "formatCode": frozenset(("numFmt",)),
    "text": frozenset(("cfRule",)),
    "string": frozenset(("textpath",)),  # WordArt
}
# fmt: on
_LINKS = frozenset(("Target", "instr", "instrText", "delInstrText"))  # what may write a character as an escape
# What Office calls what is drawn, and what a tagger would take for a form's field and its value.
_BY_OFFICE = re.compile(r"(?:[A-Z][A-Za-z]+(?: [A-Za-z]+)*|图片|图表|图形|形状|文本框|矩形|组合|对象|直线|连接符) ?\d+")
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")  # at the start of what a date picker stores
_DATES = ("{}年{}月{}日", "{}年{:02}月{:02}日", *(f"{{}}{mark}{two}{mark}{two}" for mark in "-/." for two in ("{}", "{:02}")))
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
    (EMBEDDED, "an embedded file"),
    (CHARTS, "a chart, with copies of what it shows"),
    (PIVOT, "a pivot table's copy of its data"),
    ("/externalLinks/", "copies of another workbook's cells"),
    ("customXml/", "data of another program"),
    ("vbaProject", "macros"),
    ("printerSettings", "settings of a printer"),
)


@dataclass(frozen=True, slots=True)
class Loose:
    """Text at a place that this module made up.

    Attributes:
        is_author: it is a name for certain.
        is_code: nobody wrote it to be read, so that a tagger would see too much in it: what was found elsewhere alone counts.
    """

    place: str
    entry: str
    slots: Sequence[Slot]
    is_author: bool = False
    is_code: bool = False


def loose_parts(package: Package, seen: Collection[Any]) -> Iterator[Loose]:
    """Yield the text of all XML parts but that of the elements in `seen`.

    Raises:
        InputError: a part is damaged. Old drawings (vml) and what other programs left may be, which `overlooked` tells.
    """
    for entry, root in roots(package):
        yield from loose_text(root, entry, seen)


def roots(package: Package) -> Iterator[tuple[str, Any]]:
    """Yield each XML part and its root; raises InputError as `loose_parts` does."""
    for entry in package.entries:
        if not entry.endswith((".xml", ".rels", ".vml")):
            continue
        try:
            yield entry, package.root(entry)
        except InputError:
            if not entry.endswith(".vml") and _UNDERSTOOD.fullmatch(entry):
                raise


def overlooked(package: Package) -> Iterator[str]:
    """Yield the parts that nobody looks at, or that are only looked at out of their context."""
    for entry in package.entries:
        kind = next((kind for mark, kind in _KINDS if mark in entry), "a part of unknown kind")
        if not _UNDERSTOOD.fullmatch(entry):
            yield f"{entry} ({kind})"
        elif entry.endswith(".vml") and not _is_xml(package, entry):
            yield f"{entry} (a drawing)"


def loose_documents(found: Iterable[Loose], name: str) -> Iterator[Document]:
    """Yield the text as documents: the authors as they are given, codes without findings of their own, the rest to be tagged."""
    found = list(found)
    for number, each in enumerate(each for each in found if each.is_author):
        text = joined(each.slots)
        meta = {GIVEN: (Span(0, len(text), "NAME", by="property"),)}
        yield Document(f"{name}#author={number + 1}", text, anchors=(Anchor(0, len(text), each.place),), meta=meta)
    yield from beside_documents((_paragraph(each) for each in found if not each.is_author and not each.is_code), name)
    for doc in beside_documents((_paragraph(each) for each in found if each.is_code), f"{name}#codes"):
        yield replace(doc, meta={**doc.meta, GIVEN: ()})


def _paragraph(loose: Loose) -> Paragraph:
    return Paragraph(joined(loose.slots), loose.place)


def loose_text(root: Any, entry: str, seen: Collection[Any]) -> Iterator[Loose]:
    """Yield the text of one part: that of a paragraph together, each attribute by itself."""
    blocks: dict[tuple[Any, str], list[Slot]] = {}  # what is deleted or an instruction is no part of the text beside it
    number = 0
    for element in root.iter("*"):
        local = local_name(element.tag)
        for attribute, value in () if _is_read(element, local, seen) else element.attrib.items():
            is_author = _is_author(local, local_name(attribute))
            if value.strip() and (is_author or _is_text(element, local, local_name(attribute))):
                number += 1
                is_drawn = local_name(attribute) == "name" and local in ("cNvPr", "docPr")
                is_code = local_name(attribute) == STORED_DATE or (is_drawn and _BY_OFFICE.fullmatch(value) is not None)
                yield Loose(f"{entry}#{number}", entry, (_slot(value, element, attribute),), is_author, is_code)
        if element in seen or len(element) or not (element.text or "").strip():
            continue
        if local in _AUTHORS and not element.text.startswith(_NOBODY):
            number += 1
            yield Loose(f"{entry}#{number}", entry, (Slot(element.text, element),), is_author=True)
        elif local in _TEXT or (local == "v" and local_name(element.getparent().tag) == "pt"):
            blocks.setdefault((_block(element), local), []).append(_slot(element.text, element))
    for slots in blocks.values():
        number += 1
        yield Loose(f"{entry}#{number}", entry, slots)


def _slot(text: str, element: Any, attribute: str | None = None) -> Slot:
    local = local_name(attribute or element.tag)
    if local == STORED_DATE:
        return Slot(_dates(text), element, attribute)
    return Slot(unescaped(text), element, attribute, written=text) if local in _LINKS else Slot(text, element, attribute)


def _dates(stored: str) -> str:
    """Return the date that a picker stores as people may write it elsewhere in the file."""
    date = _DATE.match(stored)
    return "\n".join(form.format(*map(int, date.groups())) for form in _DATES) if date else stored


def _is_text(element: Any, local: str, attribute: str) -> bool:
    if attribute == "Target":
        return bool(element.get("TargetMode") == "External")
    return attribute in _ATTRIBUTES or local in _ATTRIBUTES_OF.get(attribute, ())


def _is_read(element: Any, local: str, seen: Collection[Any]) -> bool:
    """Tell WordArt and chosen entries that the reader reads: of all else that it reads, no text is an attribute."""
    return local in ("textpath", "listEntry") and element in seen


def _is_author(local: str, attribute: str) -> bool:
    return attribute in _AUTHOR_ATTRIBUTES or (local, attribute) in (("person", "displayName"), ("scenario", "user"))


def _block(element: Any) -> Any:
    return next((above for above in element.iterancestors() if local_name(above.tag) in _BLOCKS), element)


def _is_xml(package: Package, entry: str) -> bool:
    try:
        package.root(entry)
    except InputError:
        return False
    return True
