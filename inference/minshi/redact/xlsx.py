"""Workbooks (xlsx, xlsm): a cell with findings becomes text of its own, its style stays, and no other cell is touched.

A string that cells share is copied into the cell; where no cell uses it any longer, the shared one is emptied.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from lxml import etree

from minshi.errors import InputError
from minshi.readers import ole
from minshi.readers.asides import aside_parts, asides
from minshi.readers.extent import far_error, placed, reaches_far
from minshi.readers.ooxml import RELATIONS, WORKBOOK, shared_strings, sheet_entries
from minshi.readers.page_headers import NAMES, placed_headers, plain
from minshi.readers.sheets import column_name, read_sheets
from minshi.redact.book_names import FORMULAS, BookNames, is_place_inside
from minshi.redact.formulas import formula_edits, references, shown_format, shown_formula, shown_nothing
from minshi.redact.loose import Loose, loose_documents, loose_parts, overlooked
from minshi.redact.package import LINE_ENDS, Package, Slot, joined, write_slots
from minshi.redact.source import BESIDE, Edit, Patch, Patches, Source
from minshi.types import Document

_CHARACTER = re.compile("_x([0-9A-Fa-f]{4})_|.", re.DOTALL)  # ISO/IEC 29500-1, 22.9.2.19 (ST_Xstring)
_SAVE = "a workbook that cannot be redacted; save it as xlsx"


@dataclass(frozen=True)
class _Book:
    """A workbook: the part of each sheet by its name, and the part of shared strings, "" where there is none."""

    package: Package
    sheets: dict[str, str]
    shared: str

    def strings(self) -> list[Any]:
        return _all(self.package.root(self.shared), "si") if self.shared else []

    def cells(self) -> Iterator[Any]:
        for entry in self.sheets.values():
            yield from _all(self.package.root(entry), "c")


def open_xlsx(data: bytes, name: str) -> Source:
    """Open a workbook; raises InputError where it is damaged, hostile, or not of XML parts."""
    if data.startswith(ole.MAGIC):
        raise InputError(f"{name}: {_SAVE}")
    package = Package(data, name)
    if WORKBOOK not in package.entries or RELATIONS not in package.entries:
        raise InputError(f"{name}: {_SAVE}")
    book = _book(package, name)
    _check_corners(book, name)
    shown = [*_asides(book, name), *_headers(book)]
    seen = _seen(book) | {slot.element for aside in shown for slot in aside.slots}
    beside = list(loose_parts(package, seen))
    names = BookNames(package, book.sheets, name)
    named = {each.place: each for each in names.loose()}
    loose = {each.place: each for each in (*shown, *beside)}
    sheets = references(book.sheets)
    as_shown = {each.place: _as_shown(each, sheets) for each in beside}

    def rewrite(patches: Patches) -> bytes:
        by_sheet: dict[str, dict[str, Patch]] = {}
        for place, patch in patches.items():
            if place in loose:
                text = joined(loose[place].slots)
                if patch.old not in (text, plain(text), joined(as_shown.get(place, loose[place]).slots)):
                    raise InputError(f"{name}: the text at {place} has changed")
                write_slots(loose[place].slots, _edits(loose[place], patch))
                package.touch(loose[place].entry)
            elif place in named:
                names.rename(named[place], patch)
            else:
                title, _, cell = place.removeprefix("sheet=").rpartition(";cell=")
                by_sheet.setdefault(title, {})[cell] = patch
        for title, found in by_sheet.items():
            _write_cells(book, title, found, names, name)
        names.rewrite_references()
        if by_sheet:
            _empty_unused(book)
        return package.saved()

    read = _beside(read_sheets(io.BytesIO(data), name, tells_unread=False), {aside.place for aside in shown})
    docs = chain(loose_documents((*as_shown.values(), *named.values()), name), read)
    titles = Document("the name of a sheet", "\n".join(book.sheets))
    return Source(docs, rewrite, (*overlooked(package), *_formulas(book)), (titles,))


def _book(package: Package, name: str) -> _Book:
    relations = package.root(RELATIONS)
    sheets = sheet_entries(package.root(WORKBOOK), relations)
    if any(entry not in package.entries for entry in sheets.values()):
        raise InputError(f"{name}: damaged workbook (a sheet without its part)")
    shared = shared_strings(relations)
    return _Book(package, sheets, shared if shared in package.entries else "")


def _asides(book: _Book, name: str) -> Iterator[Loose]:
    """Yield what stands beside the cells at the places that the reader gives it."""
    counts = Counter[str]()
    for entry, part in aside_parts(book.package.archive, book.sheets, name):
        for aside in asides(book.package.root(entry), part, counts):
            yield Loose(aside.place, entry, [Slot(text, element) for element, text in aside.runs])


def _headers(book: _Book) -> Iterator[Loose]:
    for title, entry in book.sheets.items():
        elements = dict[str, Any]()
        for element in book.package.root(entry).iter(*(f"{{*}}{local}" for local in NAMES)):
            elements.setdefault(element.text or "", element)  # the same in another header is left to `loose_parts`
        for text, place in placed_headers(book.package.archive, entry, title):
            if text in elements:
                yield Loose(place, entry, [Slot(text, elements[text])])


def _as_shown(loose: Loose, sheets: re.Pattern[str]) -> Loose:
    """Return what is to be tagged: of formulas, of formats and of places in the workbook only what may change."""
    slots = [replace(slot, text=_shown(slot, sheets)) for slot in loose.slots]
    return replace(loose, slots=slots)


def _shown(slot: Slot, sheets: re.Pattern[str]) -> str:
    if _is_formula(slot):
        return shown_formula(slot.text, sheets)
    if slot.attribute == "formatCode":
        return shown_format(slot.text)
    is_place = slot.attribute is not None and is_place_inside(slot.element, slot.attribute)
    return shown_nothing(slot.text) if is_place else slot.text


def _is_formula(slot: Slot) -> bool:
    return slot.attribute is None and any(_is(slot.element, local) for local in FORMULAS)


def _edits(loose: Loose, patch: Patch) -> Sequence[Edit]:
    slot = loose.slots[0]
    if slot.attribute == "formatCode":
        return [replace(edit, text=edit.text.replace('"', "")) for edit in patch.edits]
    return list(formula_edits(joined(loose.slots), patch.edits)) if _is_formula(slot) else patch.edits


def _beside(items: Iterable[Document | InputError], places: Collection[str]) -> Iterator[Document | InputError]:
    """Mark what stands beside the cells: a name alone in a comment tells as little as one in a link."""
    for item in items:
        is_beside = isinstance(item, Document) and item.anchors and item.anchors[0].place in places
        yield replace(item, meta={**item.meta, BESIDE: True}) if isinstance(item, Document) and is_beside else item


def _seen(book: _Book) -> set[Any]:
    """Return the text elements that the reader reads: of cells, and of shared strings that a cell uses."""
    strings = book.strings()
    seen = {text for cell in book.cells() for text in _texts(cell)}
    return seen | {text for at in _used(book) if at < len(strings) for text in _texts(strings[at])}


def _formulas(book: _Book) -> Iterator[str]:
    stored = [_has_result(cell) for cell in book.cells() if any(_is(child, "f") for child in cell)]
    count = sum(stored)
    if count:
        yield f"formulas ({count}): their stored results were looked at, but a spreadsheet program computes them anew"
    if count < len(stored):
        without = f"formulas without a stored result ({len(stored) - count})"
        yield f"{without}: what stands in them was looked at, but not the values that a spreadsheet program computes from it"


def _has_result(cell: Any) -> bool:
    return cell.get("t") == "str" or any(_is(child, "v") and (child.text or "").strip() for child in cell)


def _write_cells(book: _Book, title: str, patches: dict[str, Patch], names: BookNames, name: str) -> None:
    if title not in book.sheets:
        raise InputError(f"{name}: the text at {', '.join(patches)} has changed")
    entry = book.sheets[title]
    cells, strings = _cells_by_name(book.package.root(entry)), book.strings()
    for place, patch in names.distinct(title, patches).items():
        if place not in cells:
            raise InputError(f"{name}: sheet {title} has no cell {place}")
        _write_cell(cells[place], patch, strings)
    names.follow(title, {place: "".join(text.text or "" for text in _texts(cells[place])) for place in patches})
    book.package.touch(entry)


def _check_corners(book: _Book, name: str) -> None:
    """Raise InputError where the reader would leave a sheet out: a few cells far apart would make it take gigabytes."""
    for title, entry in book.sheets.items():
        if reaches_far(book.package.archive, entry):
            raise far_error(name, title)


def _cells_by_name(root: Any) -> dict[str, Any]:
    return {f"{column_name(column - 1)}{row}": cell for row, column, cell in placed(_all(root, "row"))}


def _write_cell(cell: Any, patch: Patch, strings: list[Any]) -> None:
    space = cell.tag.rpartition("}")[0] + "}"
    value, formula = cell.find(f"{space}v"), cell.find(f"{space}f")
    if formula is not None:
        cell.set("t", "str")
        value.text = patch.new
        return
    is_shared = cell.get("t") == "s" and value is not None
    content = strings[int(value.text)] if is_shared else cell.find(f"{space}is")
    written = _inline(content, patch, space)
    for child in list(cell):
        if _is(child, "v") or _is(child, "is"):
            cell.remove(child)
    cell.attrib.pop("t", None)
    if patch.new:
        cell.set("t", "inlineStr")
        cell.insert(0, written)


def _inline(content: Any, patch: Patch, space: str) -> Any:
    """Return the new text of a cell, in the runs of the old one where that is known; the reading of characters is dropped."""
    inline = etree.Element(f"{space}is")
    if content is not None:
        inline.extend(deepcopy(child) for child in content if not _is(child, "rPh") and not _is(child, "phoneticPr"))
        slots = [Slot(text.text or "", text) for text in _all(inline, "t")]
        edits = _stored_edits(joined(slots), patch)
        if edits is not None:
            write_slots(slots, edits)
            return inline
        inline = etree.Element(f"{space}is")
    slot = Slot(patch.old, etree.SubElement(inline, f"{space}t"))
    write_slots([slot], patch.edits)
    return inline


def _stored_edits(stored: str, patch: Patch) -> list[Edit] | None:
    """Return the edits of a text as a cell stores it, where `_x000D_` is one character; none where it is another text."""
    text, starts = "", list[int]()
    for char in _CHARACTER.finditer(stored):
        text += chr(int(char[1], 16)) if char[1] else char[0]
        starts.append(char.start())
    if text.translate(LINE_ENDS) != patch.old:
        return None
    starts.append(len(stored))
    return [replace(edit, start=starts[edit.start], end=starts[edit.end]) for edit in patch.edits]


def _empty_unused(book: _Book) -> None:
    used, strings = _used(book), book.strings()
    for at, string in enumerate(strings):
        if at not in used and len(string):
            space = string.tag.rpartition("}")[0] + "}"
            string[:] = [etree.Element(f"{space}t")]
            book.package.touch(book.shared)


def _used(book: _Book) -> set[int]:
    found = (next((child.text for child in cell if _is(child, "v")), None) for cell in book.cells() if cell.get("t") == "s")
    return {int(text) for text in found if text and text.isdecimal()}


def _texts(element: Any) -> Iterator[Any]:
    """Yield the text elements below, but not how their characters are read."""
    for text in _all(element, "t"):
        if not _is(text.getparent(), "rPh"):
            yield text


def _all(root: Any, local: str) -> list[Any]:
    return list(root.iter(f"{{*}}{local}"))


def _is(element: Any, local: str) -> bool:
    return isinstance(element.tag, str) and element.tag.rpartition("}")[2] == local
