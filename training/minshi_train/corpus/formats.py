"""Other tools' annotation files, in and out, with nothing lost: doccano, Label Studio, CoNLL/BIO, CLUENER, brat, text + ents.

Their offsets differ. Ours and brat's are code points, end exclusive; CLUENER's end is inclusive; tools that annotate in a
browser count UTF-16 code units, which differ from the first character outside the Basic Multilingual Plane on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from minshi.errors import InputError
from minshi.types import Document, Span
from minshi.writers import atomic_file
from minshi_train.corpus.annotated import check_spans, numbered_lines, read_annotated, write_annotated
from minshi_train.corpus.ents import read_ents
from minshi_train.jsonfile import write_json_lines

_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
_CHARACTERS = {escape: char for char, escape in _ESCAPES.items()}
_BRAT_SPAN = re.compile(r"T\d+\t(\S+) (\d+ \d+(?:;\d+ \d+)*)\t")


class Format(NamedTuple):
    """How a format is read and written; brat's place is a folder, the others' a file."""

    read: Callable[[Path], Iterator[Document]]
    write: Callable[[Path, Iterable[Document]], None]


def _units(text: str) -> list[int]:
    """Return the UTF-16 offset of every code point and of the end."""
    offsets = [0]
    for char in text:
        offsets.append(offsets[-1] + (2 if ord(char) > 0xFFFF else 1))
    return offsets


def _from_units(text: str, spans: Iterable[Span]) -> tuple[Span, ...]:
    points = {unit: point for point, unit in enumerate(_units(text))}
    try:
        return tuple(sorted(replace(span, start=points[span.start], end=points[span.end]) for span in spans))
    except KeyError as err:
        raise ValueError(f"offset {err} is outside the text or inside a character") from None


def _to_units(doc: Document) -> list[tuple[int, int, str]]:
    units = _units(doc.text)
    return [(units[span.start], units[span.end], span.label) for span in doc.spans]


def _records(path: Path, parse: Callable[[Any, str], Document]) -> Iterator[Document]:
    for number, line in numbered_lines(path):
        yield _checked(f"{path}:{number}", lambda at, line: parse(json.loads(line), f"{path.stem}-{at}"), number, line)


def _checked(place: str, make: Callable[[int, Any], Document], number: int, source: Any) -> Document:
    try:
        doc = make(number, source)
        check_spans(doc)
    except (AttributeError, ValueError, KeyError, TypeError, IndexError) as err:
        raise InputError(f"{place}: {type(err).__name__}: {err}") from None
    return doc


def _read_doccano(path: Path) -> Iterator[Document]:
    def parse(record: Any, name: str) -> Document:
        text = record["text"]
        if "label" in record:
            marked = [(start, end, label) for start, end, label in record["label"]]
        else:
            marked = [(each["start_offset"], each["end_offset"], each["label"]) for each in record["entities"]]
        spans = [Span(start, end, label, by="gold") for start, end, label in marked]
        return Document(str(record.get("id", name)), text, _from_units(text, spans), meta=record.get("meta", {}))

    return _records(path, parse)


def _write_doccano(path: Path, docs: Iterable[Document]) -> None:
    write_json_lines(path, ({"id": doc.id, "text": doc.text, "label": _to_units(doc), "meta": dict(doc.meta)} for doc in docs))


def _read_label_studio(path: Path) -> Iterator[Document]:
    try:
        tasks = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as err:
        raise InputError(f"{path}: cannot be read ({type(err).__name__}: {err})") from None
    if not isinstance(tasks, list):
        raise InputError(f"{path}: expected a JSON array of tasks")
    for number, task in enumerate(tasks, start=1):
        yield _checked(f"{path}: task {number}", lambda at, task: _task(task, f"{path.stem}-{at}"), number, task)


def _task(task: Any, name: str) -> Document:
    data = task["data"]
    results = [result for annotation in task["annotations"][:1] for result in annotation["result"] if "labels" in result["value"]]
    spans = [Span(r["value"]["start"], r["value"]["end"], r["value"]["labels"][0], by="gold") for r in results]
    text = data["text"]
    said = [result["value"].get("text") for result in results]
    found = _from_units_or_points(text, spans, said)
    return Document(str(data.get("id", task.get("id", name))), text, found, meta=data.get("meta", {}))


def _from_units_or_points(text: str, spans: list[Span], said: list[str | None]) -> tuple[Span, ...]:
    """The browser counts UTF-16 units, scripts that import predictions count code points; the quoted text tells which."""
    try:
        found = [_from_units(text, [span])[0] for span in spans]
        if all(quote in (None, text[span.start : span.end]) for quote, span in zip(said, found, strict=True)):
            return tuple(sorted(found))
    except ValueError:
        pass
    if any(quote not in (None, text[span.start : span.end]) for quote, span in zip(said, spans, strict=True)):
        raise ValueError("the quoted text of a result does not stand at its offsets")
    return tuple(sorted(spans))


def _write_label_studio(path: Path, docs: Iterable[Document]) -> None:
    tasks = [
        {
            "data": {"id": doc.id, "text": doc.text, "meta": dict(doc.meta)},
            "annotations": [{"result": [_result(doc, *marked) for marked in zip(doc.spans, _to_units(doc), strict=True)]}],
        }
        for doc in docs
    ]
    with atomic_file(path) as file:
        file.write((json.dumps(tasks, ensure_ascii=False, indent=1) + "\n").encode())


def _result(doc: Document, span: Span, units: tuple[int, int, str]) -> dict[str, Any]:
    value = {"start": units[0], "end": units[1], "text": doc.text[span.start : span.end], "labels": [span.label]}
    return {"type": "labels", "from_name": "label", "to_name": "text", "value": value}


def _read_cluener(path: Path) -> Iterator[Document]:
    def parse(record: Any, name: str) -> Document:
        marked = [
            Span(start, last + 1, label, by="gold")
            for label, phrases in record.get("label", {}).items()
            for places in phrases.values()
            for start, last in places
        ]
        return Document(str(record.get("id", name)), record["text"], tuple(sorted(marked)), meta=record.get("meta", {}))

    return _records(path, parse)


def _write_cluener(path: Path, docs: Iterable[Document]) -> None:
    def record(doc: Document) -> dict[str, Any]:
        label: dict[str, dict[str, list[list[int]]]] = {}
        for span in doc.spans:
            phrases = label.setdefault(span.label, {})
            phrases.setdefault(doc.text[span.start : span.end], []).append([span.start, span.end - 1])
        return {"id": doc.id, "text": doc.text, "label": label, "meta": dict(doc.meta)}

    write_json_lines(path, map(record, docs))


def _read_conll(path: Path) -> Iterator[Document]:
    """A character and its BIO tag a line, apart by a tab or a blank; `# {"id", "meta"}` may open a document."""
    head: dict[str, Any] = {}
    pairs: list[tuple[str, str]] = []
    first = 1
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as err:
        raise InputError(f"{path}: cannot be read ({err})") from None
    for number, line in enumerate([*lines, ""], start=1):
        if line.startswith("# {"):
            head = _conll_head(line, f"{path}:{number}")
        elif line:
            cell, _, tag = line.rpartition("\t") if "\t" in line else line.rpartition(" ")
            char = _CHARACTERS.get(cell, cell)
            if len(char) != 1 or not re.fullmatch(r"O|[BI]-\S+", tag):
                raise InputError(f"{path}:{number}: expected one character and a BIO tag")
            pairs.append((char, tag))
        elif pairs or head:
            name = str(head.get("id", f"{path.stem}-{first}"))
            text, meta = "".join(char for char, _ in pairs), dict(head.get("meta", {}))
            yield Document(name, text, _bio_spans([tag for _, tag in pairs], f"{path}:{first}"), meta=meta)
            head, pairs, first = {}, [], number + 1


def _conll_head(line: str, place: str) -> dict[str, Any]:
    try:
        head: dict[str, Any] = json.loads(line.removeprefix("# "))
    except ValueError as err:
        raise InputError(f'{place}: expected "# " and a JSON object ({err})') from None
    if not isinstance(head.get("meta", {}), dict):
        raise InputError(f'{place}: "meta" must be an object')
    return head


def _bio_spans(tags: list[str], place: str) -> tuple[Span, ...]:
    spans: list[Span] = []
    for at, tag in enumerate(tags):
        if tag.startswith("B-"):
            spans.append(Span(at, at + 1, tag[2:], by="gold"))
        elif tag.startswith("I-"):
            if not spans or spans[-1].end != at or spans[-1].label != tag[2:]:
                raise InputError(f"{place}: character {at} of the document: {tag} follows neither B- nor I- of its label")
            spans[-1] = replace(spans[-1], end=at + 1)
    return tuple(spans)


def _write_conll(path: Path, docs: Iterable[Document]) -> None:
    with atomic_file(path) as file:
        for doc in docs:
            tags = ["O"] * len(doc.text)
            for span in doc.spans:
                tags[span.start : span.end] = [f"B-{span.label}", *[f"I-{span.label}"] * (span.end - span.start - 1)]
            head = json.dumps({"id": doc.id, "meta": dict(doc.meta)}, ensure_ascii=False)
            rows = [f"{_ESCAPES.get(char, char)}\t{tag}\n" for char, tag in zip(doc.text, tags, strict=True)]
            file.write(f"# {head}\n{''.join(rows)}\n".encode())


def _read_brat(folder: Path) -> Iterator[Document]:
    """Pairs of NAME.txt and NAME.ann; a span over a line break is written in pieces."""
    paths = sorted(folder.glob("*.txt"))
    if not paths:
        raise InputError(f"{folder}: no .txt file with its .ann")
    for number, path in enumerate(paths):
        yield _checked(str(path), lambda _, path: _brat_document(path), number, path)


def _brat_document(path: Path) -> Document:
    try:
        text = path.read_bytes().decode("utf-8")
        notes = path.with_suffix(".ann").read_text(encoding="utf-8").splitlines()
    except OSError as err:
        raise ValueError(f"cannot be read ({err.strerror})") from None
    spans = []
    for line in notes:
        if line.startswith("T"):
            found = _BRAT_SPAN.match(line)
            if not found:
                raise ValueError("a T line of the .ann is no text-bound annotation")
            edges = [int(number) for number in re.findall(r"\d+", found[2])]
            if any(text[end:start].strip() for end, start in zip(edges[1::2], edges[2::2], strict=False)):
                raise ValueError(f"the span at {edges[0]} has a gap, which our spans cannot have")
            spans.append(Span(edges[0], edges[-1], found[1], by="gold"))
    return Document(path.stem, text, tuple(sorted(spans)))


def _write_brat(folder: Path, docs: Iterable[Document]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for doc in docs:
        if not re.fullmatch(r"[^/\\\0]+", doc.id) or doc.id.startswith("."):
            raise InputError(f"document id {doc.id!r} cannot be a file name")
        with atomic_file(folder / f"{doc.id}.txt") as file:
            file.write(doc.text.encode())
        with atomic_file(folder / f"{doc.id}.ann") as file:
            for number, span in enumerate(doc.spans, start=1):
                quoted = doc.text[span.start : span.end]
                pieces = [(m.start() + span.start, m.end() + span.start) for m in re.finditer(r"[^\r\n]+", quoted)]
                place = ";".join(f"{start} {end}" for start, end in pieces)
                file.write(f"T{number}\t{span.label} {place}\t{' '.join(quoted.split())}\n".encode())


def _read_ents(path: Path) -> Iterator[Document]:
    return read_ents(path, path.name.partition(".")[0])


def _write_ents(path: Path, docs: Iterable[Document]) -> None:
    def record(doc: Document) -> dict[str, Any]:
        ents = [[span.start, span.end, span.label] for span in doc.spans]
        return {"id": doc.id, "text": doc.text, "ents": ents, "meta": dict(doc.meta)}

    write_json_lines(path, map(record, docs))


FORMATS: dict[str, Format] = {
    "jsonl": Format(read_annotated, write_annotated),
    "doccano": Format(_read_doccano, _write_doccano),
    "label-studio": Format(_read_label_studio, _write_label_studio),
    "conll": Format(_read_conll, _write_conll),
    "cluener": Format(_read_cluener, _write_cluener),
    "ents": Format(_read_ents, _write_ents),
    "brat": Format(_read_brat, _write_brat),
}
