"""A value as it may be shown: enough to find it in the source, too little to learn it.

Masks of names, phones and identity numbers are those that published rules for notices ask for: 张*, 138****1234,
35*************123; an address is kept to the 乡镇 or 街道 if nothing before that says more than where the town is.
"""

from __future__ import annotations

import re

# 镇江市, 镇雄县, 新乡市 and 乡宁县 are cities and counties, and 石桥镇江家村 a village of 石桥镇.
_NO_TOWN = r"(?!市|江(?:市|新区)|海区|[雄平远原坪安赉巴康宁]县|宁布依族|沅彝族)"
# 金乡镇, 三乡镇 and 金乡街道 are towns with a 乡 inside; 清溪乡镇东村 is a village of 清溪乡, and 清溪乡镇企业 a firm.
_TOWN_WITH_XIANG = r"镇(?!.?[村街路]|企业)|街道"
_TOWN = re.compile(rf"^.*?(?:街道|[^街]镇{_NO_TOWN}|[^城]乡(?!市|县|[宁城]县|{_TOWN_WITH_XIANG})|苏木)")
# What stands in an address below its town, and so must not stand before it: a digit, a counted 组 or 号, a village, a street, an
# estate. 本号镇, 村头镇, 花园街道 and 路桥区 are names of towns.
_BELOW_TOWN = re.compile(
    r"\d|[一二三四五六七八九十百]\s*[组号栋幢室单楼层排弄队户]|[号栋幢室](?![镇乡])"
    r"|村(?!街道|[镇乡区县])|(?:[路街巷弄]|小区|花园|公寓|宿舍)(?!道|桥区|.?街道|[镇乡区县])"
)
_DIGIT_GROUPS = {"PHONE": (3, 4), "ID_CARD": (2, 3), "DISABILITY_CARD": (2, 3), "BANK_CARD": (4, 4), "PASSPORT": (1, 2)}
_AS_DIGIT = frozenset("XxＸ×*＊")  # what stands in the place of a digit, as in a value that is masked already
FREE_TEXT = frozenset(("FAMILY", "HEALTH", "RELIGION"))  # labels of what is told in words
_BIDI = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_CONTROLS = (*range(9), *range(11, 32), *range(0x7F, 0xA0), *_BIDI, *range(0xD800, 0xE000))
_UNPRINTABLE = {**dict.fromkeys(_CONTROLS, "\ufffd"), ord("\r"): " "}  # CR of a Windows line end


def mask(label: str, text: str) -> str:
    """Return the value of a finding with what identifies it starred out; a value of free text shows its length only.

    >>> [mask("NAME", "欧阳小蕙"), mask("PHONE", "13912345678"), mask("ADDRESS", "石桥镇溪口村3组"), mask("HEALTH", "尿毒症")]
    ['欧***', '139****5678', '石桥镇*****', '***']
    """
    if label == "ADDRESS":
        town = _TOWN.match(text)
        kept = town.end() if town and not _BELOW_TOWN.search(text, 0, town.end()) else 0
        return text[:kept] + "*" * (len(text) - kept)
    if label in FREE_TEXT:
        return "*" * len(text)
    if label in _DIGIT_GROUPS and _digits(text) > sum(_DIGIT_GROUPS[label]) + 1:
        head, tail = _DIGIT_GROUPS[label]
        return text[:head] + "*" * (len(text) - head - tail) + text[-tail:]
    return text[:1] + "*" * (len(text) - 1)


def _digits(text: str) -> int:
    """Count the digits of a number: what parts them hides nothing, 8812-3456 no more than 88123456."""
    return sum(char.isnumeric() or char in _AS_DIGIT for char in text)


def printable(text: str) -> str:
    """Keep what would steer a terminal or turn the direction of a page out of a text; the length stays the same."""
    return text.translate(_UNPRINTABLE)
