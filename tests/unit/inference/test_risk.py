"""Persons of a document, the combinations of what is known of them, and the level of risk that follows."""

from __future__ import annotations

import re
import time

import pytest

from minshi.batch.risk import combination, file_level, level, persons, persons_by_level
from minshi.columns import HEADERS
from minshi.types import Document, Span

LABELS = {"N": "NAME", "H": "HEALTH", "P": "PHONE", "A": "ADDRESS", "I": "ID_CARD", "D": "DISABILITY_CARD"}
SENSITIVE = {"HEALTH", "DISABILITY_CARD"}


def counted(text: str, **meta: object) -> dict[str, int]:
    """Read N1, H1 … as a finding of the label with that letter."""
    spans = [Span(match.start(), match.end(), LABELS[match[0][0]]) for match in re.finditer(r"[A-Z]\d", text)]
    return dict(persons(Document("", text, meta=meta), spans))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("电话P1", {}),
        ("N1，H1，P1", {"NAME+HEALTH+PHONE": 1}),
        ("N1 H1\nN2 H2\nN3", {"NAME+HEALTH": 2, "NAME": 1}),
        ("病情H1；姓名N1", {"NAME+HEALTH": 1}),
        ("姓名N1；病情H1；监护人N2；电话P1", {"NAME+HEALTH": 1, "NAME+PHONE": 1}),
        ("N1、N2、N3住A1", {"NAME+ADDRESS": 3}),
        ("N1系H1。N1的电话P1", {"NAME+HEALTH+PHONE": 1}),
        ("N1 H1\nN1 P1", {"NAME+HEALTH": 1, "NAME+PHONE": 1}),
        ("张*，I1，H1；李*，I2", {"HEALTH+ID_CARD": 1, "ID_CARD": 1}),
        ("N1，I1，I2", {"NAME+ID_CARD": 1}),
        ("姓名：N1\n住址：A1\n病情：H1", {"NAME+ADDRESS+HEALTH": 1}),
        ("姓名：N1\n\n\n\n\n咨询电话P1", {"NAME": 1}),
    ],
)
def test_findings_belong_to_the_person_they_follow(text: str, expected: dict[str, int]) -> None:
    assert counted(text) == expected


def test_a_row_without_a_name_is_not_the_person_of_the_row_above() -> None:
    assert counted("姓名：N1；病情：H1\n姓名：李*；电话：P1", **{HEADERS: ("姓名", "病情", "电话")}) == {"NAME+HEALTH": 1}


def test_the_law_and_then_the_identity_number_decide_the_level() -> None:
    assert level(["NAME", "HEALTH"], SENSITIVE) == "high"
    assert level(["DISABILITY_CARD"], SENSITIVE) == "high"
    assert level(["ID_CARD"], SENSITIVE) == "medium"
    assert level(["NAME", "ADDRESS"], SENSITIVE) == "medium"
    assert level(["NAME"], SENSITIVE) == "low"


def test_a_file_is_as_risky_as_its_most_exposed_person() -> None:
    people = {"NAME": 40, "NAME+PHONE": 2, "NAME+HEALTH": 1}
    assert persons_by_level(people, SENSITIVE) == {"high": 1, "medium": 2, "low": 40}
    assert file_level(people, SENSITIVE, has_findings=True) == "high"
    assert file_level({"NAME": 40}, SENSITIVE, has_findings=True) == "low"
    assert file_level({}, SENSITIVE, has_findings=True) == "low"
    assert file_level({}, SENSITIVE, has_findings=False) == "none"


def test_a_combination_is_one_word_whatever_the_order() -> None:
    assert combination({"PHONE", "NAME", "HEALTH"}) == combination(["HEALTH", "NAME", "PHONE"]) == "NAME+HEALTH+PHONE"


def test_a_line_of_thousands_of_names_and_findings_is_counted_at_once() -> None:
    began = time.process_time()
    assert counted("N1，" * 30_000 + "H1，" * 30_000 + "\nH1" * 30_000) == {"NAME+HEALTH": 1}
    assert counted("".join(f"N{chr(0x660 + n % 10)}{n}，H1" for n in range(20_000)))
    assert time.process_time() - began < 5
