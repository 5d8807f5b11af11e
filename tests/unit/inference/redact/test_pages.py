"""Title, captions and fields of a web page are redacted where they stand, and so is what is hidden."""

from __future__ import annotations

import pytest
import toy

from minshi import Tagger
from minshi.redact import Replacer
from minshi.redact.copy import open_source, redact_bytes
from minshi.redact.source import BESIDE
from minshi.types import Document

TAGGER = toy.alphabet_tagger()
NAME = toy.entity(toy.SCHEMA.labels[0], 3, 1)
HEAD = "<tr><th>姓名<th>住址</tr>"
PAGE = (
    "<html><head><title>{0}</title></head><body><form>甲：<input value='{0}'> <INPUT type=tel VALUE={0}>"
    '<input type=hidden value="{0}"><textarea name=a>\n{0}</textarea></form>'
    "<table><caption>{0}</caption>" + HEAD + "<tr><td>甲<td>{0}</tr><tr hidden><td>甲<td>{0}</tr></table></body></html>"
)


def test_findings_in_title_fields_and_captions_are_replaced_and_nothing_else():
    data = PAGE.format(NAME).encode()
    copy, done = redact_bytes(data, "a.html", tagger=TAGGER, replace=Replacer("mask", labels=()), keep=lambda span: True)
    masked = copy.decode()
    assert NAME not in masked
    assert len(masked) == len(data.decode())
    assert masked.replace("*", "") == PAGE.format("".join(char for char in NAME if char in masked)).replace("*", "")
    assert sum(done.findings.values()) == PAGE.count("{0}")


@pytest.mark.parametrize(("kind", "is_seen"), [("text", True), ("hidden", False), ("password", False), ("submit", False)])
def test_a_field_is_read_as_its_reader_reads_it_or_beside(kind, is_seen):
    docs = open_source(f"<p>甲</p><input type={kind} value=乙>".encode(), "a.html").documents
    (doc,) = [doc for doc in docs if isinstance(doc, Document) and "乙" in doc.text]
    assert bool(doc.meta.get(BESIDE)) is not is_seen


def test_a_quote_in_a_replacement_does_not_end_the_value_of_a_field():
    class Quoting:
        labels = ()

        def __call__(self, label: str, value: str) -> str:
            return '"<'

    data = f'<input value="{NAME}">'.encode()
    copy, _ = redact_bytes(data, "a.html", tagger=TAGGER, replace=Quoting(), keep=lambda span: True)
    assert copy.decode() == '<input value="&quot;&lt;">'


def test_a_page_with_a_merged_group_of_headers_is_redacted():
    group = "<tr><td>户主<td colspan=2>家庭成员<td></tr><tr><td><td>姓名<td>关系<td>备注</tr>"
    data = f"<html><table>{group}<tr><td>{NAME}<td>乙<td>丙<td>丁</tr></table></html>".encode()
    copy, _ = redact_bytes(data, "a.html", tagger=TAGGER, replace=Replacer("mask", labels=()), keep=lambda span: True)
    assert NAME not in copy.decode()


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "big5", "undefined", "charmap", "gbk"])
def test_a_page_that_names_a_wrong_charset_is_written_in_the_one_it_is_in(charset):
    page = f"<html><meta charset={charset}><p>公示：申请人{{}}，家住石桥镇溪口村，患病，现予公示。</p>"
    data = page.format(NAME).encode("gb18030")
    copy, done = redact_bytes(data, "a.html", tagger=TAGGER, replace=Replacer("label", labels=()), keep=lambda span: True)
    head, tail = page.split("{}")
    assert copy.startswith(head.encode("gb18030"))
    assert copy.endswith(tail.encode("gb18030"))
    assert NAME not in copy.decode("gb18030")
    assert sum(done.findings.values()) == 1


def test_the_options_of_a_list_are_redacted_and_the_one_chosen_is_read_as_its_reader_reads_it():
    page = "<p>甲：<select><option>乙乙</option><option selected>{0}</option></select></p><select multiple><option>{0}</select>"
    data = page.format(NAME).encode()
    seen, *_ = open_source(data, "a.html").documents
    assert isinstance(seen, Document)
    assert (seen.text, BESIDE in seen.meta) == (f"甲： {NAME}", False)
    copy, done = redact_bytes(data, "a.html", tagger=TAGGER, replace=Replacer("remove", labels=()), keep=lambda span: True)
    assert copy.decode() == page.format("")
    assert sum(done.findings.values()) == 2


@pytest.fixture(scope="module")
def shipped() -> Tagger:
    return Tagger.load(threads=1)


@pytest.mark.parametrize("strategy", ["mask", "label", "pseudonym", "remove"])
def test_numbers_of_elements_beside_each_other_are_replaced_each_in_its_place(shipped, strategy):
    identity, telephone = "110105194912310021", "13900001234"
    page = "<div><span>第3号</span><span>{0}</span><span>{1}</span><span>2024</span><br>{2}</div>"
    data, replace = page.format(identity, telephone, "139<b>0000</b>1234").encode(), Replacer(strategy)
    copy, done = redact_bytes(data, "a.html", tagger=shipped, replace=replace, keep=lambda span: True)
    new = replace("PHONE", telephone)
    assert copy.decode() == page.format(replace("ID_CARD", identity), new, f"{new}<b></b>")
    assert done.findings == {"ID_CARD": 1, "PHONE": 2}
    assert redact_bytes(copy, "a.html", tagger=shipped, replace=replace, keep=lambda span: True)[0] == copy


@pytest.mark.parametrize("strategy", ["mask", "label", "remove"])
def test_the_reading_of_a_replaced_name_goes_and_all_others_stay(strategy):
    page = (
        "<p>甲<ruby>\n<rb>{0}</rb><rp>(</rp><rt title=a>{1}<b>{1}</b></rt>\n<rt>{2}</rt></ruby></p>"
        "<p><ruby>乙<rt>yi</ruby><ruby>丙<rt>{3}</rt></ruby><i hidden>bei</i>"
    )
    data, replace = page.format(NAME, "ou yang", NAME, NAME).encode(), Replacer(strategy, labels=())
    copy, done = redact_bytes(data, "a.html", tagger=TAGGER, replace=replace, keep=lambda span: True)
    new = replace(toy.SCHEMA.labels[0], NAME)
    assert copy.decode() == page.replace("(", "").format(new, "", "", new)
    assert sum(done.findings.values()) == 3


def test_a_ruby_that_is_left_open_takes_no_text_behind_its_paragraph_along():
    page = "<p><ruby>甲<rt>jia</p><p>{0}<i hidden>abc</i></p>"
    data = page.format(NAME).encode()
    copy, _ = redact_bytes(data, "a.html", tagger=TAGGER, replace=Replacer("remove", labels=()), keep=lambda span: True)
    assert copy.decode() == page.format("")
