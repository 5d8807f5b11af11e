"""Persons of a document, the combinations of what is known of them, and the level of risk that follows."""

from __future__ import annotations

import io
import json
import re
import time
from collections import Counter

import pytest

from minshi.batch.risk import combination, file_level, level, persons, persons_by_level
from minshi.columns import HEADERS
from minshi.readers import read_stream
from minshi.readers.options import EVERYTHING
from minshi.types import Document, Span

LABELS = {"N": "NAME", "H": "HEALTH", "P": "PHONE", "A": "ADDRESS", "I": "ID_CARD", "D": "DISABILITY_CARD"}
SENSITIVE = {"HEALTH", "DISABILITY_CARD"}


def counted(text: str, **meta: object) -> dict[str, int]:
    """Read N1, H1 … as a finding of the label with that letter."""
    return dict(_persons(Document("", text, meta=meta)))


def _persons(doc: Document) -> Counter[str]:
    return persons(doc, [Span(match.start(), match.end(), LABELS[match[0][0]]) for match in re.finditer(r"[A-Z]\d", doc.text)])


def read(data: bytes, name: str) -> dict[str, int]:
    """Count the persons of a file as the readers give it."""
    docs = read_stream(io.BytesIO(data), name, options=EVERYTHING)
    return dict(sum((_persons(doc) for doc in docs if isinstance(doc, Document)), Counter()))


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("姓名：N1\n身份证号码：I1\n联系电话：P1\n残疾等级：H1", {"NAME+HEALTH+ID_CARD+PHONE": 1}),
        ("姓名：N1\n性别：男\n联系电话：P1\n身份证号：I1\n残疾等级：H1", {"NAME+HEALTH+ID_CARD+PHONE": 1}),
        ("姓名：N1；性别：男\n身份证号：I1；残疾等级：H1", {"NAME+HEALTH+ID_CARD": 1}),
        ("姓名：N1；病情：H1\n住址：A1；身份证号: I1\n残疾类别：H2", {"NAME+ADDRESS+HEALTH+ID_CARD": 1}),
        ("姓名\tN1\n身份证号\tI1\n病情\tH1", {"NAME+HEALTH+ID_CARD": 1}),
        ("【姓名】N1\n【身份证号】I1\n【病情】H1", {"NAME+HEALTH+ID_CARD": 1}),
        ("id：I1\nname：N1\nnote：H1", {"NAME+HEALTH+ID_CARD": 1}),
        ("姓名：N1\n身份证号：I1\n残疾证号：D1", {"NAME+DISABILITY_CARD+ID_CARD": 1}),
        ("身份证号：I1\n残疾证号：D1\n姓名：N1\n病情：H1", {"NAME+DISABILITY_CARD+HEALTH+ID_CARD": 1}),
        ("姓名：N1\n身份证号：I1；残疾证号：D1\n病情：H1", {"NAME+DISABILITY_CARD+HEALTH+ID_CARD": 1}),
    ],
)
def test_a_name_and_numbers_in_fields_of_their_own_are_one_persons(text: str, expected: dict[str, int]) -> None:
    assert counted(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "姓名：N1\n身份证号：I1\n病情：H1\n\n姓名：N2\n身份证号：I2\n电话：P2",
            {"NAME+HEALTH+ID_CARD": 1, "NAME+ID_CARD+PHONE": 1},
        ),
        (
            "身份证号：I1\n姓名：N1\n病情：H1\n身份证号：I2\n姓名：N2\n电话：P2",
            {"NAME+HEALTH+ID_CARD": 1, "NAME+ID_CARD+PHONE": 1},
        ),
        (
            "姓名：N1\n身份证号：I1\n病情：H1\n配偶姓名：N2\n配偶身份证号：I2\n配偶电话：P2",
            {"NAME+HEALTH+ID_CARD": 1, "NAME+ID_CARD+PHONE": 1},
        ),
        ("身份证号：I1\n姓名：N1\n病情：H1\n配偶姓名：N2\n配偶身份证号：I2", {"NAME+HEALTH+ID_CARD": 1, "NAME+ID_CARD": 1}),
        ("户主：N1\n姓名：N2\n身份证号：I2\n病情：H2", {"NAME": 1, "NAME+HEALTH+ID_CARD": 1}),
    ],
)
def test_forms_one_below_the_other_are_a_person_each(text: str, expected: dict[str, int]) -> None:
    assert counted(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("N1\nN2\nN3", {"NAME": 3}),
        ("I1\nI2\nI3\n经办人：N1，电话P1", {"ID_CARD": 3, "NAME+PHONE": 1}),
        ("证件号：I1\n证件号：I2\n证件号：I3\n经办人：N1", {"ID_CARD": 3, "NAME": 1}),
        ("I1；N1；H1\nI2；N2；H2", {"NAME+HEALTH+ID_CARD": 2}),
        ("村主任：N1\n张某，I1，H1\n李某，身份证号：I2，H2", {"NAME": 1, "HEALTH+ID_CARD": 2}),
        ("身份证号：I1\n户口所在地：A1\n子女姓名：N1\n病情：H1", {"ADDRESS+ID_CARD": 1, "NAME+HEALTH": 1}),
        ("村主任\tN1\n张某\tI1\tH1\n李某\tI2\tH2", {"NAME": 1, "HEALTH+ID_CARD": 2}),
        ("姓名：N1\n身份证号：I1\n配偶身份证号：I2\n经办人：N3", {"NAME+ID_CARD": 1, "ID_CARD": 1, "NAME": 1}),
        ("姓名：N1\n身份证号：I1\n姓名：张*\n身份证号：I2\n姓名：N3\n身份证号：I3", {"NAME+ID_CARD": 2, "ID_CARD": 1}),
        ("姓名：张*；身份证号：I1；病情：H1\n经办人：N1", {"HEALTH+ID_CARD": 1, "NAME": 1}),
        ("姓名：N1；监护人：N2\n身份证号：I1\n经办人：N3", {"NAME": 3, "ID_CARD": 1}),
        ("身份证号：I1\n监护人：N1、N2", {"ID_CARD": 1, "NAME": 2}),
        ("姓名：N1\n\n\n\n\n身份证号：I1\n\n\n\n\n姓名：N2", {"NAME": 2, "ID_CARD": 1}),
    ],
)
def test_a_number_in_a_line_of_its_own_is_not_anybodys_who_stands_near(text: str, expected: dict[str, int]) -> None:
    assert counted(text) == expected


def test_a_number_without_a_name_is_not_the_person_of_the_row_above() -> None:
    assert counted("姓名：N1；身份证号：\n姓名：张*；身份证号：I2", **{HEADERS: ("姓名", "身份证号")}) == {
        "NAME": 1,
        "ID_CARD": 1,
    }


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_a_record_of_json_is_one_person(name: str) -> None:
    rows = [{"姓名": f"N{n}", "身份证号码": f"I{n}", "联系电话": f"P{n}", "残疾等级": f"H{n}"} for n in range(4)]
    text = json.dumps(rows) if name == "a.json" else "\n".join(map(json.dumps, rows))
    assert read(text.encode(), name) == {"NAME+HEALTH+ID_CARD+PHONE": 4}


def test_a_form_in_a_sheet_is_one_person() -> None:
    assert read("姓名,N1,性别,男\n身份证号,I1,残疾等级,H1\n".encode(), "a.csv") == {"NAME+HEALTH+ID_CARD": 1}


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
    assert counted("N1\n" + "证号：I1" * 30_000) == {"NAME+ID_CARD": 1}
    assert time.process_time() - began < 5
