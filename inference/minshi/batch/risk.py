"""Who could be harmed by a document: the persons in it, each with the labels that are known of them together.

A name begins a person; in a line without names an identity number does. What follows in the line is the person's, and so is
what stands before the first of them. Outside of tables with headers, a line that names nobody goes on about the last person
if it follows within a few lines, as in a form with a field a line. So does a field with an identity number that this person
lacks, or with the name right after the number with which a form began. Else nobody is recognised from one line to the next:
who is named in two lines counts twice.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from minshi.columns import HEADERS
from minshi.types import Document, Span

LEVELS: Final = ("high", "medium", "low", "none")
IDENTITY: Final = frozenset(("ID_CARD", "DISABILITY_CARD", "PASSPORT"))
_NAME = "NAME"
_HEADS: Final = IDENTITY | {_NAME}
_JOINED = 2  # characters between names that share what follows: 张三、李四
_REACH = 3  # lines after which a form is taken to speak of nobody in particular
_HEADING = 40  # characters before a number in which its heading is looked for
_FIELD = re.compile(  # 身份证号：, 【身份证号】 and 身份证号 before a tab; not 张某，身份证号：, which begins with somebody else
    r"(?:^|[；;\n])(?:[^，,、。；;\n]+[：:】]|[^，,、。；;\s]*[号码证]\s)\s*$"
)


def persons(doc: Document, spans: Sequence[Span]) -> Counter[str]:
    """Count the persons of a document by the combination of their labels.

    >>> text = "丁一，尿毒症。戊二、己三，电话13900001234"
    >>> spans = [Span(0, 2, "NAME"), Span(3, 6, "HEALTH"), Span(7, 9, "NAME"), Span(10, 12, "NAME"), Span(15, 26, "PHONE")]
    >>> sorted(persons(Document("", text), spans).items())
    [('NAME+HEALTH', 1), ('NAME+PHONE', 2)]
    """
    people: list[set[str]] = []
    last: list[set[str]] = []
    last_line, known, begun_by = 0, set[str](), ""
    for line, group in _lines(doc.text, spans):
        labels = {span.label for span in group}
        if line - last_line > _REACH or doc.meta.get(HEADERS):
            last = []
        last_line = line
        if labels.isdisjoint(_HEADS) or (last and begun_by and _completes(last[0], doc.text, group)):
            _share(last, labels, known)
            continue
        is_first = not last or (begun_by == "number" and _NAME in last[0])
        found, last, known = _split(doc.text, group)
        begun_by = _begun_by(doc.text, group, is_first=is_first) if len(found) == 1 else ""
        people += found
    return Counter(map(combination, people))


def combination(labels: Iterable[str]) -> str:
    """Return labels as one word, the name first."""
    return "+".join(sorted(labels, key=lambda label: (label != _NAME, label)))


def level(labels: Collection[str], sensitive: Collection[str]) -> str:
    """Return how much a combination of labels exposes the person whose labels they are.

    high: something that the law calls sensitive (PIPL article 28). medium: an identity number, or a name together with
    anything else. low: a name alone.

    >>> [level(labels, {"HEALTH"}) for labels in (["NAME", "HEALTH"], ["NAME", "PHONE"], ["ID_CARD"], ["NAME"])]
    ['high', 'medium', 'medium', 'low']
    """
    if not set(labels).isdisjoint(sensitive):
        return "high"
    return "medium" if len(labels) > 1 or not IDENTITY.isdisjoint(labels) else "low"


def persons_by_level(combinations: Mapping[str, int], sensitive: Collection[str]) -> dict[str, int]:
    """Return how many persons there are at each level but none."""
    counts = dict.fromkeys(LEVELS[:-1], 0)
    for word, n in combinations.items():
        counts[level(word.split("+"), sensitive)] += n
    return counts


def file_level(combinations: Mapping[str, int], sensitive: Collection[str], *, has_findings: bool) -> str:
    """Return the level of a file: that of its most exposed person; low if its findings are nobody's, none without any."""
    counts = persons_by_level(combinations, sensitive)
    return next((each for each, n in counts.items() if n), "low" if has_findings else "none")


def _lines(text: str, spans: Sequence[Span]) -> Iterator[tuple[int, list[Span]]]:
    line, at, numbered = 0, 0, []
    for span in spans:
        line, at = line + text.count("\n", at, span.start), span.start
        numbered.append((line, span))
    for number, group in groupby(numbered, key=lambda pair: pair[0]):
        yield number, [span for _, span in group]


def _completes(person: set[str], text: str, group: Sequence[Span]) -> bool:
    """Tell whether a line goes on with a person's form: with numbers in fields that it lacks, or the name behind its numbers.

    A name that comes later, behind an address or an illness, is mostly another's: a child's, a clerk's.
    """
    values = {(span.label, text[span.start : span.end]): span for span in group if span.label in _HEADS}
    labels = {label for label, _ in values}
    return (
        len(labels) == len(values)
        and person.isdisjoint(labels)
        and (_NAME not in labels or person <= IDENTITY)
        and all(span.label == _NAME or _is_field(text, span.start) for span in values.values())
    )


def _is_field(text: str, start: int) -> bool:
    return _FIELD.search(text[max(0, start - _HEADING) : start]) is not None


def _begun_by(text: str, group: Sequence[Span], *, is_first: bool) -> str:
    """Return what the line that begins a person begins a form with: "name", "number", or "" if it is none.

    A number does if no list goes on, neither of numbers nor of persons whose names come first.
    """
    if any(span.label == _NAME for span in group):
        return "name"
    return "number" if is_first and _completes(set(), text, group) else ""


def _split(text: str, group: Sequence[Span]) -> tuple[list[set[str]], list[set[str]], set[str]]:
    """Return the labels of each person of a line, those persons whom it speaks of at its end, and what it said of them."""
    heads = [span for span in group if span.label == _NAME] or [span for span in group if span.label in IDENTITY]
    is_head = frozenset(head.label for head in heads)
    people: dict[str, set[str]] = {text[head.start : head.end]: set() for head in heads}
    current, known = [people[text[heads[0].start : heads[0].end]]], set[str]()
    end = -_JOINED - 1
    for span in group:
        if span.label not in is_head:
            _share(current, {span.label}, known)
            end = -_JOINED - 1
            continue
        person = people[text[span.start : span.end]]
        person.add(span.label)
        if span.start - end <= _JOINED:
            current.append(person)
        else:
            current, known = [person], set()
        end = span.end
    return list(people.values()), current, known


def _share(people: Sequence[set[str]], labels: set[str], known: set[str]) -> None:
    """Add labels to persons who stand together, once each: a line may hold thousands of both."""
    if new := labels - known:
        known |= new
        for person in people:
            person.update(new)
