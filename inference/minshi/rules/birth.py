"""Birth dates: a date beside words of birth. The span is the date alone.

Dates stay out where the words state a condition (1980年1月1日以后出生) or something else came about (9月生效, 发生于).
"""

from __future__ import annotations

import re

from minshi.rules.identity import is_date
from minshi.rules.rule import MASK, Rule

_HAN = "〇零○一二三四五六七八九"
_LUNAR = rf"(?:\(?(?:农历|阴历|旧历)\)?)?闰?[正冬腊{_HAN}十]{{1,3}}月(?:初[{_HAN}十]|[{_HAN}十廿卅]{{1,3}}日?)?"
_MONTH_DAY = r" ?[01]?\d ?月(?: ?[0-3]?\d ?[日号]|(?! ?\d{1,2} ?[日号]))"

# What follows the year of a date; every form refuses to stop inside a longer date.
_AFTER_YEAR = (
    rf"(?: ?年(?:{_MONTH_DAY}|{_LUNAR}|(?! ?[\d{_HAN}农]|[正腊冬]月))"
    r"|(?:\. ?[01]?\d(?:\. ?[0-3]?\d)?|-[01]?\d(?:-[0-3]?\d)?|/[01]?\d(?:/[0-3]?\d)?)(?![./-]?\d)"
    r"|[01]\d(?:[0-3]\d)?(?!\d))"
)
_HAN_REST = rf"年(?:{_LUNAR}|(?![{_HAN}农十\d]|[正腊冬]月))"
_BARE_YEAR = r"(?![\d./-]| ?[年人名例个万余多户元%])"
_ANY_DATE = (
    rf"(?:(?:19|20)\d\d(?:{_AFTER_YEAR}|{_BARE_YEAR})|[3-9]\d年{_MONTH_DAY}"
    rf"|(?:[一二][{_HAN}]{{3}}|民国[{_HAN}十廿卅]{{1,4}}){_HAN_REST})"
)

_NOT_MASKED = rf"(?!(?!T\d\d:) ?[{MASK}A-Za-z_]|-[{MASK}])"  # 1985-03-02T00:00:00 (ISO 8601) ends a date
_NOT_RANGE = r"(?! ?(?:[至到~及]|-+ ?\d|以[前后来上下内]|之[前后]|[前后]))"
_DATE_AFTER = rf"({_ANY_DATE}){_NOT_MASKED}{_NOT_RANGE}"

_CELL_BORDER = r"(?:\([^()\d\n]{1,8}\))?[ :\t|│┃,、(;/]{0,6}[为是系约]?"
# 出生 by itself heads a field unless it ends 1985年3月出生.
_FIELD = re.compile(rf"出生(?:年月日?|日期|时间|年份|年|日|(?<![年月日号\d]..))(?:{_CELL_BORDER}){_DATE_AFTER}", re.ASCII)
_BIRTHDAY = re.compile(rf"生日{_CELL_BORDER}{_DATE_AFTER}", re.ASCII)
# As systems call the column: birthday, patientBirthDate, date_of_birth; CSRQ and CSNY for 出生日期 and 出生年月.
_BIRTH_COLUMN = re.compile(
    r"[BCDSbcds](?:(?<![0-9A-Za-z].)|(?<=[a-z][BD]))(?i:(?<=b)irth[ _-]?(?:day|date)|(?<=d)(?:ob|ate[ _-]?of[ _-]?birth)"
    rf"|(?<=c)(?:srq|snyr?|husheng(?:riqi|nianyue))|(?<=s)hengri){_CELL_BORDER}{_DATE_AFTER}",
    re.ASCII,
)
# 发生于, 学生于, 先生于, 往生于 … are not births; what else stands before may end a name.
_NO_BIRTH = "学考医发产先女男新招师养研萌衍滋毕卫众院后寄派再转共门书营畜谋终野亲接往增"
_VERB = re.compile(rf"生(?:于(?<![{_NO_BIRTH}]..)|(?<=出生)在) ?约?{_DATE_AFTER}", re.ASCII)

_NOT_INSIDE = rf"(?<![\dA-Za-z{MASK}至到~-].)"  # 至1990年12月31日出生 states a range
_BORN = (
    r"[ ,]?(?:出生(?!人口|缺陷|率|登记|医学|证|婴|儿|数|总|监测|队列|日期|年|时间|[:|\t])"
    r"|[春夏秋冬]?生(?=[于人在]|[^\u4e00-\u9fff]|$))"
)
_BORN_IN = re.compile(rf"([12]{_NOT_INSIDE}(?:(?<=1)9|(?<=2)0)\d\d{_AFTER_YEAR}){_BORN}", re.ASCII)
_BORN_IN_SHORT = re.compile(rf"([3-9]{_NOT_INSIDE}\d年{_MONTH_DAY}){_BORN}", re.ASCII)
_BORN_IN_HAN = re.compile(
    rf"([一二民]{_NOT_INSIDE}(?:(?<=[一二])[{_HAN}]{{3}}|(?<=民)国[{_HAN}十廿卅]{{1,4}}){_HAN_REST}){_BORN}", re.ASCII
)
# Rosters give the date of birth behind sex and nationality; a bare year there may be anything.
_COLUMN = r"[ \t|│┃,、/]{1,3}"
_ROSTER = re.compile(
    rf"[男女](?:(?<![\u4e00-\u9fff].)|(?<=性别.)){_COLUMN}(?:(?:[\u4e00-\u9fff]{{1,6}}族|[汉满回壮苗彝藏侗瑶白傣蒙]){_COLUMN})?"
    rf"((?:19|20)\d\d(?!年(?! ?\d)){_AFTER_YEAR}){_NOT_MASKED}{_NOT_RANGE}",
    re.ASCII,
)
_NUMBER = re.compile(r"\d+", re.ASCII)


def _is_real(match: re.Match[str]) -> bool:
    """Tell whether what the date says in digits is a calendar date."""
    numbers = _NUMBER.findall(match[1])
    if not numbers:
        return True
    if len(numbers[0]) > 4:  # 198503, 19850302
        packed = numbers[0]
        numbers = [packed[:4], packed[4:6], packed[6:]] if len(packed) == 8 else [packed[:4], packed[4:]]
    year, month, day = ([int(number) for number in numbers] + [1, 1])[:3]
    return is_date(year if year > 99 else 1900 + year, month, day)


def _is_birth(match: re.Match[str]) -> bool:
    # 2015年出生的儿童 is a class of people
    only_year = match[1].endswith("年")
    return _is_real(match) and not (only_year and match.string.startswith("的", match.end()))


RULES = (
    Rule("birth-field", "BIRTH_DATE", _FIELD, _is_real, score=0.9, needs="生"),
    Rule("birthday", "BIRTH_DATE", _BIRTHDAY, _is_real, score=0.9, needs="生日"),
    Rule("birth-column", "BIRTH_DATE", _BIRTH_COLUMN, _is_real, score=0.9),
    Rule("birth-verb", "BIRTH_DATE", _VERB, _is_real, score=0.8, needs="生"),
    Rule("born-in", "BIRTH_DATE", _BORN_IN, _is_birth, score=0.9, needs="生"),
    Rule("born-in-short", "BIRTH_DATE", _BORN_IN_SHORT, _is_birth, score=0.7, needs="生"),
    Rule("born-in-han", "BIRTH_DATE", _BORN_IN_HAN, _is_birth, score=0.9, needs="生"),
    Rule("birth-roster", "BIRTH_DATE", _ROSTER, _is_real, score=0.7),
)
