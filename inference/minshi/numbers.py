"""Numbers that are no fact of a person: in a total of a table, and, bare, behind a Latin word that says nothing of one.

A total stands under the headings of the persons that it counts. Systems head codes and counts by Latin words: `children: 2` is a
fact, `status: 1` is none. A model of Chinese has seen few of either, and takes most small numbers behind a heading for the size
of a household.
"""

from __future__ import annotations

import re

from minshi.types import Span

_LABELS = frozenset(("FAMILY", "HEALTH"))
_REACH = 40  # characters in which the heading of a number stands
_NUMBER = re.compile(r"[0-9]{1,4}(?:\.[0-9]+)?")
_COUNT = re.compile(r"[0-9][0-9,]*(?:\.[0-9]+)?[ 　]?[人户口名个]?")
_ROW = 400  # characters in which the first cell of a row stands
_TOTAL = re.compile(r"(?:^\|?|[：:])[^：:；;|\t]{0,6}[小合总][ 　]*计(?=[；;\t]| ?\||  )")  # a whole cell, and more behind it
_HEADING = re.compile(r"([A-Za-z_][0-9A-Za-z_\-]*)[ :：=#.]*\Z")
_WORD = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*")
_TELLING = re.compile(  # household and kin; vital signs, laboratory values and scales as clinics abbreviate them
    r"child(?:ren)?|kids?|sons?|daughters?|siblings?|brothers?|sisters?|fam(?:ily)?|house(?:hold)?|depend[ae]nts?|members?|"
    r"marital|married|marriage|spouse|parents?|births?|pregnan(?:t|cy|cies)|gravida|para|"
    r"disab(?:ility|led)|pain|pulse|heart|temp(?:erature)?|weight|height|wt|ht|bmi|s?bp|dbp|hr|rr|spo2|sao2|vision|od|os|iq|dq|"
    r"glu(?:cose)?|hb|hgb|hba1c|wbc|rbc|plt|alt|ast|cr|crea|egfr|tsh|psa|afp|ca125|cea|cd4|ef|lvef|fev1|"
    r"k|na|ca|cl|tg|tc|ldl|hdl|ua|bun|crp|pct|inr|pt|aptt|fbg|bnp|t|p|r|"
    r"phq9?|gad7?|scl90?|nrs|vas|mmse|moca|adl|ecog|kps|gcs|barthel|braden|berg|ashworth|morse|apgar",
    re.IGNORECASE,
)


def is_told(span: Span, text: str) -> bool:
    """Tell whether what a model found is a fact by where it stands; only numbers may be none.

    >>> is_told(Span(7, 8, "FAMILY"), "status：1"), is_told(Span(9, 10, "FAMILY"), "children：2")
    (False, True)
    >>> is_told(Span(11, 12, "FAMILY"), "序号：小计；家庭人口：5")
    False
    """
    if span.label == "FAMILY" and _COUNT.fullmatch(text, span.start, span.end) and _is_of_total(span, text):
        return False
    if span.label not in _LABELS or not _NUMBER.fullmatch(text, span.start, span.end):
        return True
    heading = _HEADING.search(text, max(0, span.start - _REACH), span.start)
    if heading is None:
        return True
    words = (word for word in _WORD.findall(heading[1]) if len(word) > 1)  # T is a temperature, the p of pH nothing
    return any(map(_TELLING.fullmatch, (heading[1], *words)))


def _is_of_total(span: Span, text: str) -> bool:
    """Tell whether a row is headed as a total; that of a scale is HEALTH, and somebody's."""
    row = text[max(0, span.start - _ROW) : span.start].rpartition("\n")[2]
    return _TOTAL.search(row) is not None
