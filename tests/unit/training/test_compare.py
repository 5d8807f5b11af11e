"""Two versions side by side: only a difference beyond chance has an interval that leaves zero out."""

from __future__ import annotations

from minshi.types import Document, Span
from minshi_train.compare import Difference, changes, differences
from minshi_train.examine import slices

_NAME, _ILL = Span(0, 3, "NAME"), Span(4, 6, "HEALTH")
_WIDE = Span(3, 6, "HEALTH")


def _judged(count: int, *found: Span, form: str = "prose", genre: str = "公示") -> list[tuple[Document, list[Span]]]:
    meta = {"form": form, "genre": genre}
    docs = (Document(str(n), "王小明患肺癌住院", (_NAME, _ILL), meta=meta) for n in range(count))
    return [(doc, list(found)) for doc in docs]


def _row(rows: list[Difference], name: str) -> Difference:
    return next(row for row in rows if row.name == name)


def test_the_same_findings_differ_by_nothing():
    rows = differences(_judged(20, _NAME), _judged(20, _NAME), ["NAME", "HEALTH"])
    names = ["micro", "NAME", "HEALTH", "form prose", "length under 100 characters", "genre 公示", "name 3 characters, recall"]
    assert [row.name for row in rows] == [*names, "leaked characters", "marked characters"]
    assert all(row.low == row.high == 0 and not row.is_beyond_chance for row in rows)


def test_a_clear_gain_excludes_zero_for_the_label_that_gained():
    rows = differences(_judged(20, _NAME), _judged(20, _NAME, _ILL), ["NAME", "HEALTH"])
    assert _row(rows, "HEALTH").is_beyond_chance
    assert (_row(rows, "HEALTH").old, _row(rows, "HEALTH").new) == (0.0, 1.0)
    assert not _row(rows, "NAME").is_beyond_chance
    assert (_row(rows, "leaked characters").old, _row(rows, "leaked characters").new) == (2 / 5, 0.0)


def test_a_row_of_a_slice_has_the_figure_that_examine_reports():
    old = _judged(10, _NAME) + _judged(10, _NAME, form="table", genre="名单")
    new = _judged(10, _ILL) + _judged(10, _NAME, _ILL, form="table", genre="名单")
    rows, before, after = differences(old, new, ["NAME"]), slices(old), slices(new)
    for dimension, name in [("form", "prose"), ("form", "table"), ("genre", "名单"), ("length", "under 100 characters")]:
        row = _row(rows, f"{dimension} {name}")
        assert (round(row.old, 4), round(row.new, 4)) == (before[dimension][name]["f1"], after[dimension][name]["f1"])
    names = _row(rows, "name 3 characters, recall")
    assert names.old == before["name"]["3 characters"]["recall"] == 1.0
    assert names.new == after["name"]["3 characters"]["recall"] == 0.5


def test_a_slice_of_few_documents_has_no_row():
    judged = _judged(10, _NAME) + _judged(9, _NAME, form="table", genre="名单") + _judged(10, _NAME, form="", genre="")
    names = {row.name for row in differences(judged, judged, [])}
    assert {name for name in names if name.startswith(("form", "genre"))} == {"form prose", "genre 公示"}
    assert not any(row.name.startswith("name") for row in differences(_judged(9), _judged(9), []))


def test_an_even_match_includes_zero():
    one, other = _judged(20, _NAME) + _judged(20), _judged(20) + _judged(20, _NAME)
    assert not _row(differences(one, other, ["NAME"]), "micro").is_beyond_chance


def test_a_wider_span_marks_more_and_leaks_no_more():
    rows = differences(_judged(5, _ILL), _judged(5, _WIDE), ["HEALTH"])
    assert _row(rows, "leaked characters").high == 0
    assert _row(rows, "marked characters").low > 0


def test_changes_name_what_got_better_and_worse():
    lines = list(changes(_judged(1, _NAME, _ILL), _judged(1, _WIDE)))
    assert [line.split("\t")[:2] for line in lines] == [["worse", "-NAME"], ["worse", "+HEALTH"], ["worse", "-HEALTH"]]
    assert lines[0].endswith("\t【王小明】患肺癌住院")
    assert next(iter(changes(_judged(1), _judged(1, _NAME)))).startswith("better\t+NAME")


def _changed(text: str, start: int, end: int) -> str:
    doc = Document("d", text, ())
    (line,) = changes([(doc, [])], [(doc, [Span(start, end, "NAME")])])
    return line.split("\t")[3]


def test_a_change_is_shown_in_its_sentence():
    text = "他说：“走吧。”王小明是本村村民，无劳动能力，靠低保和亲戚接济生活。后来好了。\n姓名：李四\n住址：无"
    assert _changed(text, 8, 11) == "【王小明】是本村村民，无劳动能力，靠低保和亲戚接济生活。"
    assert _changed(text, 23, 34) == "王小明是本村村民，无劳动能力，【靠低保和亲戚接济生活。】", "which ends the sentence itself"
    assert _changed(text, 43, 45) == "姓名：【李四】", "a line is a sentence"
    assert _changed(text, 37, 43) == "后来好【了。⏎姓名：】李四", "over two"


def test_a_sentence_without_an_end_is_cut_on_either_side():
    assert _changed("一" * 300, 150, 152) == f"…{'一' * 100}【一一】{'一' * 100}…"
    assert _changed("一" * 150, 10, 50) == f"{'一' * 10}【{'一' * 40}】{'一' * 100}"
