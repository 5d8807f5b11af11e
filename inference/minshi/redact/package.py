"""The ZIP of XML parts that an Office file is: parts are parsed when asked for, and only those that changed are written anew."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

from lxml import etree

from minshi.errors import InputError
from minshi.readers.archive import Limits
from minshi.readers.ooxml import parse_part
from minshi.redact.escapes import escaped_edits
from minshi.redact.source import Edit, edited

LINE_ENDS = str.maketrans("\n\r\v", "   ")  # as readers write them in the cells of a table
_LIMITS = Limits()
_MAX_BYTES = 512 << 20  # of all entries, unpacked: a reader streams a larger file, but the copy is made in memory
_MAX_XML_BYTES = 128 << 20  # of all parts in XML, whose trees take many times as much
STORED_DATE = "fullDate"  # the attribute of a date picker; it may be left out, but holds no other text than a date
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_OWN_NAME = frozenset(("property", "scenario", "customWorkbookView"))  # elements whose name no other beside them may have
_KEEPS_SPACE = ("wordprocessingml", "spreadsheetml")  # namespaces whose text elements need to be told to keep white space


class Package:
    """An Office file in memory.

    Raises:
        InputError: it is damaged, has an entry twice, or is larger unpacked than a document is.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self._name = name
        self._roots: dict[str, Any] = {}
        self._changed: set[str] = set()
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
            raise InputError(f"{name}: damaged Office file") from None
        infos = self.archive.infolist()
        self.entries = [info.filename for info in infos if not info.is_dir()]
        if len(set(self.entries)) != len(self.entries):
            raise InputError(f"{name}: holds an entry twice")
        if len(infos) > _LIMITS.max_entries:
            raise InputError(f"{name}: holds {len(infos):,} parts, more than {_LIMITS.max_entries:,}")
        if sum(info.file_size for info in infos) > _MAX_BYTES or sum(map(_xml_bytes, infos)) > _MAX_XML_BYTES:
            raise InputError(f"{name}: too large unpacked to be redacted")

    def root(self, entry: str) -> Any:
        """Return the root element of a part, always the same one; raises InputError as `parse_part` does."""
        if entry not in self._roots:
            self._roots[entry] = parse_part(self.archive, entry, self._name)
        return self._roots[entry]

    def parsed(self) -> list[tuple[str, Any]]:
        """Return the root of every part that was asked for, with its entry."""
        return list(self._roots.items())

    def touch(self, entry: str) -> None:
        """Note that a part's tree was changed."""
        self._changed.add(entry)

    def saved(self) -> bytes:
        """Return the file: changed parts from their trees, the content of every other entry as it was."""
        stream = io.BytesIO()
        try:
            with zipfile.ZipFile(stream, "w") as target:
                for info in self.archive.infolist():
                    if info.filename in self._changed:
                        tree = self._roots[info.filename].getroottree()
                        target.writestr(copy(info), etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True))
                    else:
                        with self.archive.open(info) as packed, target.open(copy(info), "w") as file:
                            shutil.copyfileobj(packed, file)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError):
            raise InputError(f"{self._name}: damaged Office file") from None
        return stream.getvalue()


def _xml_bytes(info: zipfile.ZipInfo) -> int:
    return info.file_size if info.filename.endswith((".xml", ".rels", ".vml")) else 0


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of text in a tree: an element's text, an attribute, or, of no element, text that stands for a mark.

    `written` is how a link writes the text, with escapes.
    """

    text: str
    element: Any = None
    attribute: str | None = None
    written: str = ""

    def edited(self, edits: Iterable[Edit]) -> str:
        """Return the text with edits, escaped as it was."""
        if self.written in ("", self.text):
            return edited(self.text, edits)
        return edited(self.written, escaped_edits(self.written, edits))


def local_name(tag: str) -> str:
    """Return the name of an element or attribute without its namespace."""
    return tag.rpartition("}")[2]


def joined(slots: Iterable[Slot]) -> str:
    """Return the text of slots."""
    return "".join(slot.text for slot in slots)


def write_slots(slots: Sequence[Slot], edits: Iterable[Edit]) -> list[Slot]:
    """Apply edits to the text of slots, and return those that changed.

    A replacement goes into the first slot that can take it, the others lose their share.
    """
    parts: list[list[Edit]] = [[] for _ in slots]
    starts = [0]
    for slot in slots:
        starts.append(starts[-1] + len(slot.text))
    for edit in edits:
        text = edit.text
        for at, slot in enumerate(slots):
            start, end = max(edit.start, starts[at]), min(edit.end, starts[at + 1])
            if start < end and slot.element is not None:
                parts[at].append(Edit(start - starts[at], end - starts[at], text))
                text = ""
    changed = [(slot, found) for slot, found in zip(slots, parts, strict=True) if found]
    for slot, found in changed:
        _write(slot, slot.edited(found))
    return [slot for slot, _ in changed]


def _write(slot: Slot, text: str) -> None:
    if slot.attribute is not None and slot.attribute.endswith(f"}}{STORED_DATE}"):
        slot.element.attrib.pop(slot.attribute, None)
        return
    if slot.attribute is not None:
        is_own = slot.attribute == "name" and local_name(slot.element.tag) in _OWN_NAME
        slot.element.set(slot.attribute, _own_name(slot.element, text) if is_own else text)
        return
    slot.element.text = text
    namespace, _, local = slot.element.tag.rpartition("}")
    if text != text.strip() and local in ("t", "delText", "instrText") and any(word in namespace for word in _KEEPS_SPACE):
        slot.element.set(_SPACE, "preserve")


def _own_name(element: Any, name: str) -> str:
    """Return a name that is neither empty nor that of another element beside this one: a number is added where it must."""
    taken = {each.get("name", "").casefold() for each in element.itersiblings()}
    taken |= {each.get("name", "").casefold() for each in element.itersiblings(preceding=True)} | {""}
    names = chain((name.strip(),), (f"{name.strip()}{number}" for number in count(2)))
    return next(each for each in names if each.casefold() not in taken)
