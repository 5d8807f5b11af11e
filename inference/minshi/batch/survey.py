"""The files of a job by risk, gathered from its parts: counts of all, and the riskiest of them in order."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from heapq import nsmallest
from pathlib import Path
from typing import Any

from minshi.batch.chunk import FileRecord, part_path
from minshi.batch.plan import Plan
from minshi.batch.risk import LEVELS, file_level, level, persons_by_level
from minshi.batch.tally import Tally

_ORDER = {kind: place for place, kind in enumerate((*LEVELS[:3], "failed", "none", "skipped"))}


@dataclass(frozen=True, slots=True)
class Row:
    """A file. `kind` is its level, or "failed" or "skipped"; its excerpts stand at byte `offset` of part `part`."""

    source: str
    reason_zh: str
    tally: Tally
    kind: str
    persons: dict[str, int]
    part: int
    offset: int


@dataclass(frozen=True)
class Survey:
    """The riskiest files, worst first, and how many processed files there are at each level."""

    rows: list[Row]
    levels: dict[str, int]


def survey(plan: Plan, out: Path, sensitive: Collection[str], *, limit: int) -> Survey:
    """Read the report records of all parts once; at most `limit` rows are held."""
    levels = dict.fromkeys(LEVELS, 0)

    def counted() -> Iterator[Row]:
        for row in _rows(plan, out, sensitive):
            if row.kind in levels:
                levels[row.kind] += 1
            yield row

    return Survey(nsmallest(limit, counted(), key=_by_risk), levels)


def summary(plan: Plan, total: Tally, levels: dict[str, int], sensitive: Collection[str]) -> dict[str, Any]:
    """Return what summary.json holds: no times, so that a job gives the same bytes whenever and however often it was stopped."""
    combinations = sorted(total.persons.items(), key=lambda item: (LEVELS.index(level(item[0].split("+"), sensitive)), -item[1]))
    return {
        "files": {name: getattr(total, name) for name in ("listed", "processed", "partial", "failed", "skipped")},
        "files_by_risk": levels,
        "documents": total.documents,
        "characters": total.characters,
        "findings": dict(sorted(total.findings.items())),
        "persons": persons_by_level(total.persons, sensitive),
        "combinations": [
            {"labels": word.split("+"), "risk": level(word.split("+"), sensitive), "persons": n} for word, n in combinations
        ],
        "model": plan.job.model,
        "point": plan.job.settings.point,
        "format": plan.job.settings.format,
    }


def read_excerpts(out: Path, row: Row) -> list[list[Any]]:
    """Return the masked findings of a file that its part keeps."""
    with part_path(out, "report", row.part).open("rb") as file:
        file.seek(row.offset)
        excerpts: list[list[Any]] = json.loads(file.readline())["excerpts"]
    return excerpts


def _rows(plan: Plan, out: Path, sensitive: Collection[str]) -> Iterator[Row]:
    for part in range(len(plan.chunks)):
        with part_path(out, "report", part).open("rb") as file:
            offset = 0
            for line in file:
                about = FileRecord(**json.loads(line))
                tally = Tally(**about.tally)  # type: ignore[arg-type]  # a mapping in JSON
                kind = file_level(tally.persons, sensitive, has_findings=bool(tally.findings))
                kind = "failed" if tally.failed else "skipped" if tally.skipped else kind
                persons = persons_by_level(tally.persons, sensitive)
                yield Row(about.source, about.reason_zh, tally, kind, persons, part, offset)
                offset += len(line)


def _by_risk(row: Row) -> tuple[Any, ...]:
    most = sum(row.tally.findings.values())
    return (_ORDER[row.kind], *(-row.persons[each] for each in LEVELS[:3]), -most, row.source)
