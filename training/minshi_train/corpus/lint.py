"""What is wrong, or looks wrong, with an annotated file. Problems name file, line and offsets, never the text."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

from minshi.types import Document
from minshi_train.corpus.annotated import numbered_lines, parse_annotated

_MAY_END = ")）%％》”℃"  # a closing bracket or a unit may belong to the fact
_MAY_BEGIN = "《“(（<＜>＞+-"


def lint(path: Path, labels: Collection[str]) -> Iterator[str]:
    """Yield a line for every problem of a file.

    Raises:
        InputError: the file cannot be read at all.
    """
    docs: list[tuple[int, Document]] = []
    first_line: dict[str, int] = {}
    for number, line in numbered_lines(path):
        try:
            doc = parse_annotated(line)
        except ValueError as err:
            yield f"{path}:{number}: {err}"
            continue
        for kind, value in (("id", f"id {doc.id}"), ("text", "".join(doc.text.split()))):
            if first_line.setdefault(value, number) != number:
                yield f"{path}:{number}: the same {kind} as line {first_line[value]}"
        docs.append((number, doc))
        for problem in _span_problems(doc, labels):
            yield f"{path}:{number}: {problem}"
    labelled = Counter((doc.text[s.start : s.end], s.label) for _, doc in docs for s in doc.spans)
    usual = {phrase: label for (phrase, label), _ in sorted(labelled.items(), key=lambda item: item[1])}
    for number, doc in docs:
        for span in doc.spans:
            phrase = doc.text[span.start : span.end]
            often, seldom = labelled[phrase, usual[phrase]], labelled[phrase, span.label]
            if span.label != usual[phrase] and often >= 3 * seldom and len(phrase) > 2:
                place = f"[{span.start}, {span.end})"
                yield f"{path}:{number}: {place} is {span.label} here and {usual[phrase]} {often} times in the file"


def _span_problems(doc: Document, labels: Collection[str]) -> Iterator[str]:
    for span in doc.spans:
        text, place = doc.text[span.start : span.end], f"{span.label} [{span.start}, {span.end})"
        if span.label not in labels:
            yield f"{place}: unknown label; known: {', '.join(labels)}"
        if text != text.strip():
            yield f"{place}: begins or ends with white space"
        elif _is_punctuation(text[0], _MAY_BEGIN) or _is_punctuation(text[-1], _MAY_END):
            yield f"{place}: begins or ends with punctuation"
    names = {doc.text[span.start : span.end] for span in doc.spans if span.label == "NAME"}
    covered = {at for span in doc.spans for at in range(span.start, span.end)}
    for name in sorted(name for name in names if len(name) > 2):
        at = doc.text.find(name)
        while at >= 0:
            if at not in covered:
                yield f"[{at}, {at + len(name)}): a name that is marked elsewhere in the document is not marked here"
            at = doc.text.find(name, at + len(name))


def _is_punctuation(char: str, allowed: str) -> bool:
    return char not in allowed and unicodedata.category(char)[0] == "P"
