"""Whether a text is another one with replacements in it, and which of its characters they wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Found = tuple[int, int, str]  # start, end and label
Given = Mapping[tuple[str, str], str]  # what was given for a label and value


@dataclass(frozen=True)
class Marked:
    """A text, and which of its characters a replacement wrote."""

    text: str
    is_written: Sequence[bool]

    def unwritten(self, start: int, end: int) -> list[str]:
        """Return the stretches of [start, end) that nobody wrote."""
        kept = "".join("\0" if self.is_written[at] else self.text[at] for at in range(start, end))
        return [part for part in kept.split("\0") if part]


def replaced(text: str, found: Sequence[Found], given: Given) -> Marked:
    """Return a text with its findings replaced by what was given for them."""
    parts, end = [], 0
    for start, stop, label in found:
        new = given[label, text[start:stop]] if any(map(str.isalnum, text[start:stop])) else text[start:stop]
        parts += [(text[end:start], False), (new, new != text[start:stop])]
        end = stop
    parts.append((text[end:], False))
    return Marked("".join(part for part, _ in parts), [is_new for part, is_new in parts for _ in part])


def changed_into(before: Marked, after: str, given: Given) -> Marked | None:
    """Return `after` with its marks if it is `before` with no more than given replacements of what was not written, else None.

    >>> changed_into(Marked("甲*丙", [False, True, False]), "甲**", {("NAME", "丙"): "*"})
    Marked(text='甲**', is_written=[False, True, True])
    >>> changed_into(Marked("甲*丙", [False, True, False]), "乙**", {("NAME", "丙"): "*"}) is None
    True
    """
    later = changes(before, given)
    room = len(before.text) - len(after)  # how far a text falls behind whose replacements are none of them longer
    is_bound = all(len(new) <= end - at for at, ends in later.items() for end, new in ends)
    came: dict[tuple[int, int], tuple[int, int]] = {}
    open_ends = [(0, 0)]
    while open_ends and (len(before.text), len(after)) not in came:
        at, to = here = open_ends.pop()
        steps = [(end, to + len(new)) for end, new in later.get(at, ()) if after.startswith(new, to)]
        if at < len(before.text) and before.text[at : at + 1] == after[to : to + 1]:
            steps.append((at + 1, to + 1))  # the last is tried first
        for step in steps:
            if step not in came and not (is_bound and step[0] - step[1] > room):
                came[step] = here
                open_ends.append(step)
    return _marked(before, after, came)


def changes(before: Marked, given: Given) -> Mapping[int, Sequence[tuple[int, str]]]:
    """Return by its start where each value stands that was replaced, with its end and what was given for it."""
    found: dict[int, list[tuple[int, str]]] = {}
    for (_, value), new in given.items():
        at = before.text.find(value) if value != new else -1
        while at >= 0:
            if not any(before.is_written[at : at + len(value)]):
                found.setdefault(at, []).append((at + len(value), new))
            at = before.text.find(value, at + 1)
    return found


def _marked(before: Marked, after: str, came: Mapping[tuple[int, int], tuple[int, int]]) -> Marked | None:
    end, marks = (len(before.text), len(after)), [False] * len(after)
    if end not in came and end != (0, 0):
        return None
    while end != (0, 0):
        start = came[end]
        is_step = end == (start[0] + 1, start[1] + 1) and before.text[start[0]] == after[start[1]]
        marks[start[1] : end[1]] = [before.is_written[start[0]] if is_step else True] * (end[1] - start[1])
        end = start
    return Marked(after, marks)
