"""Ways to reach a person: mobile and landline numbers, e-mail, WeChat and QQ accounts.

Numbers of offices match too: which telephone is personal is not written in the number.
"""

from __future__ import annotations

import re

from minshi.rules.rule import LEFT, MASK, RIGHT, Rule, follows, is_other_number

# No amounts (13812345678元), decimals, file names, or numbers that a hyphen ties to a code.
_PHONE_RIGHT = rf"{RIGHT}(?!\.[0-9A-Za-z]| ?[元万亿])"
_PHONE_LEFT = rf"(?:{LEFT}|(?<=[Tt][Ee][Ll].)|(?<=TEL.))(?<![0-9A-Za-z]-.)(?<![0-9]\..)"
# A column with gaps makes 13912345678.0 of a number; the span ends before the point. No sum does: that one says 元, or .05.
_FLOAT = rf"(?=\.0{_PHONE_RIGHT}(?!%))"
# A star ties an extension too; of a masked number no two digits stand behind the seventh and a star.
_EXTENSION = r"(?:(?: ?转(?:分机)? ?|-)\d{1,6}|\*\d{2,6})?"

# YD/T numbering plan: 1[3-9] and 9 digits; 3-4-4, with points too, 3-8, 7-4, 4-3-4, 3-3-5, 5-6.
_MOBILE_REST = r"[3-9]\d(?:[ -]?\d{4}[ -]?\d{4}|\.\d{4}\.\d{4}|\d[ -]\d{3}[ -]\d{4}|[ -]\d{3}[ -]\d{5}|\d\d[ -]\d{6})"
# Numbers that a courier or shop lends out have extensions of three or four digits, and reach the person by them.
_MOBILE_EXTENSION = r"(?: ?转(?:分机)? ?\d{1,6}|-\d{3,4}(?![-\d]))?"
_MOBILE = re.compile(rf"(1{_PHONE_LEFT}{_MOBILE_REST}{_MOBILE_EXTENSION})(?:{_PHONE_RIGHT}|(?<=\d{{11}}){_FLOAT})", re.ASCII)
_COUNTRY = rf"[+(08]{_PHONE_LEFT}(?:(?<=[+])86|(?<=8)6|(?<=0)086|(?<=\()(?:\+|00)?86(?=\)))\)?[ -]?"
_MOBILE_86 = re.compile(
    rf"({_COUNTRY}(?:1{_MOBILE_REST}|\(1[3-9]\d\)[ -]?\d{{4}}[ -]?\d{{4}}){_MOBILE_EXTENSION})"
    rf"(?:{_PHONE_RIGHT}|(?<=86\d{{11}}){_FLOAT})",
    re.ASCII,
)
# A line end breaks a number that a text was wrapped in. Only a word right before tells it from two numbers of a column.
_MOBILE_WRAPPED = re.compile(rf"(1{_PHONE_LEFT}[3-9]\d{{1,8}}\r?\n\d{{1,8}}){_PHONE_RIGHT}(?! ?[年月日])", re.ASCII)

# Area codes: 010, 02x with 8 digits, 03xx-09xx with 7 or 8.
_EIGHT = r"[2-9]\d{3}(?:[ -]?\d{4})"
_SEVEN = r"[2-9]\d\d(?:\d{4}|[ -]\d{4}|\d[ -]\d{3})"
_LOCAL = rf"(?:{_EIGHT}|{_SEVEN})"


def _landline(head: str, tie: str) -> re.Pattern[str]:
    areas = rf"(?:(?:10|2[0-57-9]){tie}{_EIGHT}|[3-9]\d\d{tie}{_LOCAL})"
    return re.compile(rf"({head}{areas}{_EXTENSION}){_PHONE_RIGHT}", re.ASCII)


_LANDLINE = _landline(rf"0{_PHONE_LEFT}", r"(?:-{1,2}| )")
_LANDLINE_SLASH = _landline(rf"0{_PHONE_LEFT}", "/")
_LANDLINE_BRACKETED = _landline(rf"\({_PHONE_LEFT}0", r"\) ?-?")
_LANDLINE_86 = _landline(rf"{_COUNTRY}(?:0|\(0\))?", r"(?:-{1,2}| )")
_LANDLINE_SOLID = re.compile(
    rf"(0{_PHONE_LEFT}(?:(?:10|2[0-57-9])[2-9]\d{{7}}|[3-9]\d\d[2-9]\d{{6,7}}){_EXTENSION}){_PHONE_RIGHT}", re.ASCII
)
_NO_AREA = re.compile(
    rf"([2-9]{_PHONE_LEFT}(?:\d{{6,7}}|\d{{3}}-\d{{4}}){_EXTENSION})(?:{_PHONE_RIGHT}|(?<=\d{{7}}){_FLOAT})", re.ASCII
)
_HOTLINE = re.compile(rf"([48]{_PHONE_LEFT}00-(?:\d{{3}}-\d{{4}}|\d{{4}}-\d{{3}}|\d{{7}})){_PHONE_RIGHT}", re.ASCII)

# As systems call the column, homePhone and tel_no, but neither iPhone nor hotel; LXDH and DHHM for 联系电话 and 电话号码.
_PHONE_COLUMN = (
    r"(?:(?:(?<![A-Za-z])|[Tt]ele)phone|(?<![Ii])Phone|(?:(?<![A-Za-z])|TELE)PHONE|(?<![A-Za-z])tel|Tel|(?<![A-Z])TEL)"
    r"(?:[ _]?(?i:no\.?|num(?:ber)?))?"
    r"|(?<![A-Za-z])(?i:(?:lx|jt|gd|zj)?dh(?:hm)?)"
)
_PHONE_WORD = re.compile(rf"(?:电话|手机|联系方式|联系|热线|传真|座机|固话|拨打|致电|{_PHONE_COLUMN})[^\d\n。;]{{0,8}};?$")
_PHONE_FIELD = re.compile(rf"(?:电话|热线|传真|座机|固话|拨打|致电|{_PHONE_COLUMN})(?:号码)?[ :;.|\t(]{{0,3}}$")
_MOBILE_FIELD = re.compile(r"(?:电话|手机|联系方式|TEL|Tel|tel)(?:号码|号)?(?:\([^()\d\n]{1,8}\))?[ :是为]{0,3}\Z")
_FIRST_OF_LIST = re.compile(
    r"(?:\d[)-] ?[2-9]\d{3}-?\d{3,4}|(?:电话|热线|传真)(?:号码)?[ :]{0,2}[2-9]\d{6,7})"
    r"(?: ?[/、,;或] ?[2-9]\d{6,7})* ?[/、,;或] ?$",
    re.ASCII,
)
_COMPACT_DATE = re.compile(r"20[0-4]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])", re.ASCII)
# What a row of numbers puts beside 151 2000 3000; another mobile number in groups is no such neighbour.
_NUMBER_BEFORE = re.compile(r"(?<!\d)(?<!1\d\d \d{4} )(?:\d{1,5}|[\d,]*\.\d+) $", re.ASCII)
_NUMBER_AFTER = re.compile(r" (?!1[3-9]\d \d{4} \d{4}(?!\d))(?:\d{1,5}|\d+\.\d+)(?![\d年月.-])", re.ASCII)


def _is_mobile(match: re.Match[str]) -> bool:
    """Refuse 151 2000 3000 in a row of short numbers, and numbers that say what else they are."""
    if " " in match[1] and (follows(match, _NUMBER_BEFORE, reach=16) or _NUMBER_AFTER.match(match.string, match.end(1))):
        return False
    return not is_other_number(match)


def _is_wrapped(match: re.Match[str]) -> bool:
    return len("".join(match[1].split())) == 11 and follows(match, _MOBILE_FIELD, reach=20)


def _is_landline(match: re.Match[str]) -> bool:
    return not is_other_number(match)


def _has_phone_word(match: re.Match[str]) -> bool:
    return follows(match, _PHONE_WORD, reach=16)


def _is_local(match: re.Match[str]) -> bool:
    """Believe a number without area code after 电话 or behind another landline number."""
    if _COMPACT_DATE.fullmatch(match[1]):
        return False
    return follows(match, _PHONE_FIELD, reach=20) or follows(match, _FIRST_OF_LIST, reach=60)


# RFC 5321 bounds the local part by 64 octets, a label by 63; Chinese text needs no quoted local parts.
_DOMAIN_LABEL = r"[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?"
_EMAIL = re.compile(
    rf"([0-9A-Za-z](?<![0-9A-Za-z._%+{MASK}-].)[0-9A-Za-z._%+-]{{0,63}}@{_DOMAIN_LABEL}(?:\.{_DOMAIN_LABEL}){{1,4}})"
    rf"(?![0-9A-Za-z{MASK}@]|[_-][0-9A-Za-z])",
    re.ASCII,
)
_MASKED = re.compile(r"[Xx]{3}|XX|(?-i:[0-9a-z_-]X(?![A-Z]))")  # sanjiangXX@163.com, wxy_910X03
_TOP_LEVEL = re.compile(r"\.[A-Za-z]{2,24}$")


def _is_email(match: re.Match[str]) -> bool:
    return bool(_TOP_LEVEL.search(match[1])) and not _MASKED.search(match[1])


# Tencent: 6 to 20 letters, digits, - and _, the first a letter.
_ACCOUNT = rf"([A-Za-z](?<![0-9A-Za-z_-].)[0-9A-Za-z_-]{{5,19}}){RIGHT}(?!-)"
_OF = r"(?:账号|帐号|号码|号|ID|id|Id)?(?:\([^()\n]{1,6}\))?[ :;\t|为是(]{0,4}"
_WECHAT = re.compile(rf"[微威薇Vv](?:信|(?<=[Vv])[Xx](?<![0-9A-Za-z]..)){_OF}{_ACCOUNT}", re.ASCII)
_WECHAT_LATIN = re.compile(rf"[Ww](?<![0-9A-Za-z].)(?:[Xx]|[Ee][Cc]hat){_OF}{_ACCOUNT}", re.ASCII)
_WECHAT_ID = re.compile(rf"(wxid_(?<![0-9A-Za-z_].....)[0-9a-z]{{6,20}}){RIGHT}", re.ASCII)
_WECHAT_FIELD = re.compile(r"(?:[号码DdXx];?|:|[信Xxt][为是]) ?$")
_DIGIT_OR_JOIN = re.compile(r"[0-9_-]")
_NOT_ACCOUNT = re.compile(r"(?i)we(?:chat|ixin)$|https?$|android|windows|iphone")


def _is_wechat(match: re.Match[str]) -> bool:
    """Refuse a mere English word after 微信."""
    if _NOT_ACCOUNT.match(match[1]) or _MASKED.search(match[1]):
        return False
    return bool(_DIGIT_OR_JOIN.search(match[1])) or follows(match, _WECHAT_FIELD, reach=3)


_QQ = re.compile(
    rf"(?:[Qq](?<![0-9A-Za-z].)[Qq]|扣扣)(?:账号|帐号|号码|号)?[ :;\t|为是(]{{0,4}}([1-9]\d{{4,10}})"
    rf"(?:{RIGHT}(?! ?[元年月人万]|[.-]\d)|{_FLOAT})",
    re.ASCII,
)

RULES = (
    Rule("mobile", "PHONE", _MOBILE, _is_mobile, score=0.95),
    Rule("mobile-86", "PHONE", _MOBILE_86, score=0.95),
    Rule("mobile-wrapped", "PHONE", _MOBILE_WRAPPED, _is_wrapped, score=0.8, needs="\n"),
    Rule("landline", "PHONE", _LANDLINE, _is_landline, score=0.9),
    Rule("landline-slash", "PHONE", _LANDLINE_SLASH, _has_phone_word, score=0.8, needs="/"),
    Rule("landline-bracketed", "PHONE", _LANDLINE_BRACKETED, _is_landline, score=0.9, needs="(0"),
    Rule("landline-86", "PHONE", _LANDLINE_86, score=0.9, needs="86"),
    Rule("landline-solid", "PHONE", _LANDLINE_SOLID, _has_phone_word, score=0.8),
    Rule("landline-local", "PHONE", _NO_AREA, _is_local, score=0.8),
    Rule("hotline", "PHONE", _HOTLINE, score=0.9, needs="00-"),
    Rule("email", "EMAIL", _EMAIL, _is_email, score=0.95, needs="@"),
    Rule("wechat", "WECHAT", _WECHAT, _is_wechat, score=0.8),
    Rule("wechat-latin", "WECHAT", _WECHAT_LATIN, _is_wechat, score=0.7),
    Rule("wechat-id", "WECHAT", _WECHAT_ID, score=0.9, needs="wxid_"),
    Rule("qq", "QQ", _QQ, score=0.85),
)
