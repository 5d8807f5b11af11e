"""Templates into text with spans: one Writer a document, which remembers its place, its people and its habits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from random import Random

from minshi_train.synth.facts import FACTS, chinese_number, money
from minshi_train.synth.grammar import RELATIONS, Choice, Each, Grammar, Mark, Node, Slot, Table
from minshi_train.synth.people import Person, Runs, new_person, relative
from minshi_train.synth.places import Divisions, Place
from minshi_train.synth.tables import lay_out_form, lay_out_table, plain

_YEARS = (2006, 2026)
_DROPPED_COLUMNS = (0.0, 0.0, 0.2, 0.4)


class Writer:
    """Writes one document: everything random comes from `rng`, so the same state writes the same document."""

    def __init__(self, rng: Random, lexicon: Lexicon, divisions: Divisions, name_kinds: Mapping[str, float]) -> None:
        self.rng = rng
        self.place = divisions.draw(rng)
        self.year = rng.randint(*_YEARS)
        self._lexicon = lexicon
        self._divisions = divisions
        self._name_kinds = name_kinds
        self._habits: dict[str, str] = {}

    def write(self, template: Node) -> Runs:
        """Expand a template."""
        return self._expand(template, None, {}, 0)

    def habit(self, name: str, draw: Callable[[], str]) -> str:
        """Return what this document always does, drawn when first asked."""
        if name not in self._habits:
            self._habits[name] = draw()
        return self._habits[name]

    def distant_place(self) -> Place:
        """Return a place that is not tied to the document."""
        return self._divisions.draw(self.rng)

    def speak(self, symbol: str, person: Person) -> str:
        """Expand an unmarked symbol for a person."""
        return plain(self._symbol(symbol, person))

    def _expand(self, node: Node, person: Person | None, people: dict[str, Person], row: int) -> Runs:
        runs: Runs = []
        for part in node:
            if isinstance(part, str):
                runs.append((part, ""))
            elif isinstance(part, Slot):
                runs += self._slot(part, person, people, row)
            elif isinstance(part, Choice):
                runs += self._expand(self.rng.choice(part.options), person, people, row)
            elif isinstance(part, Mark):
                runs.append((plain(self._expand(part.body, person, people, row)), part.label))
            elif isinstance(part, Each):
                runs += self._each(part, person, people)
            else:
                runs += self._table(part, person, people)
        return runs

    def _slot(self, slot: Slot, person: Person | None, people: dict[str, Person], row: int) -> Runs:
        if slot.bounds:
            return [(self._number(slot.name, *slot.bounds), "")]
        if slot.name == "i":
            return [(str(row), "")]
        if not slot.path:
            return self._symbol(slot.name, person or self._stranger())
        whose = person
        for step in slot.path:
            if step in RELATIONS:
                whose = relative(self.rng, whose or self._stranger(), step, self.speak)
            else:
                whose = people.get(step) or people.setdefault(step, self._stranger())
        if whose is None:
            raise ValueError(f"{{{slot.key}}} leads to nobody")
        memo_key = slot.key.rpartition(".")[2]
        if memo_key not in whose.memo:
            whose.memo[memo_key] = self._symbol(slot.name, whose)
        return whose.memo[memo_key]

    def _symbol(self, name: str, person: Person) -> Runs:
        if name in FACTS:
            return FACTS[name](self, person)
        share, words = self._lexicon.words.get(name, (0.0, ()))
        if words and self.rng.random() < share:
            return [(self.rng.choice(words), "")]
        bodies, weights = self._lexicon.fitting(name, person)
        return self._expand(self.rng.choices(bodies, cum_weights=weights)[0], person, {}, 0)

    def _number(self, kind: str, low: int, high: int) -> str:
        if kind == "money":
            return money(self.rng, low, high)
        number = self.rng.randint(low, high)
        return chinese_number(number) if kind == "cn" else str(number)

    def _stranger(self) -> Person:
        return new_person(self.rng, self.place, self._name_kinds, self.speak)

    def _each(self, block: Each, person: Person | None, people: dict[str, Person]) -> Runs:
        runs: Runs = []
        for row in range(1, self.rng.randint(block.low, block.high) + 1):
            if row > 1:
                runs.append((block.separator, ""))
            runs += self._expand(block.body, person, dict(people), row)
        return runs

    def _table(self, table: Table, person: Person | None, people: dict[str, Person]) -> Runs:
        dropped = self.rng.choice(_DROPPED_COLUMNS)
        columns = [column for column in table.columns if column.fixed or self.rng.random() >= dropped]
        headers = [plain(self._expand(column.header, person, people, 0)) for column in columns]
        rows = []
        for row in range(1, self.rng.randint(table.low, table.high) + 1):
            scope = people if table.is_form else dict(people)
            rows.append([self._expand(column.cell, person, scope, row) for column in columns])
        return lay_out_form(self.rng, headers, rows[0]) if table.is_form else lay_out_table(self.rng, headers, rows)


class Lexicon:
    """The symbols, with the choice among alternatives prepared for every kind of person."""

    def __init__(self, grammar: Grammar, words: Mapping[str, tuple[float, Sequence[str]]] | None = None) -> None:
        self.words = dict(words or {})
        self._grammar = grammar
        self._fitting: dict[tuple[str, str, str], tuple[list[Node], list[int]]] = {}

    def fitting(self, symbol: str, person: Person) -> tuple[list[Node], list[int]]:
        """Return what may be said of such a person, with cumulative weights; everything, where nothing fits."""
        key = (symbol, person.sex, person.group)
        if key not in self._fitting:
            every = self._grammar[symbol]
            fitting = [each for each in every if each.fits(person.sex, person.group)] or every
            self._fitting[key] = ([each.body for each in fitting], list(accumulate(each.weight for each in fitting)))
        return self._fitting[key]
