"""The language of lexicons and templates: text with slots, choices, marks and blocks, parsed once into a tree.

    {symbol} {a.symbol} {a.spouse.NAME#2}   a slot, for nobody in particular, for a person, for a relative
    {n:2-9} {cn:2-9} {money:500-2000}       numbers
    [one|two|]                              a choice
    ⟦HEALTH|...⟧                            a span to be found
    <<each 3-8 SEP|...>>                    a repetition; <<table 3-8|...>> and <<kv|...>> hold a line `header = cell` each

An UPPER-CASE symbol carries marks, a lower-case one never does; `templates.load_grammar` holds lexicons to that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from minshi.errors import InputError

RELATIONS = ("spouse", "father", "mother", "son", "daughter", "child", "grandpa", "grandma", "brother", "sister")
AGE_GROUPS = ("child", "adult", "elder")
NUMBERS = ("n", "cn", "money")

_CONDITIONS = frozenset(("m", "f", *AGE_GROUPS))
_SLOT = re.compile(r"(?P<path>[A-Za-z_.0-9]+)(?::(?P<low>\d+)-(?P<high>\d+))?(?:#\d+)?")
_BLOCK = re.compile(r"<<(?:each (?P<each>\d+-\d+) (?P<sep>[^|]*)|table (?P<table>\d+-\d+)|(?P<kv>kv))\|")
_ESCAPES = {"n": "\n", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Slot:
    """`{a.spouse.NAME}`: the symbol `name` for the person at the end of `path`; `key` tells equal slots apart."""

    path: tuple[str, ...]
    name: str
    key: str
    bounds: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several texts."""

    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A span of a label."""

    label: str
    body: Node


@dataclass(frozen=True, slots=True)
class Each:
    """A body repeated `low` to `high` times, with a separator between."""

    low: int
    high: int
    separator: str
    body: Node


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, or a field of a form; `fixed` ones are never dropped."""

    header: Node
    cell: Node
    fixed: bool


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under headers; a form (`kv`) is the one-row case with a layout of its own."""

    low: int
    high: int
    columns: tuple[Column, ...]
    is_form: bool


Node: TypeAlias = "tuple[str | Slot | Choice | Mark | Each | Table, ...]"


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to write a symbol, for persons that meet every condition (sex, age group)."""

    body: Node
    weight: int = 1
    conditions: frozenset[str] = frozenset()

    def fits(self, sex: str, group: str) -> bool:
        """Say whether it can be said of such a person."""
        sexes, groups = self.conditions & {"m", "f"}, self.conditions & set(AGE_GROUPS)
        return (not sexes or sex in sexes) and (not groups or group in groups)


Grammar: TypeAlias = Mapping[str, tuple[Alternative, ...]]


def parse(text: str) -> Node:
    """Parse an expression; raises ValueError that says what is wrong and near which characters."""
    node, end = _parse(text, 0, "")
    if end != len(text):
        raise ValueError(f"unexpected {text[end]!r} near {text[max(0, end - 12) : end + 12]!r}")
    return node


def read_lexicon(path: Path) -> dict[str, tuple[Alternative, ...]]:
    """Read `:: symbol` sections of one alternative a line; raises InputError naming file and line."""
    symbols: dict[str, list[Alternative]] = {}
    name = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith(":: "):
            name = line[3:].strip()
            symbols.setdefault(name, [])
            continue
        try:
            if not name:
                raise ValueError("text before the first `:: symbol`")
            symbols[name].append(_alternative(line))
        except ValueError as err:
            raise InputError(f"{path}:{number}: {err}") from None
    return {name: tuple(alternatives) for name, alternatives in symbols.items()}


def slots(node: Node) -> Iterator[tuple[Slot, bool]]:
    """Yield every slot of a tree, with whether it stands inside a mark."""
    for part in node:
        match part:
            case Slot():
                yield part, False
            case Choice(options):
                for option in options:
                    yield from slots(option)
            case Mark(body=body):
                yield from ((slot, True) for slot, _ in slots(body))
            case Each(body=body):
                yield from slots(body)
            case Table(columns=columns):
                for column in columns:
                    yield from slots(column.header)
                    yield from slots(column.cell)


def marks(node: Node) -> Iterator[Mark]:
    """Yield every mark that is written out in a tree."""
    for part in node:
        match part:
            case Mark(body=body):
                yield part
                yield from marks(body)
            case Choice(options):
                for option in options:
                    yield from marks(option)
            case Each(body=body):
                yield from marks(body)
            case Table(columns=columns):
                for column in columns:
                    yield from marks(column.cell)


def check(node: Node, symbols: set[str], labels: set[str]) -> None:
    """Raise ValueError where a tree names an unknown symbol or label, or lets marks nest."""
    for slot, marked in slots(node):
        if slot.name not in symbols:
            raise ValueError(f"unknown symbol {{{slot.key}}}")
        if marked and slot.name.isupper():
            raise ValueError(f"{{{slot.key}}} carries marks and stands inside a mark")
    for mark in marks(node):
        if mark.label not in labels:
            raise ValueError(f"unknown label {mark.label!r}")
        if any(True for _ in marks(mark.body)):
            raise ValueError(f"a mark inside a {mark.label} mark")


def is_negative(node: Node) -> bool:
    """Say whether a tree holds nothing to find: no mark and no symbol that carries one."""
    return not any(True for _ in marks(node)) and not any(slot.name.isupper() for slot, _ in slots(node))


def _alternative(line: str) -> Alternative:
    weight, conditions = 1, set()
    while (word := line.split(" ", 1)[0])[:1] in ("@", "*") and " " in line:
        if word[0] == "*" and word[1:].isdigit():
            weight = int(word[1:])
        elif word[1:] in _CONDITIONS:
            conditions.add(word[1:])
        else:
            break
        line = line.split(" ", 1)[1]
    return Alternative(parse(line.strip(" ")), weight, frozenset(conditions))


def _parse(text: str, at: int, stops: str) -> tuple[Node, int]:
    parts: list[str | Slot | Choice | Mark | Each | Table] = []
    plain: list[str] = []

    def flush() -> None:
        if plain:
            parts.append("".join(plain))
            plain.clear()

    while at < len(text) and not _stopped(text, at, stops):
        char = text[at]
        if char == "\\" and at + 1 < len(text):
            plain.append(_ESCAPES.get(text[at + 1], text[at + 1]))
            at += 2
        elif char == "{" or char == "[" or char == "⟦" or text.startswith("<<", at):
            flush()
            part, at = _construct(text, at)
            parts.append(part)
        else:
            plain.append(char)
            at += 1
    flush()
    return tuple(parts), at


def _stopped(text: str, at: int, stops: str) -> bool:
    return text.startswith(">>", at) if stops == ">>" else text[at] in stops


def _construct(text: str, at: int) -> tuple[Slot | Choice | Mark | Each | Table, int]:
    near = repr(text[at : at + 24])
    if text[at] == "{":
        end = text.find("}", at)
        found = _SLOT.fullmatch(text[at + 1 : end]) if end > 0 else None
        if not found:
            raise ValueError(f"not a slot near {near}")
        *path, name = found["path"].split(".")
        bounds = (int(found["low"]), int(found["high"])) if found["low"] else None
        if (name in NUMBERS) != (bounds is not None):
            raise ValueError(f"n, cn and money take bounds and nothing else does, near {near}")
        return Slot(tuple(path), name, text[at + 1 : end], bounds), end + 1
    if text[at] == "[":
        options = []
        while at < len(text) and text[at] in "[|":
            node, at = _parse(text, at + 1, "|]")
            options.append(node)
        if at >= len(text):
            raise ValueError(f"[ without ] near {near}")
        return Choice(tuple(options)), at + 1
    if text[at] == "⟦":
        label, separator, _ = text[at + 1 :].partition("|")
        body, end = _parse(text, at + len(label) + 2, "⟧")
        if not separator or end >= len(text):
            raise ValueError(f"⟦ without | or ⟧ near {near}")
        return Mark(label, body), end + 1
    return _block(text, at)


def _block(text: str, at: int) -> tuple[Each | Table, int]:
    near = repr(text[at : at + 24])
    opening = _BLOCK.match(text, at)
    if not opening:
        raise ValueError(f"neither each, table nor kv near {near}")
    if opening["each"]:
        body, end = _parse(text, opening.end(), ">>")
        if end >= len(text):
            raise ValueError(f"<< without >> near {near}")
        separator = re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), opening["sep"])
        return Each(*_bounds(opening["each"]), separator, body), end + 2
    end = text.find(">>", opening.end())
    if end < 0:
        raise ValueError(f"<< without >> near {near}")
    lines = [line for line in text[opening.end() : end].split("\n") if line.strip()]
    bounds = _bounds(opening["table"]) if opening["table"] else (1, 1)
    return Table(*bounds, tuple(_column(line) for line in lines), is_form=bool(opening["kv"])), end + 2


def _column(line: str) -> Column:
    header, separator, cell = line.partition(" = ")
    if not separator and line.endswith(" ="):
        header = line[:-2]
    elif not separator:
        raise ValueError(f"a column needs `header = cell`: {line[:24]!r}")
    return Column(parse(header.removeprefix("!").strip()), parse(cell.strip()), fixed=header.startswith("!"))


def _bounds(text: str) -> tuple[int, int]:
    low, high = (int(number) for number in text.split("-"))
    if not 0 < low <= high:
        raise ValueError(f"{text} is no range")
    return low, high
