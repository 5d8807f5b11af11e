"""Word documents: edits inside the runs of a paragraph, so that every style stays; no other part of the file is written anew."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from minshi.errors import InputError
from minshi.readers.docx import TEXT_ATTRIBUTES, TEXTS, Blocks, Table, W, diagram_points, diagrams, parts, read_docx, runs
from minshi.redact.loose import loose_documents, loose_parts, overlooked
from minshi.redact.names import Names, instructions
from minshi.redact.package import LINE_ENDS, STORED_DATE, Package, Slot, joined, write_slots
from minshi.redact.source import Patches, Source


def open_docx(data: bytes, name: str) -> Source:
    """Open a Word document; raises InputError where it is damaged or hostile."""
    package = Package(data, name)
    places: dict[str, tuple[str, list[Slot]]] = {}
    for entry, part in parts(package.archive):
        places.update((place, (entry, slots)) for place, slots in _slots(package.root(entry), part))
    for entry, part in diagrams(package.archive):
        for place, found in diagram_points(package.root(entry), part):
            places[place] = entry, [Slot(text, element) for element, text in found]
    seen = {slot.element for _, slots in places.values() for slot in slots}
    beside = list(loose_parts(package, seen))
    places.update((loose.place, (loose.entry, list(loose.slots))) for loose in beside)
    names = Names(package, instructions(beside))

    def rewrite(patches: Patches) -> bytes:
        for place, patch in names.applied(patches).items():
            entry, slots = places[place]
            if joined(slots).translate(LINE_ENDS) != patch.old.translate(LINE_ENDS):
                raise InputError(f"{name}: the text at {place} has changed")
            for slot in write_slots(slots, patch.edits):
                _forget_date(slot.element)
            package.touch(entry)
        return package.saved()

    docs = chain(loose_documents([*beside, *names.loose()], name), read_docx(io.BytesIO(data), name, with_embedded=False))
    return Source(docs, rewrite, tuple(overlooked(package)))


def _forget_date(element: Any) -> None:
    """Remove the date that a picker stores where the one that it shows has changed."""
    for control in element.iterancestors(f"{W}sdt"):
        for date in control.iterfind(f"{W}sdtPr/{W}date"):
            date.attrib.pop(f"{W}{STORED_DATE}", None)


def _slots(root: Any, part: str) -> Iterator[tuple[str, list[Slot]]]:
    """Yield each place of a part, as the reader names it, with the text that it read there."""
    tables: list[Table] = []
    for paragraph, place in Blocks(part).elements(root, tables):
        yield place, _paragraph(paragraph)
    for table in tables:
        for place, width, cells in table.grid():
            for column, paragraphs in cells.items():
                if column < width:  # the reader reads no further
                    yield f"{place};col={column + 1}", _cell(paragraphs)


def _paragraph(paragraph: Any) -> list[Slot]:
    return [_slot(element, text) for element, text in runs(paragraph)]


def _slot(element: Any, text: str) -> Slot:
    can_change = element.tag in TEXTS or element.tag in TEXT_ATTRIBUTES
    return Slot(text, element if can_change else None, TEXT_ATTRIBUTES.get(element.tag))


def _cell(paragraphs: Iterable[Any]) -> list[Slot]:
    slots: list[Slot] = []
    for found in filter(joined, map(_paragraph, paragraphs)):
        slots += [Slot("\n"), *found] if slots else found
    return slots
