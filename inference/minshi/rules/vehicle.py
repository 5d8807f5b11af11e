"""Number plates of motor vehicles, GA 36-2018: province, letter of the issuing office, serial."""

from __future__ import annotations

import re

from minshi.rules.rule import LEFT, RIGHT, Rule

_PROVINCE = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
_DOT = "·•‧∙⋅・･"
_LETTER = "A-HJ-NP-Za-hj-np-z"  # neither I nor O
_JOIN = rf"(?: ?[{_DOT}] ?|[ .-])?"
_SERIAL = (
    rf"(?:\d{{5}}[A-HJKa-hjk]|[A-HJKa-hjk][\d{_LETTER}]\d{{4}}"  # new energy: large and small vehicles
    rf"|[\d{_LETTER}]{{4}}(?:[\d{_LETTER}]|[学警港澳挂领试超]|应急))"
)
# Province characters also end common words: 北京A…, 更新B….
_NO_WORD = r"(?<![北南东西]京)(?<![更最创全翻重高革]新)(?<![南西安]宁)(?<!今晋)(?<!阿里云)(?<!华为云)"
_PLATE = re.compile(rf"([{_PROVINCE}]{_NO_WORD}[{_DOT}]?[{_LETTER}]{_JOIN}{_SERIAL}){RIGHT}(?![.-]\d)", re.ASCII)
_EMBASSY = re.compile(
    rf"(使(?<![大公天行即促致驱].)[{_DOT}]?\d{{3}}[{_DOT} ]?\d{{3}}|\d{LEFT}\d{{5}}使(?![用馆命得])){RIGHT}", re.ASCII
)
_DIGIT = re.compile(r"\d", re.ASCII)
_AFTER_OFFICE = re.compile(rf"^.[{_DOT}]?[{_LETTER}]")


def _is_plate(match: re.Match[str]) -> bool:
    """Demand the two digits or more that a serial has; XX in it stands for removed characters."""
    plate = match[1].upper()
    serial = _AFTER_OFFICE.sub("", plate)
    return len(_DIGIT.findall(serial)) >= 2 and "XX" not in serial


RULES = (
    Rule("plate", "LICENSE_PLATE", _PLATE, _is_plate, score=0.9),
    Rule("plate-embassy", "LICENSE_PLATE", _EMBASSY, score=0.8, needs="使"),
)
