"""Make one flat, sorted, non-overlapping tuple of spans: windows into a document, then the model beside the rules."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from minshi.types import Anchor, Span
from minshi.window import Window

_EDGE = " \t\r\n\u3000\u00a0，。；：、！？,;:!?"  # what a span never starts or ends with


def stitch(windows: Iterable[tuple[Window, Iterable[Span]]], length: int) -> Iterator[Span]:
    """Yield document spans from window spans (offsets relative to their window) in document order.

    The window that owns a character answers for it. A span cut off by the end of its window is continued by the next
    windows, which saw what comes after; what a later window sees of a span that an earlier one gave is dropped.
    """
    last: Span | None = None
    is_open = False  # whether `last` touches the end of its window and is not yielded yet
    for window, found in windows:
        spans = [replace(span, start=span.start + window.start, end=span.end + window.start) for span in found]
        if is_open and last is not None:
            last = _continued(last, spans)
            is_open = last.end == window.end < length
            if not is_open:
                yield last
        for span in spans:
            if span.end <= window.own_start or span.start >= window.own_end:
                continue
            if last is not None and span.start < last.end:
                if span.label == last.label or span.end <= last.end:
                    continue
                span = replace(span, start=last.end)
            last, is_open = span, span.end == window.end < length
            if not is_open:
                yield span
    if is_open and last is not None:
        yield last


def _continued(cut: Span, spans: Iterable[Span]) -> Span:
    for span in spans:
        if span.start < cut.end < span.end and span.label == cut.label:
            return replace(cut, end=span.end, score=min(cut.score, span.score))
    return cut


def trimmed(spans: Iterable[Span], text: str) -> Iterator[Span]:
    """Yield the spans without white space and separators at their edges; what is nothing else is dropped."""
    for span in spans:
        inner = text[span.start : span.end]
        start = span.end - len(inner.lstrip(_EDGE))
        end = span.start + len(inner.rstrip(_EDGE))
        if start < end:
            yield span if (start, end) == (span.start, span.end) else replace(span, start=start, end=end)


def combine(text: str, *layers: Iterable[Span]) -> tuple[Span, ...]:
    """Return one flat, sorted tuple; where layers overlap the earlier one wins and the later keeps what is left.

    A layer may overlap itself: there the earlier, then the longer span wins.

    >>> combine("张三13812345678", [Span(2, 13, "PHONE")], [Span(0, 5, "NAME")])
    (Span(start=0, end=2, label='NAME', score=1.0, by='model'), Span(start=2, end=13, label='PHONE', score=1.0, by='model'))
    """
    taken: list[Span] = []
    for layer in layers:
        taken = sorted([*taken, *trimmed(_uncovered(_flat(layer), taken), text)])
    return tuple(taken)


def not_outdone(spans: Iterable[Span], others: Sequence[Span]) -> Iterator[Span]:
    """Yield the spans that do not lie inside one of the flat, sorted `others` which is surer than they are.

    >>> list(not_outdone([Span(5, 10, "ADDRESS", 0.1)], [Span(0, 10, "BIRTH_DATE", 0.9)]))
    []
    """
    ends = [other.end for other in others]
    for span in spans:
        at = bisect_right(ends, span.start)
        around = others[at] if at < len(others) else None
        if around is None or span.start < around.start or around.end < span.end or around.score <= span.score:
            yield span


def inside(spans: Iterable[Span], anchors: Sequence[Anchor]) -> Iterator[Span]:
    """Yield what of sorted spans lies inside sorted anchors, cut at their edges."""
    starts = [anchor.start for anchor in anchors]
    for span in spans:
        for index in range(max(0, bisect_right(starts, span.start) - 1), len(anchors)):
            anchor = anchors[index]
            if anchor.start >= span.end:
                break
            start, end = max(span.start, anchor.start), min(span.end, anchor.end)
            if start < end:
                yield replace(span, start=start, end=end)


def _flat(spans: Iterable[Span]) -> Iterator[Span]:
    last_end = 0
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if last_end < span.end:
            yield replace(span, start=max(span.start, last_end))
            last_end = span.end


def _uncovered(spans: Iterable[Span], taken: Sequence[Span]) -> Iterator[Span]:
    """Yield what is left of flat spans where the flat, sorted `taken` does not cover them."""
    ends = [other.end for other in taken]
    for span in spans:
        start = span.start
        for index in range(bisect_right(ends, span.start), len(taken)):
            other = taken[index]
            if other.start >= span.end:
                break
            if start < other.start:
                yield replace(span, start=start, end=other.start)
            start = other.end
        if start < span.end:
            yield replace(span, start=start)
