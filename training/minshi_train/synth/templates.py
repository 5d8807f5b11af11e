"""Templates: whole documents with slots, `=== id | genre | form` before each, in the language of `grammar.py`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from minshi.errors import InputError
from minshi_train.synth.facts import FACTS
from minshi_train.synth.grammar import NUMBERS, Alternative, Node, check, is_negative, marks, parse, read_lexicon, slots

FORMS = ("prose", "list", "kv", "table", "mixed")
_PAIRS = "confusions.txt"  # pairs of characters, not symbols


@dataclass(frozen=True, slots=True)
class Template:
    """A document to be filled in; `negative` when it holds nothing to find."""

    id: str
    genre: str
    form: str
    body: Node
    negative: bool


def load_grammar(folder: Path, labels: Collection[str]) -> dict[str, tuple[Alternative, ...]]:
    """Read every lexicon of a folder into one grammar and check it.

    Raises:
        InputError: a file does not parse, a symbol is written in two files, is unknown, leads to itself, or breaks the
            contract of case (upper case carries marks, lower case none).
    """
    grammar: dict[str, tuple[Alternative, ...]] = {}
    for path in sorted(folder.glob("*.txt")):
        if path.name == _PAIRS:
            continue
        for name, alternatives in read_lexicon(path).items():
            if name in grammar or name in FACTS:
                raise InputError(f"{path}: symbol {name} is written twice")
            if not alternatives:
                raise InputError(f"{path}: symbol {name} has no alternative")
            grammar[name] = alternatives
    if not grammar:
        raise InputError(f"{folder}: no lexicon (*.txt)")
    _check_grammar(grammar, folder, labels)
    return grammar


def read_confusions(folder: Path) -> dict[str, dict[str, str]]:
    """Read the pairs of characters that are taken for one another, `:: kind` before each list."""
    path = folder / _PAIRS
    tables: dict[str, dict[str, str]] = {}
    kind = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith(":: "):
            kind = line[3:].strip()
        elif line.strip() and not line.startswith("#"):
            pair = line.split()
            if len(pair) != 2 or any(len(char) != 1 for char in pair) or not kind:
                raise InputError(f"{path}:{number}: expected two characters")
            tables.setdefault(kind, {})[pair[0]] = pair[1]
    return tables


def load_templates(folder: Path, grammar: Collection[str], labels: Collection[str]) -> list[Template]:
    """Read every template of a folder, in order of file and place; raises InputError naming file and line."""
    known = {*grammar, *FACTS, *NUMBERS, "i"}
    templates: dict[str, Template] = {}
    for path in sorted(folder.glob("*.txt")):
        for number, header, text in _sections(path):
            fields = [field.strip() for field in header.split("|")]
            try:
                if len(fields) != 3 or fields[2] not in FORMS:
                    raise ValueError(f"expected `=== id | genre | form`, form one of {', '.join(FORMS)}")
                if fields[0] in templates:
                    raise ValueError(f"template {fields[0]} occurs twice")
                body = parse(text)
                check(body, known, set(labels))
            except ValueError as err:
                raise InputError(f"{path}:{number}: {err}") from None
            templates[fields[0]] = Template(fields[0], fields[1], fields[2], body, is_negative(body))
    if not templates:
        raise InputError(f"{folder}: no template (*.txt)")
    return list(templates.values())


def _sections(path: Path) -> Iterator[tuple[int, str, str]]:
    header, start, lines = "", 0, list[str]()
    for number, line in enumerate([*path.read_text(encoding="utf-8").splitlines(), "=== "], start=1):
        if line.startswith("=== "):
            if header:
                yield start, header, "\n".join(lines).strip("\n")
            header, start, lines = line[4:], number, []
        elif header:
            lines.append(line)


def _check_grammar(grammar: dict[str, tuple[Alternative, ...]], folder: Path, labels: Collection[str]) -> None:
    known = {*grammar, *FACTS, *NUMBERS}
    uses: dict[str, set[str]] = {}
    for name, alternatives in grammar.items():
        for place, alternative in enumerate(alternatives, start=1):
            try:
                check(alternative.body, known, set(labels))
                if is_negative(alternative.body) == name.isupper():
                    raise ValueError("an UPPER-CASE symbol must carry a mark and a lower-case one must not")
            except ValueError as err:
                raise InputError(f"{folder}: symbol {name}, alternative {place}: {err}") from None
            uses.setdefault(name, set()).update(slot.name for slot, _ in slots(alternative.body))
            uses[name].update(slot.name for mark in marks(alternative.body) for slot, _ in slots(mark.body))
    for name in grammar:
        _refuse_loop(name, uses, folder, ())


def _refuse_loop(name: str, uses: dict[str, set[str]], folder: Path, above: tuple[str, ...]) -> None:
    if name in above:
        raise InputError(f"{folder}: symbol {name} leads to itself ({' -> '.join([*above, name])})")
    for used in sorted(uses.get(name, ())):
        _refuse_loop(used, uses, folder, (*above, name))
