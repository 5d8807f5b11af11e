"""The report holds masked values only, is safe whatever files are called, and shows findings in their context."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

from minshi.batch.chunk import record
from minshi.batch.excerpt import excerpts, masked_text
from minshi.batch.report import render
from minshi.columns import COLUMNS, HEADERS
from minshi.types import Anchor, Document, Span

HOSTILE = "</script><script>alert(1)</script><!--<script> \"'&amp; {{js}} \u2028\u202e\ud800 ]]>"
DATA = {"summary": {}, "files": [[HOSTILE, "high", HOSTILE]]}


class Elements(HTMLParser):
    """The elements of a page, and what stands in the one called "data"."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.data = ""
        self._is_data = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._is_data = ("id", "data") in attrs

    def handle_data(self, data: str) -> None:
        if self._is_data:
            self.data += data

    def handle_endtag(self, tag: str) -> None:
        self._is_data = False


def shown(doc: Document, *labels: str) -> list[list[object]]:
    spans = tuple(span for span in doc.spans if not labels or span.label in labels)
    return excerpts(doc, spans, record(doc, spans, doc.id, with_text=True)["spans"], told)


def told(text: str) -> Document:
    """Tag a text as a model that knows one name."""
    return Document("", text, tuple(Span(found.start(), found.end(), "NAME") for found in re.finditer("欧阳小蕙", text)))


def test_no_name_of_a_file_becomes_markup() -> None:
    hostile, harmless = Elements(), Elements()
    hostile.feed(render(DATA))
    harmless.feed(render({}))
    assert hostile.tags == harmless.tags
    assert json.loads(hostile.data) == DATA
    assert not re.search(r"[<>&\u2028\u2029]", hostile.data)


def test_the_page_loads_nothing() -> None:
    page = render(DATA)
    assert "default-src 'none'" in page
    assert not re.search(r"""(?:src|href)\s*=|url\(|@import""", page.split('<script type="application/json"')[0])
    assert page == render(DATA)


def test_everything_found_is_masked_in_the_context_too() -> None:
    text = "一、丁小一，患尿毒症，电话13900001234，编号20240618"
    spans = (Span(2, 5, "NAME"), Span(7, 10, "HEALTH"), Span(13, 24, "PHONE"))
    doc = Document("a", text, spans)
    assert masked_text(doc) == "一、丁**，患***，电话139****1234，编号********"
    ((place, label, before, value, after, _),) = shown(doc, "HEALTH")  # a job that was asked for nothing else
    assert (place, label) == ("line=1", "HEALTH")
    assert (before, value, after) == ("一、丁**，患", "***", "，电话139****12…")


def test_the_context_is_of_the_same_line_and_names_the_place() -> None:
    doc = Document("a", "上一行\n姓名：丁一\n下一行", (Span(7, 9, "NAME"),), (Anchor(7, 9, "row=2;field=姓名"),))
    assert shown(doc) == [["row=2;field=姓名", "NAME", "姓名：", "丁*", "", 1.0]]


def test_a_long_line_is_cut_on_both_sides_and_marks_of_direction_are_taken_out() -> None:
    doc = Document("a", "前" * 30 + "\u202e丁一" + "后" * 30, (Span(31, 33, "NAME"),))
    ((_, _, before, _, after, _),) = shown(doc)
    assert before == "…" + "前" * 11 + "\ufffd"
    assert after == "后" * 12 + "…"


def test_a_number_that_is_a_key_of_json_is_masked_in_the_place_too() -> None:
    doc = Document("a", "病情：尿毒症", (Span(3, 6, "HEALTH"),), (Anchor(3, 6, "/11010519491231002X/100000/病情"),))
    assert [found[0] for found in shown(doc)] == ["/11*************02X/100000/病情"]


def test_names_of_people_are_masked_in_names_of_sheets_of_fields_and_of_keys() -> None:
    for place, expected in (
        ("sheet=欧阳小蕙;cell=B2", "sheet=欧***;cell=B2"),
        ("sheet=欧阳小蕙一家;note=B2;reply=1", "sheet=欧***一家;note=B2;reply=1"),
        ("row=2;field=欧阳小蕙", "row=2;field=欧***"),
        ("row=2;field=病情", "row=2;field=病情"),
        ("line=3;/欧阳小蕙/病情", "line=3;/欧***/病情"),
    ):
        doc = Document("a", "病情：尿毒症", (Span(3, 6, "HEALTH"),), (Anchor(3, 6, place),))
        assert [found[0] for found in shown(doc)] == [expected]


def test_a_name_that_heads_a_column_is_masked_in_the_context() -> None:
    meta = {HEADERS: ("欧阳小蕙", "病情"), COLUMNS: (0, 1)}
    anchors = (Anchor(5, 6, "row=2;col=1"), Anchor(10, 13, "row=2;col=2"))
    doc = Document("a", "欧阳小蕙：无；病情：尿毒症", (Span(10, 13, "HEALTH"),), anchors, meta)
    assert [found[2] for found in shown(doc)] == ["欧***：无；病情："]
