"""What was found is replaced where a page or text writes it in escapes, and told where a script does."""

from __future__ import annotations

from urllib.parse import quote

import pytest
import toy

from minshi.redact import Replacer
from minshi.redact.copy import open_source, redact_bytes
from minshi.redact.escapes import escaped_like, placed, unescaped
from minshi.redact.lookup import writings

TAGGER = toy.alphabet_tagger()
NAME = toy.entity(toy.SCHEMA.labels[0], 3, 1)
UNITS = NAME.encode("utf-16-be").hex()
WRITINGS = {
    "percent": quote(NAME),
    "gb18030": "".join(f"%{byte:02X}" for byte in NAME.encode("gb18030")),
    "json": "".join(f"\\u{UNITS[at : at + 4]}" for at in range(0, len(UNITS), 4)),
    "escape": "".join(f"%u{UNITS[at : at + 4]}" for at in range(0, len(UNITS), 4)),
}


def redacted(text: str, name: str, strategy: str = "mask") -> tuple[str, tuple[str, ...]]:
    replace = Replacer(strategy, labels=())
    copy, done = redact_bytes(text.encode(), name, tagger=TAGGER, replace=replace, keep=lambda span: True)
    return copy.decode(), tuple(done.warnings)


@pytest.mark.parametrize("written", WRITINGS.values(), ids=WRITINGS)
@pytest.mark.parametrize(
    "page", ["<p>甲{0}</p><a href='/s?a=1&amp;name={1}&b=%20'>更多</a>", "<p>{0}</p><i data-a='{{&quot;{1}&quot;}}'>甲</i>"]
)
def test_a_name_in_escapes_of_an_attribute_is_replaced_as_it_is_written(written: str, page: str) -> None:
    for strategy in ("mask", "remove"):
        copy, _ = redacted(page.format(NAME, written), "a.html", strategy)
        masked = NAME[0] + "**" if strategy == "mask" else ""
        assert copy == page.format(masked, escaped_like(written, masked))
        assert NAME not in unescaped(copy)


@pytest.mark.parametrize("written", [*WRITINGS.values(), "".join(f"&#{ord(char)};" for char in NAME)])
def test_a_script_with_a_name_in_escapes_is_told(written: str) -> None:
    copy, warnings = redacted(f"<script>var a='{written}'</script><script>b('\\xa0%20')</script><p>甲</p>", "a.html")
    assert written in copy
    assert warnings == ("not looked at: scripts and style sheets (1)",)


def test_an_address_of_mail_in_escapes_is_replaced() -> None:
    copy, _ = redacted("<p>甲</p><a href='mailto:ding%40example.com'>乙</a>", "a.html", "remove")
    assert copy == "<p>甲</p><a href='mailto:'>乙</a>"


def test_a_day_of_birth_is_replaced_as_programs_write_it_too() -> None:
    page = "<p>出生日期：<time datetime='{1}'>{0}</time></p><i data-sort={2} data-day='2001-01-01'>甲</i>"
    copy, _ = redacted(page.format("1985年3月2日", "1985-03-02", "19850302"), "a.html", "remove")
    assert copy == page.format("", "", "")


@pytest.mark.parametrize("written", WRITINGS.values(), ids=WRITINGS)
def test_a_name_in_the_address_of_a_link_of_markdown_is_replaced(written: str) -> None:
    text = '[{0}](http://a.cn/{1}?a=%20 "{0}") 甲%E4%B8%99\r\n'
    copy, _ = redacted(text.format(NAME, written), "a.md")
    masked = NAME[0] + "**"
    assert copy == text.format(masked, escaped_like(written, masked))


def test_escapes_that_stand_for_no_text_stay() -> None:
    for text in ("100%", "%FF%FE", "\\ud83d", "\\udc00\\u5f", "%zz", "\\x", "%u{5f20}"):
        assert list(placed(text)) == [(char, at, at + 1) for at, char in enumerate(text)]
    assert list(placed("\\ud842\\udfb7%F0%A0%AE%B7")) == [("𠮷", 0, 12), ("𠮷", 12, 24)]
    assert unescaped(escaped_like("\\u5f20", "𠮷*")) == "𠮷*"


def test_text_that_is_no_day_has_one_writing() -> None:
    assert list(writings("BIRTH_DATE", "1985年")) == ["1985年"]
    assert list(writings("NAME", "1985-03-02")) == ["1985-03-02"]
    assert "19850302" in list(writings("BIRTH_DATE", "１９８５．０３．０２"))


def test_a_text_with_escapes_is_read_as_it_is_and_they_beside_it() -> None:
    read, beside = open_source(b"http://a.cn/%E4%B8%99%20 %20", "a.txt").documents
    assert (getattr(read, "text", ""), getattr(beside, "text", "")) == ("http://a.cn/%E4%B8%99%20 %20", "丙 ")
