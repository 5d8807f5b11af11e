import re
import time
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minshi.fold import fold_text
from minshi.rules import LABELS, RULES, find
from minshi.rules.checksums import mod_11_2
from minshi.rules.identity import is_date
from minshi.rules.rule import Rule, scan
from minshi.types import Span

SIZE = 1_000_000
LIMIT = 2.0  # seconds; the slowest takes about 0.7 on one small core
HOSTILE = [
    *("1", "6", "１３８", "1 ", "1-1-", "6222 ", "2019 ", "3 3 0 1 0 2 1 9 ", "110105194912310021 ", "19900101"),
    *("a", "aaaa.", "a@", "a@a.", "a.a@a.a.a.a.a", "a-b_", "Q", "wxid_", "E12345678 ", "@"),
    *("出生", "出生日期:", "出生:1985年", "生于", "1985年", "1985.3.", "一九八五年", "一", "民国", "男 ", "男 汉族 2"),
    *("京", "京A", "京A1", "京A12345", "使", "微信", "微信abcdef号", "0571-", "(", "+86", "0086 ", "/88888888", "电话8"),
    *(" ", "*", "1*", "×", "\n", "-", "护照", "通行证C1234567", "400-", "转1", "13812345678转1", "138 1234 5678 ", "𠀀1"),
    *("1\n", "138\n", "1\u200b", "\u200b", "身份证号110105194912310000", "0571/8888"),
]
ALPHABET = "0123456789１９ -－*×XxEa@._:：年月日生出男京A·（(+/、微信Q\t\n张"
words = st.lists(
    st.sampled_from(
        ["13812345678", "0571-8888", "1234", "11010519491231002X", "43", "出生", "1985年3月", "生", "6222 0212 3456 7894", "*"]
    )
    | st.text(ALPHABET, max_size=6),
    max_size=12,
).map("".join)


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_megabyte_of_hostile_text_is_scanned_in_time(unit: str) -> None:
    text = (unit * (SIZE // len(unit) + 1))[:SIZE]
    assert _is_in_time(find, text, LIMIT)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_by_itself_is_linear(rule: Rule) -> None:
    for unit in ("1", "1 ", "a@a.", "出生", "生", "京A", "("):
        text = unit * (200_000 // len(unit))
        assert _is_in_time(lambda text: list(scan(rule, text)), text, LIMIT / 4), unit


def _is_in_time(work: Callable[[str], object], text: str, limit: float) -> bool:
    """Tell whether work on a text takes less than so many seconds or, where a machine is slow, thrice as many and is linear.

    A quarter of the text takes a quarter of the time then, or a sixteenth of it if time grows with the square.
    """
    for _ in range(3):
        seconds = _seconds(work, text)
        if seconds < limit or (seconds < 3 * limit and seconds < 8 * _seconds(work, text[: len(text) // 4])):
            return True
    return False


def _seconds(work: Callable[[str], object], text: str) -> float:
    start = time.process_time()
    work(text)
    return time.process_time() - start


@given(st.text() | st.text(ALPHABET) | words)
def test_spans_are_flat_sorted_and_in_range(text: str) -> None:
    for layer in find(text):
        edges = [edge for span in layer for edge in (span.start, span.end)]
        assert edges == sorted(edges)
        assert all(0 <= span.start < span.end <= len(text) for span in layer)
        assert all(span.label in LABELS and 0 < span.score <= 1 and span.by.startswith("rule:") for span in layer)


@given(words, words)
def test_hits_do_not_depend_on_full_width_forms(left: str, right: str) -> None:
    text = left + right
    wide = text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
    assert fold_text(wide) == fold_text(text)
    assert find(wide) == find(text)


@given(st.text(), st.text())
def test_a_span_holds_no_more_and_no_less_than_its_form(left: str, right: str) -> None:
    text = f"{left}，13812345678，{right}"
    start = len(left) + 1
    assert any((span.start, span.end, span.label) == (start, start + 11, "PHONE") for span in find(text)[1])


@given(st.text("关于张三，：；1357.-/ ", max_size=8), st.text("关于张三，：；元0157.-%*/ ", max_size=8))
def test_of_decimals_only_those_that_are_whole_numbers_are_telephones(left: str, right: str) -> None:
    text = f"{left}，13812345678.{right}"
    start = len(left) + 1
    is_found = Span(start, start + 11, "PHONE", 0.95, "rule:mobile") in find(text)[1]
    if re.match(r"\d", right):
        is_whole = bool(re.match(r"0(?![0-9]|[ -]?\*| ?元|%|\.[0-9])", right))
        assert is_found == is_whole


@given(
    st.sampled_from(["11", "33", "44", "65", "82"]),
    st.integers(0, 9999),
    st.dates(date(1900, 1, 1), date(2040, 12, 31)),
    st.integers(0, 999),
    st.text("关于张三李四的公示，：。；甲乙", min_size=1),
    st.text("关于张三李四的公示，：。；甲乙", min_size=1),
)
def test_a_valid_identity_number_between_chinese_characters_is_found(province, area, born, serial, left, right) -> None:  # type: ignore[no-untyped-def]
    digits = f"{province}{area:04d}{born:%Y%m%d}".replace(" ", "0")
    body = f"{digits}{serial:03d}"
    if len(body) != 17 or not is_date(born.year, born.month, born.day):
        return
    number = body + mod_11_2(body)
    validated, _ = find(left + number + right)
    assert [(span.start, span.end, span.label) for span in validated] == [(len(left), len(left) + 18, "ID_CARD")]


@given(words)
def test_what_is_validated_holds_a_check_digit(text: str) -> None:
    for span in find(text)[0]:
        number = re.sub(r"[ -]", "", fold_text(text)[span.start : span.end]).upper()
        assert span.label == "BANK_CARD" or mod_11_2(number[:17]) == number[17]
