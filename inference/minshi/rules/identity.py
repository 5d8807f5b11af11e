"""Identity documents: resident identity card, disability card, passport and travel permits."""

from __future__ import annotations

import re
from datetime import date

from minshi.rules.checksums import mod_11_2
from minshi.rules.rule import LEFT, MASK, RIGHT, Rule, compact, follows, is_other_number

FIRST_YEAR = 1900
LAST_YEAR = 2040  # fixed, not today's year: the same text has the same spans in every year
_FIRST_YEAR_OF_CODES = 2000

# GB/T 2260: province codes; 81, 82, 83 are residence permits of people from Hong Kong, Macao and Taiwan
_PROVINCES = frozenset(
    str(code)
    for codes in (range(11, 16), range(21, 24), range(31, 38), range(41, 47), range(50, 55), range(61, 66), (71, 81, 82, 83))
    for code in codes
)


def is_date(year: int, month: int, day: int) -> bool:
    """Tell whether this is a real calendar date on which a living person may have been born."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return False
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def looks_like_id(digits: str) -> bool:
    """Tell whether 17 or more characters begin as an identity number: province and birth date (GB 11643-1999)."""
    # Permanent residents from abroad: 9, province, nationality (ISO 3166-1 numeric), birth date.
    province = digits[1:3] if digits[0] == "9" else digits[:2]
    return province in _PROVINCES and is_date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))


def _is_id_card(match: re.Match[str]) -> bool:
    number = compact(match)
    return looks_like_id(number) and mod_11_2(number[:17]) == number[17]


def _is_wrapped_id_card(match: re.Match[str]) -> bool:
    number = "".join(match[1].split()).upper()
    is_id = len(number) == 18 and looks_like_id(number) and mod_11_2(number[:17]) == number[17]
    return is_id and follows(match, _NEAR_ID_CARD, reach=24)


def _is_unchecked_id_card(match: re.Match[str]) -> bool:
    """Tell an identity number whose check digit is wrong: mistyped, misread, or rounded by a program that took it for a number.

    Without a word for it, it takes a birth date before 2000: numbers of projects hold a place and a date too, a later one.
    """
    if _is_id_card(match):
        return False
    if follows(match, _NEAR_ID_CARD, reach=24):
        return True
    number = compact(match)
    return looks_like_id(number) and int(number[6:10]) < _FIRST_YEAR_OF_CODES and not is_other_number(match)


def _is_legacy_id_card(match: re.Match[str]) -> bool:
    number = compact(match)
    if number[:2] not in _PROVINCES or is_other_number(match):
        return False
    return is_date(1900 + int(number[6:8]), int(number[8:10]), int(number[10:12]))


# The year stands in the pattern so that rows of digits are refused without a call.
_ID_17 = r"(?:[ -]?\d){5}[ -]?(?:1[ -]?9|2[ -]?0)(?:[ -]?\d){9}"
# A check digit, a date and a province tell more than letters before it: NO1101…, or G + identity number (学籍号).
_NO_DIGIT_LEFT = rf"(?<![0-9{MASK}].)"
_ID_CARD = re.compile(rf"([1-9]{_NO_DIGIT_LEFT}{_ID_17}[ -]?[\dXx]){RIGHT}", re.ASCII)
# A text was wrapped in the number: believed behind a word for it only.
_WRAPPED_ID_CARD = re.compile(rf"([1-9]{_NO_DIGIT_LEFT}\d{{0,16}}\r?\n\d{{0,16}}[\dXx]){RIGHT}", re.ASCII)
_UNCHECKED_ID_CARD = re.compile(rf"([1-9]{LEFT}\d{{5}}[ -]?\d{{4}}[ -]?\d{{4}}[ -]?\d{{3}}[\dXx]){RIGHT}", re.ASCII)
_NEAR_ID_CARD = re.compile(r"(?:身份证|身份号|证件号|sfzh|zjhm|id[ _-]?(?:card|n(?:o|umber)))[^\d\n。]{0,12}\n?\Z", re.IGNORECASE)
_LEGACY_ID_CARD = re.compile(rf"([1-8]{LEFT}\d{{5}}[ -]?\d\d[01]\d[0-3]\d[ -]?\d{{3}}){RIGHT}", re.ASCII)

# 残疾人证 (CDPF, third generation): identity number, kind 1-7, grade 1-4; B and a digit after a card was reissued.
# A space before kind and grade would be a column of a table, except in groups of four.
_DISABILITY_CARD = re.compile(
    rf"([1-9]{LEFT}(?:{_ID_17}[ -]?[\dXx]-?|\d{{3}}(?: \d{{4}}){{3}} \d[\dXx])[1-7][1-4](?:B[1-9])?){RIGHT}", re.ASCII
)

# Passports since 1997: G, then E + 8 digits, then E + letter + 7 digits; D, S, P (and DE, SE, PE) for officials.
_PASSPORT = re.compile(rf"([DEGPS]{LEFT}(?:\d{{8}}|[A-HJ-NP-Z]\d{{7}})){RIGHT}", re.ASCII)
# Permits: C, W (to Hong Kong and Macao), L, T (to Taiwan); H, M + 8 or 10 digits (from there), 8 digits (from Taiwan).
_PERMIT = re.compile(rf"([CHLMTW]{LEFT}(?:\d{{8}}(?:\d\d)?|[A-HJ-NP-Z]\d{{7}})|\d{LEFT}\d{{7}}){RIGHT}", re.ASCII)
_NEAR_PASSPORT = re.compile(r"(?:护照|旅行证|[Pp]assport|PASSPORT)[^\d\n。;]{0,12}$")
_NEAR_PERMIT = re.compile(r"(?:通行证|回乡证|台胞证|返乡证)[^\d\n。;]{0,12}$")
_TABLE_OF_PASSPORTS = re.compile(r"护照|证件号|[Pp]assport|PASSPORT")
_COMPACT_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$", re.ASCII)


def _is_passport(match: re.Match[str]) -> bool:
    if is_other_number(match):
        return False
    if follows(match, _NEAR_PASSPORT, reach=24):
        return True
    # E forms are also believed under a column heading, unless they carry a date as codes do (E20240115).
    is_current = match[1][0] == "E" and not _COMPACT_DATE.search(match[1])
    return is_current and follows(match, _TABLE_OF_PASSPORTS, reach=400)


def _is_permit(match: re.Match[str]) -> bool:
    return follows(match, _NEAR_PERMIT, reach=24) and not is_other_number(match)


RULES = (
    Rule("disability-card", "DISABILITY_CARD", _DISABILITY_CARD, _is_id_card, validated=True),
    Rule("id-card", "ID_CARD", _ID_CARD, _is_id_card, validated=True),
    Rule("id-card-wrapped", "ID_CARD", _WRAPPED_ID_CARD, _is_wrapped_id_card, validated=True, needs="\n"),
    Rule("id-card-unchecked", "ID_CARD", _UNCHECKED_ID_CARD, _is_unchecked_id_card, score=0.6),
    Rule("id-card-15", "ID_CARD", _LEGACY_ID_CARD, _is_legacy_id_card, score=0.6),
    Rule("passport", "PASSPORT", _PASSPORT, _is_passport, score=0.8),
    Rule("travel-permit", "PASSPORT", _PERMIT, _is_permit, score=0.8, needs="证"),
)
