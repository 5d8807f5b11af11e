"""Bank card numbers: ISO/IEC 7812-1, told from other long numbers by issuer, length and Luhn digit.

Accounts of firms and older passbooks have no common check digit and are not found.
"""

from __future__ import annotations

import re

from minshi.rules.checksums import luhn_valid
from minshi.rules.identity import looks_like_id
from minshi.rules.rule import LEFT, RIGHT, Rule, compact, is_other_number

# Leading digits and length in digits. 62 is UnionPay's own range; the six-digit ones are cards issued in China before it
# (建行 434061…, 中行 456351 601382, 交行 601428, 工行 9558, 农行 9559, 邮储 955100 …).
_ISSUERS = re.compile(
    r"62\d{14,17}"
    r"|4\d{15}"
    r"|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"
    r"|35(?:2[89]|[3-8]\d)\d{12}"
    r"|(?:421349|43406[12]|436742|456351|524094|526410)\d{13}"
    r"|(?:6013(?:82|81)|601428|602907|602969|603(?:367|445|506|601|694|708)|685800|690755|955100|9558\d\d|9559[5-9]\d)\d{10,13}",
    re.ASCII,
)
# Without separators, or in fours, or six and the rest. In groups it must stand alone: rows of amounts look alike.
_SOLID = re.compile(rf"([24-69]{LEFT}\d{{15,18}}|3{LEFT}5\d{{14}}){RIGHT}", re.ASCII)
_GROUPED = re.compile(
    rf"([2-69]{LEFT}(?<![0-9][ -].)\d{{3}}(?:([ -])\d{{4}}\2\d{{4}}\2\d{{4}}(?:\2\d{{1,3}})?|\d\d[ -]\d{{10,13}}))"
    rf"{RIGHT}(?![ -]\d)",
    re.ASCII,
)


def _is_bank_card(match: re.Match[str]) -> bool:
    number = compact(match)
    if not _ISSUERS.fullmatch(number) or not luhn_valid(number):
        return False
    # 62 is also Gansu in an identity number
    return not (len(number) == 18 and looks_like_id(number)) and not is_other_number(match)


RULES = (
    Rule("bank-card", "BANK_CARD", _SOLID, _is_bank_card, validated=True),
    Rule("bank-card-grouped", "BANK_CARD", _GROUPED, _is_bank_card, validated=True),
)
