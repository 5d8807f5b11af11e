from __future__ import annotations

import io

import pytest

pytest.importorskip("rich")

from rich.console import Console

from minshi.labels import LabelInfo
from minshi.pretty import PrettyWriter, label_table
from minshi.types import Anchor, Document, Span

LABELS = (
    LabelInfo("NAME", "姓名", "全名", "model", None, None),
    LabelInfo("HEALTH", "健康", "疾病", "model", "医疗健康", "医疗健康信息"),
    LabelInfo("PHONE", "电话号码", "手机", "rule", None, None),
)


def printed(*docs: Document, colour: bool = False) -> str:
    file = io.StringIO()
    system = "truecolor" if colour else None
    writer = PrettyWriter(Console(file=file, width=100, force_terminal=colour, color_system=system, _environ={}), LABELS)
    for doc in docs:
        writer(doc)
    return file.getvalue()


def row(output: str, label: str) -> str:
    return next(line for line in output.splitlines() if f" {label} " in line)


def test_text_and_table_name_each_finding():
    output = printed(Document("公示.txt", "贾明月患肺结核", (Span(0, 3, "NAME", 0.984), Span(4, 7, "HEALTH", 0.7, "rule:x"))))
    assert "公示.txt" in output
    assert "贾明月患肺结核" in output
    assert row(output, "NAME").split() == ["姓名", "NAME", "贾明月", "0–3", "model", "0.98"]
    assert row(output, "HEALTH").split() == ["健康", "HEALTH", "肺结核", "4–7", "rule:x", "0.70"]


def test_a_finding_of_a_table_is_shown_at_its_place_and_offsets_in_there():
    anchors = (Anchor(3, 6, "row=2;field=姓名"), Anchor(10, 14, "row=2;field=备\n注"))
    doc = Document("名单.csv", "姓名：贾明月；备注：患肺结核", (Span(3, 6, "NAME", 0.9), Span(11, 14, "HEALTH", 0.7)), anchors)
    output = printed(doc)
    assert row(output, "NAME").split() == ["姓名", "NAME", "贾明月", "row=2;field=姓名", "0–3", "model", "0.90"]
    assert row(output, "HEALTH").split() == ["健康", "HEALTH", "肺结核", "row=2;field=备⏎注", "1–4", "model", "0.70"]


def test_a_document_without_findings_says_so():
    assert "nothing found" in printed(Document("a", "没有"))


def test_labels_have_different_colours_in_text_and_table():
    output = printed(Document("a", "贾明月患肺结核", (Span(0, 3, "NAME"), Span(4, 7, "HEALTH"))), colour=True)
    assert "48;2;255;215;95m贾明月\x1b[0m患\x1b" in output
    assert "48;2;95;215;255m肺结核\x1b[0m" in output
    assert "48;2;255;215;95m姓名\x1b" in output
    assert "48;2;95;215;255m健康\x1b" in output


def test_square_brackets_are_text_and_not_markup():
    output = printed(Document("[red]a[/red]", "甲[bold]乙[/nothing]丙", (Span(1, 7, "NAME"),)))
    assert "甲[bold]乙[/nothing]丙" in output
    assert "[red]a[/red]" in output


@pytest.mark.parametrize("char", ["\x1b", "\x07", "\x9b", "\u202e", "\u2066", "\x00", "\x7f", "\ud800"])
def test_what_would_steer_a_terminal_is_not_printed(char):
    output = printed(Document(f"a{char}b", f"甲{char}[31m乙", (Span(0, 3, "NAME"),)))
    assert char not in output
    output.encode("utf-8")


def test_windows_line_ends_leave_no_mark_and_move_no_span():
    text = "贾明月\r\n患肺结核\r\n"
    output = printed(Document("a", text, (Span(0, 3, "NAME"), Span(6, 9, "HEALTH"))), colour=True)
    assert "\ufffd" not in output
    assert "\r" not in output
    assert "255;215;95m贾明月\x1b" in output
    assert "95;215;255m肺结核\x1b" in output


def test_an_unknown_label_is_printed_as_it_is():
    assert "NEW" in printed(Document("a", "甲", (Span(0, 1, "NEW"),)))


def test_the_label_table_tells_meaning_finder_and_legal_category():
    file = io.StringIO()
    Console(file=file, width=160, _environ={}).print(label_table(LABELS))
    health = row(file.getvalue(), "HEALTH")
    assert all(part in health for part in ("健康", "疾病", "模型 model", "医疗健康信息"))
    assert "规则 rule" in row(file.getvalue(), "PHONE")
    assert "—" in row(file.getvalue(), "PHONE")
