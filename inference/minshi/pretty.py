"""Findings for people: the text with its spans highlighted, and a table. Used by the command line only."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from minshi.labels import LabelInfo
from minshi.masking import printable
from minshi.types import Document
from minshi.writers import source_of

_MODEL_STYLES = tuple(f"bold black on {colour}" for colour in ("#ffd75f", "#5fd7ff", "#ff87ff", "#ff8787", "#87d787"))
_RULE_STYLE = "bold black on #d0d0d0"


class PrettyWriter:
    """Print documents to a console, each with its legend of colours."""

    def __init__(self, console: Console, labels: Iterable[LabelInfo]) -> None:
        labels = list(labels)
        self._console = console
        self._zh = {label.id: label.zh for label in labels}
        by_model = [label.id for label in labels if label.kind == "model"]
        self._styles = {label: _MODEL_STYLES[index % len(_MODEL_STYLES)] for index, label in enumerate(by_model)}

    def __call__(self, doc: Document) -> None:
        self._console.rule(Text(_one_line(_title(doc)), style="bold"), align="left")
        self._console.print(Padding(self.highlighted(doc), (1, 2)))
        if doc.spans:
            self._console.print(Padding(self.table(doc), (0, 0, 1, 2)))
        else:
            self._console.print("  没有发现 nothing found\n", style="dim")

    def highlighted(self, doc: Document) -> Text:
        """Return the text with each span in the colour of its label."""
        text = Text(printable(doc.text))
        for span in doc.spans:
            text.stylize(self._style(span.label), span.start, span.end)
        return text

    def table(self, doc: Document) -> Table:
        """Return one row a span: what, where, who found it and how surely. In a document with places it is found there."""
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        table.add_column("标签", no_wrap=True)
        table.add_column("内容", overflow="fold")
        if doc.anchors:
            table.add_column("所在", overflow="fold")
        table.add_column("位置", justify="right", no_wrap=True)
        table.add_column("来源", no_wrap=True)
        table.add_column("分数", justify="right", no_wrap=True)
        for span in doc.spans:
            label = Text.assemble((self._zh.get(span.label, span.label), self._style(span.label)), f" {span.label}")
            shown = Text(_one_line(doc.text[span.start : span.end]))
            place, start, end = doc.located(span)
            where = [Text(_one_line(place))] if doc.anchors else []
            table.add_row(label, shown, *where, f"{start}–{end}", span.by, f"{span.score:.2f}")
        return table

    def _style(self, label: str) -> str:
        return self._styles.get(label, _RULE_STYLE)


def _title(doc: Document) -> str:
    """Return the id, behind the input that it is from where it does not tell which."""
    source = source_of(doc)
    return doc.id if doc.id.startswith(source) else f"{source}: {doc.id}"


def _one_line(text: str) -> str:
    return printable(text.replace("\n", "⏎"))


def label_table(labels: Iterable[LabelInfo]) -> Table:
    """Return the label schema as a table."""
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("id", "中文", "定义", "由谁发现", "个人信息保护法第28条", "GB/T 45574-2025 附录A"):
        table.add_column(name, overflow="fold")
    for label in labels:
        found_by = "模型 model" if label.kind == "model" else "规则 rule"
        table.add_row(label.id, label.zh, label.definition, found_by, label.pipl or "—", label.gbt45574 or "—")
    return table
