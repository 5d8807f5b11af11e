"""The report of what `examine` returned: Markdown with the worst errors, and one HTML page with plots and more, without scripts.

Unlike logs and metrics, both show text of the documents: they are for those who may read them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import chain
from pathlib import Path
from typing import Any

from minshi_train.evaluate import FIGURES
from minshi_train.jsonfile import write_json

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; color: #1d2733; }
h2 { margin-top: 2.2rem; } table { border-collapse: collapse; margin: .5rem 0; }
td, th { padding: .15rem .8rem; text-align: right; border-bottom: 1px solid #e4e8ee; }
td:first-child, th:first-child { text-align: left; } .plots { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0; } figcaption { font-size: .85rem; text-align: center; }
.errors td { text-align: left; font-size: .9rem; } mark { background: #ffdf9e; padding: 0 .1em; }
"""
_ERRORS = 200  # shown of what was missed, and as many of what is wrong
_WORST = 30  # of them in Markdown
_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~!&]")
_SIZE = 220  # of a plot, in pixels
_RELAXED = {
    "boundaries": "right boundaries, whatever the label",
    "overlap": "some overlap, whatever the label",
    "type": "some overlap, with the right label",
}
_SHARES = {
    "character_recall": "of sensitive characters are found",
    "leaking_characters": "of sensitive characters are left uncovered",
    "leaking_spans": "of sensitive spans leave a character uncovered",
    "leaking_documents": "of documents with something to find leave a character uncovered",
    "over_redaction": "of characters that are not sensitive are covered",
    "negative_documents_flagged": "of documents with nothing to find get a finding",
}


def write_reports(folder: Path, name: str, examined: Mapping[str, Any]) -> None:
    """Write metrics.json, report.md and report.html of what `examine` returned; `name` says of which model and data."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "metrics.json", {key: value for key, value in examined.items() if key != "errors"})
    (folder / "report.md").write_text(_markdown(name, examined), encoding="utf-8")
    (folder / "report.html").write_text(_html(name, examined), encoding="utf-8")


def _by_name(told: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {**told["labels"], "micro": told["micro"], "macro": told["macro"]}


def _label_rows(examined: Mapping[str, Any]) -> list[list[str]]:
    gold = {name: row["gold"] for name, row in examined["labels"].items()}
    gold["micro"], ranges = sum(gold.values()), _by_name(examined["confidence"])
    figures = [
        [name, str(gold.get(name, "")), *(f"{row[key]:.3f}" for key in FIGURES), _range(ranges[name]["f1"])]
        for name, row in _by_name(examined).items()
    ]
    return [*figures, ["micro, by seqeval", "", "", "", f"{examined['seqeval_micro_f1']:.3f}", "", ""]]


def _interval_rows(confidence: Mapping[str, Any]) -> list[list[str]]:
    return [[name, *(_range(row[key]) for key in FIGURES)] for name, row in _by_name(confidence).items()]


def _relaxed_rows(told: Mapping[str, Any], confidence: Mapping[str, Any]) -> list[list[str]]:
    ranges = _by_name(confidence)
    return [[name, *(f"{row[key]:.3f} ({_range(ranges[name][key])})" for key in FIGURES)] for name, row in _by_name(told).items()]


def _leak_rows(examined: Mapping[str, Any]) -> list[list[str]]:
    ranges = {key: "{:.1%}–{:.1%}".format(*examined["confidence"][key]) for key in _SHARES}
    return [[f"{examined[key]:.1%}", words, ranges[key]] for key, words in _SHARES.items()]


def _range(edges: Sequence[float]) -> str:
    low, high = edges
    return f"{low:.3f}–{high:.3f}"


def _slice_rows(values: Mapping[str, Mapping[str, float]]) -> list[list[str]]:
    return [
        [name, *(f"{row[key]:g}" if key in ("documents", "gold") else f"{row[key]:.3f}" for key in row)]
        for name, row in values.items()
    ]


def _sections(examined: Mapping[str, Any]) -> Iterable[tuple[str, list[str], list[list[str]]]]:
    yield "Strict", ["label", "gold", *FIGURES, "F1, 95 %"], _label_rows(examined)
    yield "Strict, 95 % intervals", ["label", *FIGURES], _interval_rows(examined["confidence"])
    yield "Leaks and over-redaction", ["share", "", "95 %"], _leak_rows(examined)
    for kind, words in _RELAXED.items():
        rows = _relaxed_rows(examined["relaxed"][kind], examined["confidence"]["relaxed"][kind])
        yield f"Relaxed: {words}, 95 % intervals", ["label", *FIGURES], rows
    for dimension, values in examined["slices"].items():
        if values:
            yield f"By {dimension}", [dimension, *next(iter(values.values()))], _slice_rows(values)
    bins = {f"{row['low']:.1f}–{row['high']:.1f}": row for row in examined["calibration"]["bins"]}
    rows = [[name, str(row["spans"]), f"{row['score']:.3f}", f"{row['right']:.3f}"] for name, row in bins.items()]
    title = f"Calibration: expected error {examined['calibration']['expected_calibration_error']:.3f}"
    yield title, ["score", "spans", "mean score", "share right"], rows


def _curve_sections(examined: Mapping[str, Any]) -> Iterable[tuple[str, list[str], list[list[str]]]]:
    """Yield the points of each curve at every tenth of the score."""
    for label, points in examined["curves"].items():
        rows = []
        for least in (step / 10 for step in range(9, -1, -1)):
            if kept := [point for point in points if point[0] >= least]:
                _, precision, recall = kept[-1]
                rows.append([f"{least:.1f}", f"{precision:.3f}", f"{recall:.3f}"])
        if rows:
            yield f"{label}: precision and recall by score", ["score at least", "precision", "recall"], rows


def _markdown(name: str, examined: Mapping[str, Any]) -> str:
    lines = [f"# {name}", "", f"{examined['documents']} documents. Strict: start, end and label all right.", ""]
    for title, head, rows in chain(_sections(examined), _curve_sections(examined)):
        lines += [f"## {title}", "", f"| {' | '.join(head)} |", f"| --- |{' ---: |' * (len(head) - 1)}"]
        lines += [f"| {' | '.join(cell.replace('|', '∣') for cell in row)} |" for row in rows]
        lines.append("")
    return "\n".join([*lines, "## Errors", "", *_error_lines(examined["errors"])])


def _error_lines(errors: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for what, some in _by_kind(errors):
        more = "; `report.html` has more" if len(some) > _WORST else ""
        yield f"{min(len(some), _WORST)} of {len(some)} that {what}{more}."
        yield ""
        for error in some[:_WORST]:
            shown = "⏎".join(f"{error['before']}【{error['text']}】{error['after']}".strip().splitlines())
            told = f"{error['kind']} {error['label']} {error['score']:.2f}, {error['document']}: {shown}"
            yield "- " + _MARKUP.sub(r"\\\g<0>", told)
        yield ""


def _html(name: str, examined: Mapping[str, Any]) -> str:
    tables = "".join(f"<h2>{escape(title)}</h2>{_table(head, rows)}" for title, head, rows in _sections(examined))
    reliability = [(row["score"], row["right"]) for row in examined["calibration"]["bins"]]
    plots = [_plot("score against share right", reliability, diagonal=True)]
    for label, points in examined["curves"].items():
        plots.append(_plot(f"{label}: recall against precision", [(recall, precision) for _, precision, recall in points]))
    head = f'<!doctype html><html lang="zh"><meta charset="utf-8"><title>{escape(name)}</title><style>{_STYLE}</style>'
    return (
        f"{head}<h1>{escape(name)}</h1><p>{examined['documents']} documents. Strict: start, end and label all right.</p>{tables}"
        f'<h2>Plots</h2><div class="plots">{"".join(plots)}</div>{_errors(examined["errors"])}</html>\n'
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{body}</table>"


def _plot(caption: str, points: Iterable[tuple[float, float]], *, diagonal: bool = False) -> str:
    path = " ".join(f"{x * _SIZE:.1f},{(1 - y) * _SIZE:.1f}" for x, y in points)
    line = f'<line x1="0" y1="{_SIZE}" x2="{_SIZE}" y2="0" stroke="#bbb" stroke-dasharray="4"/>' if diagonal else ""
    return (
        f'<figure><svg width="{_SIZE}" height="{_SIZE}" viewBox="-2 -2 {_SIZE + 4} {_SIZE + 4}" role="img">'
        f'<rect width="{_SIZE}" height="{_SIZE}" fill="none" stroke="#bbb"/>{line}'
        f'<polyline points="{path}" fill="none" stroke="#3d7ab8" stroke-width="2"/></svg>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _errors(errors: Sequence[Mapping[str, Any]]) -> str:
    return f"<h2>Errors</h2>{''.join(_error_table(what, some) for what, some in _by_kind(errors))}"


def _by_kind(errors: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    yield "were missed altogether", [error for error in errors if error["kind"] == "missed"]
    yield "are wrong, the surest first", [error for error in errors if error["kind"] != "missed"]


def _error_table(what: str, errors: Sequence[Mapping[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td>{error['kind']}</td><td>{error['label']}</td><td>{error['score']:.2f}</td><td>{escape(error['document'])}</td>"
        f"<td>{escape(error['before'])}<mark>{escape(error['text'])}</mark>{escape(error['after'])}</td></tr>"
        for error in errors[:_ERRORS]
    )
    return (
        f'<p>{min(len(errors), _ERRORS)} of {len(errors)} that {what}.</p><table class="errors"><tr><th>kind</th><th>label</th>'
        f"<th>score</th><th>document</th><th>text</th></tr>{rows}</table>"
    )
