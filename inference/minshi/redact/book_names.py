"""Names that a workbook uses in other places: of cells, of tables, and of their columns, which are what the header cells say.

Where one is changed, all that refers to it changes with it; each stays unlike the others beside it, or the file would not open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from minshi.readers.extent import column_number
from minshi.readers.ooxml import WORKBOOK, related
from minshi.readers.sheets import column_name
from minshi.redact.formulas import renamed
from minshi.redact.loose import Loose
from minshi.redact.package import Package, Slot, joined, local_name
from minshi.redact.source import Patch

FORMULAS = frozenset(("f", "formula", "formula1", "formula2", "definedName", "calculatedColumnFormula", "totalsRowFormula"))
_REFERRING = FORMULAS | {"FmlaLink", "FmlaRange", "FmlaGroup", "FmlaTxbx", "FmlaPict"}  # the latter in old drawings
_REFERRING_ATTRIBUTES = ("textlink", "fmlaLink", "fmlaRange", "fmlaGroup", "fmlaTxbx", "linkedCell", "listFillRange")
_BUILT_IN = "_xlnm."
_DEFINED, _TABLE, _COLUMN = "Name", "Table", "列"  # what those are called, with a number, whose old name is not kept
_REF = re.compile(r"([A-Z]+)(\d+)(?::[A-Z]+(\d+))?")
_LINE_BREAK = "_x000a_"  # as the attribute of a column writes it


@dataclass(frozen=True)
class _Table:
    entry: str
    root: Any
    name: str  # as formulas call it, before it is changed

    def columns(self) -> list[Any]:
        return list(self.root.iter("{*}tableColumn"))

    def has_header(self) -> bool:
        return bool(self.root.get("headerRowCount") != "0")

    def headers(self) -> Iterator[tuple[str, Any]]:
        """Yield the cell of each header, and the column."""
        found = _REF.fullmatch(self.root.get("ref", ""))
        if found and self.has_header():
            yield from self._row(found[1], found[2])

    def totals(self) -> Iterator[tuple[str, Any]]:
        found = _REF.fullmatch(self.root.get("ref", ""))
        if found and found[3] and self.root.get("totalsRowCount", "0") != "0":
            yield from self._row(found[1], found[3])

    def _row(self, letters: str, row: str) -> Iterator[tuple[str, Any]]:
        left = column_number(letters) - 1
        for at, column in enumerate(self.columns()):
            yield f"{column_name(left + at)}{row}", column


class BookNames:
    """The names of a workbook, until it is written.

    Args:
        sheets: the part of each sheet by its name.
    """

    def __init__(self, package: Package, sheets: Mapping[str, str], name: str) -> None:
        self._package = package
        self._tables: dict[str, list[_Table]] = {}
        self._defined = [each for each in package.root(WORKBOOK).iter("{*}definedName") if not _is_built_in(each)]
        self._new: dict[str, str] = {}
        self._columns: dict[str, dict[str, str]] = {}
        for title, sheet in sheets.items():
            entries = [entry for kind, entry in related(package.archive, sheet, name) if kind.endswith("/table")]
            roots = [(entry, package.root(entry)) for entry in entries if entry in package.entries]
            self._tables[title] = [_Table(entry, root, root.get("displayName", "")) for entry, root in roots]

    def loose(self) -> Iterator[Loose]:
        """Yield the names that stand in no cell, each at a place for `rename`."""
        for number, element in enumerate(self._defined, start=1):
            yield Loose(f"{WORKBOOK}#name={number}", WORKBOOK, (Slot(element.get("name", ""), element, "name"),))
        for table in self._all_tables():
            both = dict.fromkeys((table.name, table.root.get("name", "")))
            yield Loose(f"{table.entry}#name", table.entry, (Slot("\n".join(both), table.root, "displayName"),))
            for number, column in enumerate(() if table.has_header() else table.columns(), start=1):
                slots = (Slot(column.get("name", ""), column, "name"),)
                yield Loose(f"{table.entry}#name={number}", table.entry, slots)

    def rename(self, loose: Loose, patch: Patch) -> None:
        """Give what has a finding in its name another one."""
        element = loose.slots[0].element
        self._package.touch(loose.entry)
        table = next((each for each in self._all_tables() if each.entry == loose.entry), None)
        if table is None:
            self._rename_cells(joined(loose.slots).casefold())
        elif element is table.root:
            new = self._new[table.name.casefold()] = self._free(_TABLE)
            table.root.set("displayName", new)
            table.root.set("name", new)
        else:
            self._rename_column(table, element, _distinct(patch, _others(table, element)).new)

    def _rename_cells(self, old: str) -> None:
        """Sheets may each have a name of their own that is the same: so it stays."""
        if old not in self._new:
            self._new[old] = self._free(_DEFINED)
        for element in self._defined:
            if element.get("name", "").casefold() == old:
                element.set("name", self._new[old])

    def _free(self, kind: str) -> str:
        taken = {element.get("name", "").casefold() for element in self._defined}
        taken |= {table.root.get("displayName", "").casefold() for table in self._all_tables()}
        return next(name for number in count(1) if (name := f"{kind}{number}").casefold() not in taken)

    def distinct(self, title: str, patches: Mapping[str, Patch]) -> dict[str, Patch]:
        """Return patches of cells by which no two headers of a table become one, nor any empty."""
        found = dict(patches)
        for table in self._tables.get(title, ()):
            headers = list(table.headers())
            taken = {_name(column).casefold() for cell, column in headers if cell not in found}
            for cell in (cell for cell, _ in headers if cell in found):
                found[cell] = _distinct(found[cell], taken)
                taken.add(found[cell].new.casefold())
        return found

    def follow(self, title: str, texts: Mapping[str, str]) -> None:
        """Call columns what their header cells say now: `texts` are those of the cells that were written."""
        for table in self._tables.get(title, ()):
            for cell, column in table.headers():
                if cell in texts:
                    self._rename_column(table, column, texts[cell])
            for cell, column in table.totals():
                if cell in texts and column.get("totalsRowLabel"):
                    column.set("totalsRowLabel", texts[cell])
                    self._package.touch(table.entry)

    def _rename_column(self, table: _Table, column: Any, new: str) -> None:
        self._columns.setdefault(table.name.casefold(), {})[_name(column).casefold()] = new
        column.set("name", new.replace("\n", _LINE_BREAK))
        self._package.touch(table.entry)

    def rewrite_references(self) -> None:
        """Write the new names wherever the workbook refers to one."""
        if not self._new and not self._columns:
            return
        for entry, root in self._package.parsed():
            for element in root.iter("*"):
                if self._rewrite(element):
                    self._package.touch(entry)

    def _rewrite(self, element: Any) -> bool:
        local = local_name(element.tag)
        before = (element.text, dict(element.attrib))
        if local in _REFERRING and element.text:
            element.text = renamed(element.text, self._new, self._columns)
        names = [name for name in _REFERRING_ATTRIBUTES if element.get(name)]
        if is_place_inside(element, "location"):
            names.append("location")
        for name in names:
            element.set(name, renamed(element.get(name), self._new, self._columns))
        if local == "worksheetSource" and (new := self._new.get(element.get("name", "").casefold())):
            element.set("name", new)
        if local == "slicerCacheDefinition" and (old := element.get("sourceName", "")):
            element.set("sourceName", next((new[old.casefold()] for new in self._columns.values() if old.casefold() in new), old))
        return before != (element.text, dict(element.attrib))

    def _all_tables(self) -> Iterator[_Table]:
        for tables in self._tables.values():
            yield from tables


def is_place_inside(element: Any, attribute: str) -> bool:
    """Tell the attribute of a link that names a place in the same workbook."""
    if attribute == "location":
        return bool(element.get(attribute)) and not any(key.endswith("}id") for key in element.attrib)
    return attribute == "Target" and bool(element.get(attribute, "").startswith("#"))


def _is_built_in(element: Any) -> bool:
    return bool(element.get("name", "").startswith(_BUILT_IN))


def _name(column: Any) -> str:
    return re.sub(_LINE_BREAK, "\n", column.get("name", ""), flags=re.IGNORECASE)


def _others(table: _Table, column: Any) -> set[str]:
    return {_name(each).casefold() for each in table.columns() if each is not column}


def _distinct(patch: Patch, taken: Iterable[str]) -> Patch:
    """Return a patch whose text is neither empty nor taken: a number follows what was put in last."""
    taken, last = set(taken), patch.edits[-1]
    if patch.new.strip() and patch.new.casefold() not in taken:
        return patch
    stem = last.text if patch.new.strip() else _COLUMN
    edits = (replace(patch, edits=[*patch.edits[:-1], replace(last, text=f"{stem}{number}")]) for number in count(2))
    return next(each for each in edits if each.new.casefold() not in taken)
