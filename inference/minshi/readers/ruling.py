"""The ruling lines of a PDF page and the cells that they part: most tables of office programs have them, and they are exact.

What is not ruled throughout, as a table with lines between rows only, is left to where its text stands. Lengths are in points.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from ctypes import c_float, c_int
from dataclasses import dataclass
from itertools import pairwise

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from minshi.readers.page_text import Box, turned

_MAX_OBJECTS = 10_000  # of a page, text too
_MAX_POINTS = 20_000  # of its paths: maps and drawings have more, and no tables
_MAX_CROSSINGS = 250_000  # lines across times lines down
_MAX_CELLS = 20_000
_MAX_TABLES = 100
_DEPTH = 4  # of forms in forms
_FAR = 100_000  # from the page's corner: what damaged files have, infinity too
_SNAP = 3.0  # lines so near are one: the edges of a bar that is filled, a double line, ends that do not quite meet


@dataclass(frozen=True, slots=True)
class _Rule:
    """A line across at a height `at`, or down at a distance `at` from the left."""

    at: float
    start: float
    end: float

    def meets(self, other: _Rule) -> bool:
        return self.reaches(other.at) and other.reaches(self.at)

    def reaches(self, at: float) -> bool:
        return self.start - _SNAP <= at <= self.end + _SNAP


@dataclass(frozen=True, slots=True)
class RuledCell:
    """A cell, which may be merged: its first row and column, how many columns it covers, and its walls."""

    row: int
    column: int
    columns: int
    left: float
    right: float


@dataclass(frozen=True, slots=True, eq=False)
class RuledTable:
    """Where the columns and rows of a table part, rows from the foot of the page up, and the cell at each row and column."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    cells: tuple[tuple[RuledCell, ...], ...]

    def cell_at(self, x: float, y: float) -> RuledCell | None:
        """Return the cell that a point is in."""
        column, row = bisect_right(self.xs, x) - 1, len(self.ys) - 1 - bisect_right(self.ys, y)
        is_inside = 0 <= column < len(self.xs) - 1 and 0 <= row < len(self.ys) - 1
        return self.cells[row][column] if is_inside else None


def ruled_tables(page: pdfium.PdfPage) -> list[RuledTable]:
    """Return the tables of a page whose columns lines part; none of a page with more lines than tables have."""
    rules = _rules(page)
    if rules is None:
        return []
    across, down = map(_merged, rules)
    if len(across) * len(down) > _MAX_CROSSINGS:
        return []
    meeting = [(a, len(across) + d) for a, one in enumerate(across) for d, other in enumerate(down) if one.meets(other)]
    groups: dict[int, tuple[list[_Rule], list[_Rule]]] = {}
    for at, group in enumerate(_grouped(len(across) + len(down), meeting)):
        lines = groups.setdefault(group, ([], []))
        (lines[0] if at < len(across) else lines[1]).append([*across, *down][at])
    tables = [table for lines in groups.values() if (table := _table(*lines))]
    return tables if len(tables) <= _MAX_TABLES else []


def _rules(page: pdfium.PdfPage) -> tuple[list[_Rule], list[_Rule]] | None:
    """Return the lines across and down that are drawn on a page; nothing where there is too much to look at."""
    if raw.FPDFPage_CountObjects(page) > _MAX_OBJECTS:
        return None
    rotation = page.get_rotation()
    across: list[_Rule] = []
    down: list[_Rule] = []
    points = 0
    for number, shown in enumerate(page.get_objects(max_depth=_DEPTH), start=1):
        is_path = shown.type == raw.FPDF_PAGEOBJ_PATH
        points += raw.FPDFPath_CountSegments(shown) if is_path else 0
        if number > _MAX_OBJECTS or points > _MAX_POINTS:
            return None
        for edge in filter(_is_sane, _drawn(shown) if is_path else ()):
            left, bottom, right, top = turned(edge, rotation)
            if top - bottom <= _SNAP < right - left:
                across.append(_Rule((bottom + top) / 2, left, right))
            elif right - left <= _SNAP < top - bottom:
                down.append(_Rule((left + right) / 2, bottom, top))
    return across, down


def _is_sane(edge: Box) -> bool:
    return all(abs(value) < _FAR for value in edge)


def _drawn(path: pdfium.PdfObject) -> Iterator[Box]:
    """Yield the boxes of the lines of a path, and of its parts that are thin, which is how some programs draw lines."""
    if not path.container and _is_thin(whole := path.get_bounds()):
        yield whole
        return
    fill, stroke = c_int(), c_int()
    raw.FPDFPath_GetDrawMode(path, fill, stroke)
    for points in _parts(path) if fill.value or stroke.value else ():
        whole = _box(point for point in points if point)
        if _is_thin(whole):
            yield whole
        elif stroke.value:
            yield from (_box((one, other)) for one, other in pairwise(points) if one and other)


def _is_thin(box: Box) -> bool:
    return min(box[2] - box[0], box[3] - box[1]) <= _SNAP


_Point = tuple[float, float]


def _parts(path: pdfium.PdfObject) -> Iterator[list[_Point | None]]:
    """Yield the points of each part of a path, None where a curve is between two."""
    matrix, holder = path.get_matrix(), path.container
    while holder:
        matrix, holder = matrix.multiply(holder.get_matrix()), holder.container
    points: list[_Point | None] = []
    x, y = c_float(), c_float()
    for at in range(raw.FPDFPath_CountSegments(path)):
        segment = raw.FPDFPath_GetPathSegment(path, at)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO and points:
            yield points
            points = []
        if kind == raw.FPDF_SEGMENT_BEZIERTO:
            points.append(None)
        points.append(matrix.on_point(x.value, y.value))
        if raw.FPDFPathSegment_GetClose(segment):
            points.append(points[0])
    if points:
        yield points


def _box(points: Iterable[_Point]) -> Box:
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _merged(rules: list[_Rule]) -> list[_Rule]:
    """Return lines with those as one that go on with each other, as the borders of cells side by side."""
    whole: list[_Rule] = []
    heights = _distinct(rule.at for rule in rules)
    for _, group in _by_height(rules, heights):
        for rule in sorted(group, key=lambda rule: rule.start):
            last = whole[-1] if whole else None
            if last and last.at == rule.at and rule.start <= last.end + _SNAP:
                whole[-1] = _Rule(last.at, last.start, max(last.end, rule.end))
            else:
                whole.append(rule)
    return whole


def _by_height(rules: Iterable[_Rule], heights: Sequence[float]) -> Iterator[tuple[float, list[_Rule]]]:
    """Yield each height with the lines that are so near that they are at it."""
    found: dict[float, list[_Rule]] = {height: [] for height in heights}
    for rule in rules:
        height = heights[bisect_right(heights, rule.at) - 1]
        found[height].append(_Rule(height, rule.start, rule.end))
    yield from found.items()


def _distinct(values: Iterable[float]) -> list[float]:
    """Return values without those that are as near as one line to another before them.

    >>> _distinct([80.5, 10, 80, 12])
    [10, 80]
    """
    kept: list[float] = []
    for value in sorted(values):
        if not kept or value - kept[-1] > _SNAP:
            kept.append(value)
    return kept


def _grouped(count: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """Return for each of so many things the first of those that pairs link it to.

    >>> _grouped(5, [(1, 3), (4, 3)])
    [0, 1, 2, 1, 1]
    """
    first = list(range(count))

    def root(at: int) -> int:
        while first[at] != at:
            first[at] = at = first[first[at]]
        return at

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        first[high] = low
    return [root(at) for at in range(count)]


def _table(across: Sequence[_Rule], down: Sequence[_Rule]) -> RuledTable | None:
    """Return the table of lines that meet; none where they part no columns, or parts that are no rectangles.

    A table that is open at its sides ends where its lines across do.
    """
    if len(across) < 2 or not down:
        return None
    xs = _distinct([*(rule.at for rule in down), min(rule.start for rule in across), max(rule.end for rule in across)])
    ys = _distinct([*(rule.at for rule in across), min(rule.start for rule in down), max(rule.end for rule in down)])
    width, height = len(xs) - 1, len(ys) - 1
    if width < 2 or height < 1 or width * height > _MAX_CELLS:
        return None
    beside = ((row * width + at, row * width + at + 1) for row, at in _open(down, xs, ys))
    above = ((at * width + column, (at + 1) * width + column) for column, at in _open(across, ys, xs))
    first = _grouped(width * height, [*beside, *above])
    cells = _cells(first, xs, height)
    return RuledTable(tuple(xs), tuple(ys), cells) if cells else None


def _open(rules: Sequence[_Rule], at: Sequence[float], along: Sequence[float]) -> Iterator[tuple[int, int]]:
    """Yield (place along the lines, number of the inner line) where a line is missing between two places."""
    walls = {
        (bisect_right(at, rule.at) - 1, place)
        for rule in rules
        for place in range(bisect_left(along, rule.start - _SNAP), len(along) - 1)
        if along[place + 1] <= rule.end + _SNAP
    }
    yield from (
        (place, line - 1) for line in range(1, len(at) - 1) for place in range(len(along) - 1) if (line, place) not in walls
    )


def _cells(first: Sequence[int], xs: Sequence[float], height: int) -> tuple[tuple[RuledCell, ...], ...]:
    """Return the cell at each row, from above, and column; nothing where one is no rectangle."""
    width = len(xs) - 1
    members: dict[int, list[int]] = {}
    for at, group in enumerate(first):
        members.setdefault(group, []).append(at)
    found: dict[int, RuledCell] = {}
    for group, places in members.items():
        rows, columns = ({divmod(at, width)[part] for at in places} for part in (0, 1))
        if len(rows) * len(columns) != len(places):
            return ()
        start, end = min(columns), max(columns) + 1
        found[group] = RuledCell(height - 1 - max(rows), start, end - start, xs[start], xs[end])
    return tuple(tuple(found[first[row * width + at]] for at in range(width)) for row in range(height - 1, -1, -1))
