"""Layouts of tables and forms: the same cells as tab-separated, piped, padded or linearised text, as dumps really hold them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from random import Random
from typing import TypeAlias

from minshi.readers.rows import row_text
from minshi_train.synth.people import Runs

Cells: TypeAlias = list[Runs]

_BLANKS = ("", "", "", "/", "—", "-")  # never 无: under some headings that is a fact


def lay_out_table(rng: Random, headers: list[str], rows: list[Cells]) -> Runs:
    """Return a table in one of the layouts; empty cells may be written as a dash or a slash."""
    layouts: dict[Callable[[Random, list[str], list[Cells]], Runs], float] = {
        _tabs: 0.27,
        _linearised: 0.27,
        _piped: 0.14,
        _padded: 0.12,
        _spaced: 0.08,
        _commas: 0.07,
        _stacked: 0.05,
    }
    layout = rng.choices(list(layouts), list(layouts.values()))[0]
    return layout(rng, headers, rows)


def lay_out_form(rng: Random, headers: list[str], cells: Cells) -> Runs:
    """Return one record as a form: a field a line, several a line, or in brackets."""
    style = rng.choice(("colon", "colon", "colon", "ascii", "tab", "pairs", "brackets", "row", "blank"))
    if style == "row":
        return _linearised(rng, headers, [cells])
    if style == "tab":
        return _lines([[(f"{header}\t", ""), *cell] for header, cell in zip(headers, cells, strict=True)])
    if style == "brackets":
        return _lines([[(f"【{header}】", ""), *cell] for header, cell in zip(headers, cells, strict=True)])
    colon = {"ascii": ":", "blank": "： "}.get(style, "：")
    fields = [[(header + colon, ""), *cell] for header, cell in zip(headers, cells, strict=True)]
    if style != "pairs":
        return _lines(fields)
    separator = rng.choice(("  ", "　", "\t", "；"))
    each = rng.randint(2, 4)
    return _lines([_joined(fields[at : at + each], separator) for at in range(0, len(fields), each)])


def plain(runs: Runs) -> str:
    """Return the text of runs without their labels."""
    return "".join(text for text, _ in runs)


def _tabs(rng: Random, headers: list[str], rows: list[Cells]) -> Runs:
    return _ruled(rng, headers, rows, "\t")


def _piped(rng: Random, headers: list[str], rows: list[Cells]) -> Runs:
    if rng.random() < 0.5:
        return _ruled(rng, headers, rows, rng.choice(("|", " | ", "｜", "┃")))
    head: Runs = [("| " + " | ".join(headers) + " |\n" + "|" + "---|" * len(headers), "")]
    body = [[("| ", ""), *_joined(cells, " | "), (" |", "")] for cells in rows]
    return _lines([head, *body])


def _commas(rng: Random, headers: list[str], rows: list[Cells]) -> Runs:
    quoted = [[[('"', ""), *cell, ('"', "")] if "," in plain(cell) else cell for cell in cells] for cells in rows]
    return _ruled(rng, headers, quoted, ",")


def _spaced(rng: Random, headers: list[str], rows: list[Cells]) -> Runs:
    return _ruled(rng, headers, rows, rng.choice((" ", "  ", "　")))


def _padded(rng: Random, headers: list[str], rows: list[Cells]) -> Runs:
    filled = [[[(header, "")] for header in headers], *_filled(rng, rows)]
    widths = [max(_width(plain(row[at])) for row in filled) + 2 for at in range(len(headers))]
    return _lines([_padded_row(cells, widths) for cells in filled])


def _padded_row(cells: Cells, widths: list[int]) -> Runs:
    runs: Runs = []
    for cell, width in zip(cells, widths, strict=True):
        runs += [*cell, (" " * (width - _width(plain(cell))), "")]
    return runs


def _linearised(rng: Random, headers: list[str], rows: list[Cells]) -> Runs:
    return _lines([_linear_row(headers, cells) for cells in rows])


def _linear_row(headers: list[str], cells: Cells) -> Runs:
    text, places = row_text(headers, [plain(cell) for cell in cells])
    runs: Runs = []
    done = 0
    for column, start, end in places:
        runs += [(text[done:start], ""), *cells[column]]
        done = end
    return [*runs, (text[done:], "")]


def _stacked(rng: Random, headers: list[str], rows: list[Cells]) -> Runs:
    """A table pasted from a PDF: every cell on a line of its own."""
    return _lines([[(header, "")] for header in headers] + [cell for cells in _filled(rng, rows) for cell in cells])


def _ruled(rng: Random, headers: list[str], rows: list[Cells], separator: str) -> Runs:
    return _lines([[(separator.join(headers), "")], *(_joined(cells, separator) for cells in _filled(rng, rows))])


def _filled(rng: Random, rows: list[Cells]) -> list[Cells]:
    blank = rng.choice(_BLANKS)
    return [[cell if plain(cell) else [(blank, "")] for cell in cells] for cells in rows]


def _joined(cells: list[Runs], separator: str) -> Runs:
    runs: Runs = []
    for index, cell in enumerate(cells):
        runs += cell if index == 0 else [(separator, ""), *cell]
    return runs


def _lines(rows: list[Runs]) -> Runs:
    return _joined(rows, "\n")


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
