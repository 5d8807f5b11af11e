"""What a pseudonym is computed from: a value without what two ways to write it differ in."""

from __future__ import annotations

import re

from minshi.fold import INVISIBLE, fold_text

_SEPARATORS = str.maketrans("", "", " -\t\r\n")
_PHONE_MARKS = str.maketrans("", "", "()./*转分机")
_COUNTRY = re.compile(r"(?:\(?(?:\+|00)86\)?|\(86\)|86(?=[ -]|1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)))[ -]*", re.ASCII)
_AREA = re.compile(r"\A(?:\(0\)|0)?[ -]*(?=[1-9])(?!1[3-9])", re.ASCII)
_DOTS = str.maketrans(dict.fromkeys("•‧∙⋅・･.", "·"))  # between the parts of a name


def written_once(label: str, value: str) -> str:
    """Return what all ways to write a name or number have in common: it is for comparing only.

    >>> written_once("PHONE", "+86 139-0000-1234"), written_once("PHONE", "（0571）88886666"), written_once("NAME", "买买提•艾力")
    ('13900001234', '057188886666', '买买提·艾力')
    """
    plain = fold_text(INVISIBLE.sub("", value))
    if label == "NAME":
        plain = plain.translate(_DOTS)
    if label == "PHONE":
        plain = _at_home(plain).translate(_PHONE_MARKS)
    return plain.translate(_SEPARATORS).upper()


def _at_home(phone: str) -> str:
    """Return a telephone number as it is dialled inside the country: +86-571-… is 0571-…."""
    country = _COUNTRY.match(phone)
    return _AREA.sub("0", phone[country.end() :]) if country else phone
