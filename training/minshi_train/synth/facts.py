"""The symbols that are computed, not written in a lexicon: names, addresses, dates, numbers. Lower case is unmarked here too."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Protocol

from minshi.rules.checksums import mod_11_2
from minshi_train.synth.people import Person, Runs
from minshi_train.synth.places import Place

_DIGITS = "零一二三四五六七八九"
_FULLWIDTH_SPACE = "　"


class Scene(Protocol):
    """What a fact may look at: the document's place and year, its dice, its habits, and the lexicons."""

    rng: Random
    place: Place
    year: int

    def habit(self, name: str, draw: Callable[[], str]) -> str: ...
    def speak(self, symbol: str, person: Person) -> str: ...
    def distant_place(self) -> Place: ...


Fact = Callable[[Scene, Person], Runs]


def chinese_number(number: int) -> str:
    """Write 0 to 9999 in Chinese numerals: 12 -> 十二, 105 -> 一百零五."""
    if number < 10:
        return _DIGITS[number]
    text, zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            text += ("零" if zero and text else "") + _DIGITS[digit] + name
        zero = not digit
    return text.removeprefix("一") if text.startswith("一十") else text


def money(rng: Random, low: int, high: int) -> str:
    """Write an amount without its 元: 3200, 3,200.00, 1.2万."""
    amount = rng.randint(low, high)
    if amount >= 10000 and rng.random() < 0.5:
        return f"{amount / 10000:.1f}".rstrip("0").rstrip(".") + "万"
    amount = amount if amount < 200 or rng.random() < 0.3 else round(amount, -2)
    return rng.choice((f"{amount}", f"{amount}", f"{amount:,}", f"{amount}.00", f"{amount:,}.00"))


def _name(scene: Scene, person: Person) -> str:
    if len(person.name) == 2 and scene.habit("padding", lambda: scene.rng.choice([""] * 12 + [" ", _FULLWIDTH_SPACE, "  "])):
        return person.name[0] + scene.habit("padding", str) + person.name[1]
    return person.name


def _masked(scene: Scene, person: Person) -> str:
    surname, rest = person.surname, max(1, len(person.name) - len(person.surname))
    styles = {
        "mou": surname + "某" * min(rest, 2),
        "some": surname + "某",
        "star": surname + "*" * rest,
        "cross": surname + "×" * rest,
    }
    styles["middle"] = surname + "*" * (rest - 1) + person.name[-1] if rest > 1 else surname + "*"
    styles["first"] = "*" + person.name[1:]
    style = scene.habit("mask", lambda: scene.rng.choice(list(styles)))
    return styles[style]


def _home_levels(scene: Scene, person: Person) -> list[str]:
    """Return the parts of a home address from the province to the finest."""
    urban = person.place.town.endswith("街道") or scene.rng.random() < 0.12
    street = scene.speak("urban_tail" if urban else "rural_tail", person)
    named_village = scene.rng.random() < 0.35 if urban else True
    return [*person.place.levels(), *([person.village] if named_village else []), street]


def _home(scene: Scene, person: Person) -> str:
    parts = _home_levels(scene, person)
    first = scene.habit("home", lambda: scene.rng.choice("000112223334"))  # a list writes all its addresses alike
    start = min(int(first) if scene.rng.random() < 0.8 else scene.rng.randint(0, 4), len(parts) - 2)
    end = len(parts) - (1 if scene.rng.random() < 0.25 else 0)
    return "".join(parts[start : max(end, start + 1)])


def _village(scene: Scene, person: Person) -> str:
    start = scene.rng.choice((person.place.county, person.place.town, person.place.town, "", "", ""))
    town = person.place.town if start == person.place.county else ""
    return start + town + person.village + scene.rng.choice(("", "", scene.speak("group", person)))


def _native(scene: Scene, person: Person) -> str:
    place = scene.distant_place() if scene.rng.random() < 0.6 else person.place
    city = place.city if len(place.levels()) > 3 else ""
    return scene.rng.choice(
        (
            place.province_short + place.county_short,
            place.province + place.county,
            place.province_short + place.county_short,
            place.province + city,
            place.province + city + place.county,
            (place.city_short if city else place.province_short) + place.county_short,
            place.province_short,
            place.county,
        )
    )


def _date(scene: Scene) -> str:
    rng, year, month, day = scene.rng, scene.year, scene.rng.randint(1, 12), scene.rng.randint(1, 28)
    style = scene.habit("date", lambda: rng.choice("cccccdsp"))
    if style == "c":
        return f"{year}年{month}月{day}日"
    return {"d": f"{year}-{month:02}-{day:02}", "s": f"{year}/{month}/{day}", "p": f"{year}.{month:02}.{day:02}"}[style]


def _birth(scene: Scene, person: Person, style: str) -> str:
    rng, year = scene.rng, scene.year - person.age
    month, day = rng.randint(1, 12), rng.randint(1, 28)
    if style == "year":
        return str(year)
    return rng.choice((f"{year}年{month}月{day}日", f"{year}年{month}月", f"{year}.{month:02}", f"{year}-{month:02}-{day:02}"))


def _identity(scene: Scene, person: Person) -> str:
    rng = scene.rng
    region = f"{rng.randint(11, 65)}{rng.randint(1, 29):02}{rng.randint(1, 29):02}"
    stem = f"{region}{scene.year - person.age}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    number = stem + f"{rng.randint(0, 49):02}{rng.randint(0, 4) * 2 + person.male}"
    number += mod_11_2(number)
    shown = scene.habit("identity", lambda: rng.choice(("whole", "whole", "middle", "tail")))
    return {"whole": number, "middle": f"{number[:6]}********{number[14:]}", "tail": f"{number[:14]}****"}[shown]


def _phone(scene: Scene) -> str:
    number = f"1{scene.rng.choice('35789')}{scene.rng.randint(10**8, 10**9 - 1)}"
    shown = scene.habit("phone", lambda: scene.rng.choice(("whole", "whole", "masked")))
    return number if shown == "whole" else f"{number[:3]}****{number[7:]}"


def _office_phone(scene: Scene) -> str:
    area = scene.habit("area", lambda: f"0{scene.rng.randint(310, 999)}")
    return area + scene.rng.choice("--—－") + str(scene.rng.randint(2 * 10**6, 9 * 10**6))


def _plain(write: Callable[[Scene, Person], str]) -> Fact:
    return lambda scene, person: [(write(scene, person), "")]


def _marked(label: str, write: Callable[[Scene, Person], str]) -> Fact:
    return lambda scene, person: [(write(scene, person), label)]


FACTS: dict[str, Fact] = {
    "NAME": _marked("NAME", _name),
    "HOME": _marked("ADDRESS", _home),
    "HOME_FULL": _marked("ADDRESS", lambda scene, person: "".join(_home_levels(scene, person))),
    "VILLAGE": _marked("ADDRESS", _village),
    "NATIVE": _marked("ADDRESS", _native),
    "ROOM": _marked("ADDRESS", lambda scene, person: scene.speak("room", person)),
    "name": _plain(lambda scene, person: person.name),
    "xing": _plain(lambda scene, person: person.surname),
    "sex": _plain(lambda scene, person: "男" if person.male else "女"),
    "he": _plain(lambda scene, person: "他" if person.male else "她"),
    "age": _plain(lambda scene, person: str(person.age)),
    "birthyear": _plain(lambda scene, person: _birth(scene, person, "year")),
    "birthdate": _plain(lambda scene, person: _birth(scene, person, "date")),
    "ethnic": _plain(lambda scene, person: scene.speak("ethnic_group", person)),
    "idnumber": _plain(_identity),
    "phone": _plain(lambda scene, person: _phone(scene)),
    "bankcard": _plain(lambda scene, person: f"62{scene.rng.randint(10**16, 10**17 - 1)}"),
    "masked": _plain(_masked),
    "mr": _plain(lambda scene, person: person.surname + scene.speak("courtesy", person)),
    "officer": _plain(lambda scene, person: person.surname + scene.speak("title", person)),
    "nick": _plain(lambda scene, person: scene.speak("nickname", person)),
    "province": _plain(lambda scene, person: scene.place.province),
    "city": _plain(lambda scene, person: scene.place.levels()[-3]),
    "county": _plain(lambda scene, person: scene.place.county),
    "county_short": _plain(lambda scene, person: scene.place.county_short),
    "town": _plain(lambda scene, person: scene.place.town),
    "village": _plain(lambda scene, person: scene.rng.choice(scene.place.villages)),
    "officephone": _plain(lambda scene, person: _office_phone(scene)),
    "date": _plain(lambda scene, person: _date(scene)),
    "year": _plain(lambda scene, person: str(scene.year)),
    "month": _plain(lambda scene, person: f"{scene.rng.randint(1, 12)}月"),
    "time": _plain(lambda scene, person: f"{scene.rng.randint(7, 21)}{scene.rng.choice('::：')}{scene.rng.choice('0345')}0"),
    "docno": _plain(
        lambda scene, person: (
            f"{scene.place.county_short[0]}{scene.rng.choice('政民残卫教府办函')}"
            f"{scene.rng.choice(('发', '字', '办', '函', ''))}〔{scene.year}〕{scene.rng.randint(1, 180)}号"
        )
    ),
}
