"""Whatever a file holds, a mask changes the characters of findings and not one other."""

from __future__ import annotations

import csv
import io
import json

import toy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from minshi.errors import InputError
from minshi.redact import Replacer, redact_text
from minshi.redact.copy import redact_bytes

TAGGER, TAGS = toy.alphabet_tagger(), toy.SCHEMA.tags
entity = st.builds(toy.entity, st.sampled_from(toy.SCHEMA.labels), st.integers(1, 9), st.integers(0, 9))
plain = st.text("甲乙 ab1,;|\t\"'\\/&\n", max_size=8)
values = st.lists(st.one_of(plain, entity), max_size=4).map("".join)
MARKUP = [
    "<p>",
    "</p>",
    "<b>",
    "</b>",
    "<br>",
    "<table>",
    "<tr>",
    "<td>",
    "</table>",
    "<!-- 甲 -->",
    "&amp;",
    "&nbsp;",
    "<",
    "<title>",
]
MARKUP += [
    "</title>",
    "<a title='乙' href=x>",
    '<img alt="甲&quot;">',
    "<script>var a = '甲';</script>",
    "<select>",
    "<div hidden>",
    "<caption>",
    "<tr hidden>",
    '<input value="乙&amp; 甲">',
    "<input type=hidden value=乙>",
    "<textarea>",
    "</textarea>",
    "</div>",
    "<span>",
    "</span>",
    "</span><i>",
    "</i>",
]
BLANKS = ["\u3000\u3000", "&nbsp;", "&emsp;", "\u2002", "\u2003", "\u2028", "\x0b", "&#11;", "\x1c", "\x85", "\u200b", " ", "\n"]
pages = st.lists(st.one_of(st.sampled_from(MARKUP), st.sampled_from(BLANKS), plain, entity), max_size=25).map("".join)
INDENTED = [
    "<p>{0}甲{1}{0}</p>",
    "甲{0}<b>{1}{0}</b>{0}<i>{1}</i>",
    "甲<br>{0}{1}<br>{0}<br>{1}",
    "<ul><li>{0}{1}<li>{0}</ul>",
    "<table><tr><th>{0}姓名<th>乙{0}<tr><td>{0}{1}<td>{0}</table>",
    "<table><tr><td>{0}{1}<td>甲<tr><td>{0}<table><tr><td>{0}{1}<td>甲<tr><td>乙<td>丙</table><td>{0}</table>",
    "<title>{0}{1}{0}</title><p>{0}",
    "<select><option>{0}{1}<option>{0}</select>",
    '<input value="{0}{1}{0}">',
    "<svg><text>{0}{1}</text></svg>",
    "<pre>{0}{1}</pre><textarea>{0}{1}</textarea>",
]
records = st.dictionaries(
    values.filter(lambda key: not any(map(toy.is_owned, key))), st.one_of(values, st.lists(values, max_size=3))
)


def redacted(text: str, name: str) -> str:
    try:
        data, _ = redact_bytes(text.encode(), name, tagger=TAGGER, replace=Replacer("mask", labels=()), keep=lambda span: True)
    except InputError:
        assume(False)  # refused, and so not written
    return data.decode()


def check_masked(before: str, after: str) -> None:
    """Masks are as long as what they stand for, so the copy can be held against the source character by character."""
    assert len(after) == len(before)
    for old, new in zip(before, after, strict=True):
        assert old == new or (toy.is_owned(old) and new == "*")
        assert not toy.is_owned(new) or TAGS[(ord(new) - 0x20000) // 1000].startswith("B-")  # as in 张*


@settings(max_examples=40)
@given(st.lists(values, max_size=6).map("\n".join))
def test_a_text_keeps_all_but_its_findings(text):
    before = text
    check_masked(before, redacted(before, "a.txt"))


@settings(max_examples=40)
@given(st.lists(st.lists(values, min_size=1, max_size=4), max_size=6), st.sampled_from(",;\t|"), st.sampled_from([0, 1]))
def test_a_table_keeps_all_but_its_findings(rows, delimiter, quoting):
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, quoting=quoting).writerows(rows)
    before = stream.getvalue()
    check_masked(before, redacted(before, "a.csv"))


@settings(max_examples=40)
@given(values)
def test_a_broken_table_keeps_all_but_its_findings(text):
    before = f'{text}"{text},"{text}"{text}'
    check_masked(before, redacted(before, "a.csv"))


@settings(max_examples=40)
@given(st.one_of(records, st.lists(records, max_size=3)), st.sampled_from([None, 0, 2]))
def test_json_keeps_all_but_its_findings(value, indent):
    before = json.dumps(value, ensure_ascii=False, indent=indent)
    check_masked(before, redacted(before, "a.json"))


@settings(max_examples=40)
@given(st.lists(st.one_of(records, values.map(lambda text: {"text": text, "id": text})), max_size=4))
def test_json_lines_keep_all_but_their_findings(items):
    before = "\n".join(json.dumps(item, ensure_ascii=False) for item in items)
    check_masked(before, redacted(before, "a.jsonl"))


@settings(max_examples=40)
@given(pages)
def test_a_page_keeps_all_but_its_findings(page):
    before = f"甲乙丙丁{page}"
    check_masked(before, redacted(before, "a.html"))


@settings(max_examples=80)
@given(st.lists(st.sampled_from(INDENTED), min_size=1, max_size=3), st.lists(st.sampled_from(BLANKS), max_size=3), entity)
def test_a_page_indented_by_any_blanks_is_not_refused_and_keeps_them(blocks, blanks, value):
    before = "".join(blocks).format("".join(blanks), value)
    data, done = redact_bytes(
        before.encode(), "a.html", tagger=TAGGER, replace=Replacer("mask", labels=()), keep=lambda span: True
    )
    check_masked(before, data.decode())
    assert sum(done.findings.values()) == before.count(value)


@settings(max_examples=40)
@given(toy.texts_with_gold, st.sampled_from(["label", "pseudonym", "remove"]))
def test_text_outside_the_spans_is_unchanged(gold, strategy):
    text, spans = gold
    replace = Replacer(strategy, labels=())
    rest = redact_text(text, spans, replace)
    end = 0
    for span in spans:
        before, value = text[end : span.start], replace(span.label, text[span.start : span.end])
        assert rest.startswith(before + value)
        rest, end = rest[len(before) + len(value) :], span.end
    assert rest == text[end:]
