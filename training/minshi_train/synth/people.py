"""The people of a generated document: sex, age, name, home, kin. What is said of them twice is said the same way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

from minshi_train.synth.places import Place

Runs: TypeAlias = list[tuple[str, str]]  # pieces of text with their label, "" for none; one labelled piece is one span

_GROUP_SHARES = {"adult": 0.62, "elder": 0.24, "child": 0.14}
_AGES = {"child": (1, 15), "adult": (16, 59), "elder": (60, 98)}
_MALE = {
    "father": True,
    "son": True,
    "grandpa": True,
    "brother": True,
    "mother": False,
    "daughter": False,
    "grandma": False,
    "sister": False,
}
_SAME_SURNAME = ("father", "son", "daughter", "child", "grandpa", "brother", "sister")
_YEARS_OLDER = {"father": 27, "mother": 25, "grandpa": 52, "grandma": 50, "son": -27, "daughter": -26, "child": -28}


@dataclass(slots=True, eq=False)
class Person:
    """Somebody in one document; `memo` keeps what was said of them, `kin` who they are related to."""

    male: bool
    age: int
    kind: str
    surname: str
    place: Place
    village: str
    name: str = ""
    memo: dict[str, Runs] = field(default_factory=dict)
    kin: dict[str, Person] = field(default_factory=dict)

    @property
    def sex(self) -> str:
        """`m` or `f`, as the conditions of lexicons write it."""
        return "m" if self.male else "f"

    @property
    def group(self) -> str:
        """The age group of lexicon conditions."""
        return next(group for group, (_, oldest) in _AGES.items() if self.age <= oldest) if self.age < 99 else "elder"


Speak: TypeAlias = Callable[[str, Person], str]  # expands an unmarked symbol for a person


def new_person(rng: Random, place: Place, kinds: Mapping[str, float], speak: Speak) -> Person:
    """Return a stranger who lives in `place`; `kinds` weighs the kinds of name."""
    group = rng.choices(list(_GROUP_SHARES), list(_GROUP_SHARES.values()))[0]
    person = Person(
        male=rng.random() < 0.5,
        age=rng.randint(*_AGES[group]),
        kind=rng.choices(list(kinds), list(kinds.values()))[0],
        surname="",
        place=place,
        village=rng.choice(place.villages),
    )
    return _named(rng, person, speak)


def relative(rng: Random, person: Person, relation: str, speak: Speak) -> Person:
    """Return the one relative of that relation, made on first mention; kin of kin are not tied together."""
    if relation not in person.kin:
        older = _YEARS_OLDER.get(relation, 0)
        male = not person.male if relation == "spouse" else _MALE.get(relation, rng.random() < 0.5)
        age = max(18, person.age + rng.randint(-4, 4)) if relation == "spouse" else person.age + older + rng.randint(-4, 6)
        kin = Person(
            male=male,
            age=min(98, max(1, age)),
            kind=person.kind,
            surname=person.surname if relation in _SAME_SURNAME else "",
            place=person.place,
            village=person.village,
        )
        person.kin[relation] = _named(rng, kin, speak)
    return person.kin[relation]


def _named(rng: Random, person: Person, speak: Speak) -> Person:
    if person.kind == "han" or person.kind == "compound":
        symbol = "surname" if person.kind == "han" else "surname_compound"
        person.surname = person.surname or speak(symbol, person)
        person.name = person.surname + speak("given", person)
    else:
        person.name = speak(person.kind, person)
        person.surname = person.surname or person.name[0]
    return person
