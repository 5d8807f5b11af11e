"""Real administrative divisions, from province to village, as the package jionlp carries them; nothing is copied from it."""

from __future__ import annotations

import importlib.util
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from minshi.errors import InputError

_ARCHIVE, _MEMBER = "dictionary/china_location.zip", "china_location.txt"
_NOT_A_PLACE = ("市辖区", "行政区划", "直辖县")


@dataclass(frozen=True, slots=True)
class Place:
    """A town or street district with its villages and communities, and what it lies in."""

    province: str
    city: str
    county: str
    town: str
    villages: tuple[str, ...]
    province_short: str
    city_short: str
    county_short: str

    def levels(self) -> tuple[str, ...]:
        """Return the names from the province down to the town, each once (a municipality is its own city)."""
        city = () if self.city == self.province or self.city.endswith(_NOT_A_PLACE) else (self.city,)
        return (self.province, *city, self.county, self.town)


@dataclass(frozen=True, slots=True)
class Divisions:
    """Every county as a tuple of its towns, in the order of the source."""

    counties: tuple[tuple[Place, ...], ...]

    def draw(self, rng: Random) -> Place:
        """Return a town: counties are equally likely, and towns within a county."""
        return rng.choice(rng.choice(self.counties))


@cache
def load_divisions() -> Divisions:
    """Read the divisions; raises InputError where jionlp, an extra of training, is not installed."""
    # find_spec does not run the package: importing jionlp would load dictionaries that nobody here needs
    found = importlib.util.find_spec("jionlp")
    if found is None or not found.submodule_search_locations:
        raise InputError("the administrative divisions come from the package jionlp: pip install 'minshi[train]'")
    archive = Path(found.submodule_search_locations[0]) / _ARCHIVE
    lines = zipfile.ZipFile(archive).read(_MEMBER).decode("utf-8").splitlines()
    return Divisions(tuple(_counties(lines)))


def _counties(lines: list[str]) -> list[tuple[Place, ...]]:
    counties: list[tuple[Place, ...]] = []
    names, shorts = [""] * 4, [""] * 4
    towns: list[Place] = []
    villages: list[str] = []

    def close(depth: int) -> None:
        if names[3] and depth <= 3:
            if villages and not names[3].endswith(_NOT_A_PLACE):
                province, city, county, town = names
                towns.append(Place(province, city, county, town, tuple(villages), shorts[0], shorts[1], shorts[2]))
            names[3] = ""
            villages.clear()
        if depth <= 2 and towns:
            counties.append(tuple(towns))
            towns.clear()

    for line in lines:
        depth = len(line) - len(line.lstrip("\t"))
        name, _, rest = line.strip("\t\r").partition("\t")
        if depth == 4:
            if "虚拟" not in name:  # statistical stand-ins, not villages
                villages.append(name)
            continue
        close(depth)
        names[depth], shorts[depth] = name, rest.rpartition("\t")[2] or name
    close(0)
    return counties
