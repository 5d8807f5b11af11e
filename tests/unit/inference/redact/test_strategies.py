"""What stands in place of a finding."""

from __future__ import annotations

import pickle

import pytest

from minshi.errors import ConfigError
from minshi.redact import Replacer, redact_text
from minshi.types import Span

KEY = b"sixteen bytes or more"
TEXT = "张小明，电话13900001234，张小明"
SPANS = [Span(0, 3, "NAME"), Span(6, 17, "PHONE"), Span(18, 21, "NAME")]


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("mask", "张**，电话139****1234，张**"),
        ("label", "[姓名]，电话[电话号码]，[姓名]"),
        ("remove", "，电话，"),
        ("PHONE=label", "张**，电话[电话号码]，张**"),
        ("remove, phone = mask", "，电话139****1234，"),
    ],
)
def test_a_strategy_says_what_takes_the_place_of_a_finding(strategy, expected):
    assert redact_text(TEXT, SPANS, strategy) == expected


def test_a_value_has_one_pseudonym_and_two_values_have_two():
    replace = Replacer("pseudonym", key=KEY)
    assert replace("NAME", "张小明") == replace("NAME", "张小明")
    assert replace("NAME", "张小明").startswith("某人-")
    assert replace("PHONE", "139 0000-1234") == replace("PHONE", "１３９00001234")
    pseudonyms = {replace("NAME", f"张{chr(0x4E00 + number)}") for number in range(5000)}
    assert len(pseudonyms) == 5000


@pytest.mark.parametrize(
    ("label", "ways"),
    [
        (
            "PHONE",
            [
                "13900001234",
                "+8613900001234",
                "86 139-0000-1234",
                "（+86）139.0000.1234",
                "+86(139)00001234",
                "139\u200b00001234",
            ],
        ),
        ("PHONE", ["0571-88886666", "（0571）88886666", "0571/88886666", "+86-571-88886666", "+86(0)571-88886666"]),
        ("PHONE", ["0571-88886666*801", "0571-88886666转801", "0571-88886666-801"]),
        ("NAME", ["买买提·艾力", "买买提•艾力", "买买提・艾力", "买买\u200b提·艾力"]),
        ("ID_CARD", ["11010519491231002X", "110105194912\n31002x"]),
    ],
)
def test_however_a_value_is_written_it_has_one_pseudonym(label, ways):
    replace = Replacer("pseudonym", key=KEY)
    assert len({replace(label, way) for way in ways}) == 1


def test_numbers_that_only_look_alike_have_two_pseudonyms():
    replace = Replacer("pseudonym", key=KEY)
    numbers = [
        "86123456",
        "123456",
        "13900001234",
        "13900001234-801",
        "0571-88886666",
        "88886666",
        "+86 10 66668888",
        "010-66668889",
    ]
    assert len({replace("PHONE", number) for number in numbers}) == len(numbers)


def test_two_values_that_meet_in_a_pseudonym_are_told_apart(monkeypatch):
    monkeypatch.setattr("minshi.replacements.DIGITS", 2)
    replace = Replacer("pseudonym", key=KEY)
    names = [f"张{chr(0x4E00 + number)}" for number in range(100)]
    assert len({replace("NAME", name) for name in names}) == 100
    assert [replace("NAME", name) for name in names] == [replace("NAME", name) for name in names]


def test_a_copy_in_another_process_gives_the_same_pseudonyms_and_tells_the_same_values_apart(monkeypatch):
    monkeypatch.setattr("minshi.replacements.DIGITS", 2)
    replace = Replacer("pseudonym")
    names = [f"张{chr(0x4E00 + number)}" for number in range(100)]
    given = [replace("NAME", name) for name in names]
    other = pickle.loads(pickle.dumps(replace))
    assert [other("NAME", name) for name in reversed(names)] == given[::-1]


def test_the_same_key_gives_the_same_pseudonym_in_another_job_and_another_key_another():
    same, other = Replacer("pseudonym", key=KEY), Replacer("pseudonym", key=KEY + b"!")
    assert Replacer("pseudonym", key=KEY)("NAME", "张三") == same("NAME", "张三") != other("NAME", "张三")
    assert Replacer("pseudonym")("NAME", "张三") != Replacer("pseudonym")("NAME", "张三")


def test_a_mask_never_leaves_a_value_whole_but_for_the_name_of_a_town():
    replace = Replacer("mask")
    assert replace("NAME", "张") == "*"
    assert replace("ADDRESS", "石桥镇") == "石桥镇"
    assert replace("ADDRESS", "幸福路12号3栋501室（望江镇）") == "*" * 17
    assert replace("NAME", "张*") == "张*"


@pytest.mark.parametrize(
    "strategy", ["hide", "", "NAME", "NAME=hide", "NOSUCH=mask", "mask,label", "NAME=mask,NAME=label", "=mask"]
)
def test_a_strategy_that_makes_no_sense_is_refused(strategy):
    with pytest.raises(ConfigError):
        Replacer(strategy)


def test_a_key_that_can_be_guessed_is_refused():
    with pytest.raises(ConfigError, match="at least 16"):
        Replacer("pseudonym", key=b"secret")


@pytest.mark.parametrize("spans", [[Span(0, 3, "NAME"), Span(2, 4, "NAME")], [Span(20, 99, "NAME")], [Span(3, 3, "NAME")]])
def test_spans_that_overlap_or_reach_beyond_the_text_are_refused(spans):
    with pytest.raises(ConfigError, match="overlap"):
        redact_text(TEXT, spans)
