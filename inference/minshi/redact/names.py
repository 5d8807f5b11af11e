"""Names in a Word file that others of its places refer to: of bookmarks, form fields and styles.

One that holds a finding changes everywhere alike, and to what no strategy makes: it must stay unique, of letters and digits.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import unquote

from minshi.redact.loose import Loose, roots
from minshi.redact.package import Package, Slot, joined, local_name
from minshi.redact.source import Edit, Patch, Patches

_STYLES = ("pStyle", "rStyle", "tblStyle", "basedOn", "next", "link", "numStyleLink", "styleLink", "clickAndTypeStyle")
_BOOKMARKS = {"bookmarkStart": "name", "hyperlink": "anchor", "Relationship": "Target"}
_HOLDERS = {  # the attribute that holds a name, by its element
    **_BOOKMARKS,
    "style": "styleId",
    "name": "val",
    **dict.fromkeys((*_STYLES, "defaultTableStyle"), "val"),
}
_BY_WORD = re.compile(r"_(?:Toc|Ref|Hlk|Hlt|GoBack|MON_)\d*", re.IGNORECASE)  # bookmarks that Word makes and numbers
_INSTRUCTIONS = frozenset(("instrText", "delInstrText", "instr", "Target"))
_BEFORE = r'(?<![^\s"“”#,;=(])(?<![^\s"]=)'  # what stands before a name in an instruction: = only as in {=附件}, not in a link
_AFTER = r'(?![^\s"“”,;=)\\])'


@dataclass(frozen=True, slots=True)
class _Use:
    """An attribute that holds a name and nothing else, but the # of a link."""

    entry: str
    slot: Slot

    def is_style(self) -> bool:
        local = local_name(self.slot.element.tag)
        return local not in _BOOKMARKS and not (local == "name" and local_name(self.slot.element.getparent().tag) == "ffData")

    def write(self, name: str) -> None:
        self.slot.element.set(self.slot.attribute, f"#{name}" if local_name(self.slot.element.tag) == "Relationship" else name)


@dataclass
class Names:
    """The names of a file with all their uses, and the instructions of fields and links that may mention them."""

    package: Package
    instructions: Mapping[str, Loose]  # by place
    _uses: dict[str, list[_Use]] = field(default_factory=dict)  # by name; Word does not tell upper from lower case

    def __post_init__(self) -> None:
        for use in _uses(self.package):
            self._uses.setdefault(use.slot.text.casefold(), []).append(use)

    def loose(self) -> Iterator[Loose]:
        """Yield each name once; that of a style is a code, for all that a tagger reads into Heading 1 Char."""
        for name, uses in self._uses.items():
            is_code = _BY_WORD.fullmatch(name) is not None or all(map(_Use.is_style, uses))
            yield Loose(_place(name), uses[0].entry, (uses[0].slot,), is_code=is_code)

    def applied(self, patches: Patches) -> Patches:
        """Change the names that patches touch, and return the patches of all other places, with these changes in them."""
        new = dict(zip(self._touched(patches), self._unused(), strict=False))
        for old, name in new.items():
            for use in self._uses[old]:
                use.write(name)
                self.package.touch(use.entry)
        places = {_place(name) for name in self._uses}
        rest = {place: patch for place, patch in patches.items() if place not in places}
        for place, loose in self.instructions.items() if new else ():
            text = joined(loose.slots)
            if changes := [Edit(start, end, new[name]) for name, start, end in _mentions(text, new)]:
                edits = rest[place].edits if place in rest else ()
                rest[place] = Patch(text, sorted((*changes, *_beside(edits, changes)), key=lambda edit: edit.start))
        return rest

    def _touched(self, patches: Patches) -> Iterator[str]:
        """Yield the names that patches change, or would in an instruction."""
        found = {name: None for name in self._uses if _place(name) in patches}
        for place, loose in self.instructions.items():
            edits = patches[place].edits if place in patches else ()
            mentions = _mentions(joined(loose.slots), self._uses) if edits else ()
            found |= {name: None for name, start, end in mentions if any(_meet(edit, start, end) for edit in edits)}
        yield from found

    def _unused(self) -> Iterator[str]:
        return (name for name in (f"name{number}" for number in count(1)) if name not in self._uses)


def instructions(found: Iterable[Loose]) -> dict[str, Loose]:
    """Return what of the text out of sight is an instruction of a field or the target of a link, by its place."""
    return {loose.place: loose for loose in found if _INSTRUCTIONS & set(map(_kind, loose.slots))}


def _kind(slot: Slot) -> str:
    return local_name(slot.attribute or slot.element.tag)


def _uses(package: Package) -> Iterator[_Use]:
    for entry, root in roots(package):
        for element in root.iter(*(f"{{*}}{local}" for local in _HOLDERS)):
            for attribute, value in element.attrib.items():
                if local_name(attribute) == _HOLDERS[local_name(element.tag)] and value.strip() and _is_name(element, value):
                    name = unquote(value[1:]) if local_name(attribute) == "Target" else value
                    yield _Use(entry, Slot(name, element, attribute))


def _is_name(element: Any, value: str) -> bool:
    """Tell a name from a link to another file, and from the names of Word's own styles, which are more than names."""
    local, above = local_name(element.tag), element.getparent()
    if local == "Relationship":
        return value.startswith("#") and element.get("TargetMode") != "External"
    if local == "name":
        parent = "" if above is None else local_name(above.tag)
        return parent == "ffData" or (parent == "style" and _is_custom(above))
    return True


def _is_custom(style: Any) -> bool:
    return any(
        local_name(attribute) == "customStyle" and value in ("1", "true", "on") for attribute, value in style.attrib.items()
    )


def _mentions(text: str, names: Collection[str]) -> Iterator[tuple[str, int, int]]:
    """Yield (name, start, end) of names in an instruction, as the second word of REF 附件 \\h."""
    words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    for match in re.finditer(f"{_BEFORE}(?:{words}){_AFTER}", text, re.IGNORECASE) if words else ():
        if (name := match[0].casefold()) in names:
            yield name, *match.span()


def _beside(edits: Sequence[Edit], changes: Sequence[Edit]) -> Iterator[Edit]:
    """Yield the edits that meet no change of a name."""
    return (edit for edit in edits if not any(_meet(edit, change.start, change.end) for change in changes))


def _meet(edit: Edit, start: int, end: int) -> bool:
    return edit.start < end and start < edit.end


def _place(name: str) -> str:
    return f"name={name}"
