"""What stands beside the cells of a zipped workbook: comments, text boxes, text of diagrams and charts, headers and footers.

calamine reads cells alone. All but the headers stand in parts of their own.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from minshi.errors import InputError
from minshi.readers import ods
from minshi.readers.drawings import boxes, points, runs
from minshi.readers.ooxml import parse_part, related, sheets_by_title
from minshi.readers.page_headers import headers_in
from minshi.readers.prose import Paragraph, prose_documents
from minshi.readers.unread import unread
from minshi.types import Document

_KINDS = {  # in this order: an old comment may be the copy of a threaded one
    "drawing": re.compile(r"xl/drawings/[^/]+\.xml", re.IGNORECASE),
    "thread": re.compile(r"xl/threadedComments/[^/]+\.xml", re.IGNORECASE),
    "comments": re.compile(r"xl/(?:comments/)?comments?\d*\.xml", re.IGNORECASE),
    "diagrams": re.compile(r"xl/diagrams/data[^/]*\.xml", re.IGNORECASE),
    "charts": re.compile(r"xl/charts/chart[^/]*\.xml", re.IGNORECASE),
}
_BINARY_COMMENTS = re.compile(r"xl/(?:comments/)?comments?\d*\.bin", re.IGNORECASE)
_COPY = "tc={"  # begins the author of a comment that is the old form of a threaded one


@dataclass(frozen=True, slots=True)
class Aside:
    """A text at its place: (element, its text) in order; what ends a line has no element."""

    place: str
    runs: list[tuple[Any, str]]


def aside_documents(file: BinaryIO, name: str, *, with_embedded: bool = True) -> Iterator[Document | InputError]:
    """Yield what stands beside the cells, places `sheet=名单;note=C5`, `sheet=名单;box=1`, `;diagram=1`, `;chart=1`, `;header=1`.

    Where nothing tells the sheet they begin with `comments=1`, `drawing=1`, `diagrams=1`, `charts=1` instead.

    Args:
        with_embedded: also errors for what is inside the workbook and not read.
    """
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError):
        raise InputError(f"{name}: damaged Office file") from None
    with archive:
        counts, sheets = Counter[str](), sheets_by_title(archive, name)
        for entry, part in aside_parts(archive, sheets, name):
            try:
                found = list(asides(parse_part(archive, entry, name, may_be_strict=True), part, counts))
            except InputError as err:
                yield err
                continue
            texts = (Paragraph("".join(text for _, text in aside.runs), aside.place) for aside in found)
            yield from prose_documents(texts, f"{name}#{entry}")
        for title, entry in sheets.items():
            yield from prose_documents(headers_in(archive, entry, title), f"{name}#sheet={title};header")
        if ods.CONTENT in archive.NameToInfo:
            yield from prose_documents(ods.notes(archive), f"{name}#notes")
        if any(map(_BINARY_COMMENTS.fullmatch, archive.namelist())):
            yield InputError(f"{name}: comments in this kind of workbook are not read; save it as xlsx first")
        if with_embedded:
            yield from unread(archive, name)


def aside_parts(archive: zipfile.ZipFile, sheets: Mapping[str, str], name: str) -> Iterator[tuple[str, str]]:
    """Yield (entry, beginning of its places) of each part that may hold text beside the cells; `sheets` has entries by title."""
    entries = sorted(archive.NameToInfo)
    found = {kind: list(filter(pattern.fullmatch, entries)) for kind, pattern in _KINDS.items()}
    titles = _titles(archive, sheets, name) if any(found.values()) else {}
    for kind, parts in found.items():
        for number, entry in enumerate(parts, start=1):
            title = titles.get(entry)
            yield entry, f"{kind}={number}" if title is None else f"sheet={title}"


def asides(root: Any, part: str, counts: Counter[str]) -> Iterator[Aside]:
    """Yield the texts of a part; `counts` is kept from one part of a workbook to the next, since a sheet may have several."""
    kind = root.tag.rpartition("}")[2]
    if kind == "ThreadedComments":
        yield from _comments(root.iter("{*}threadedComment"), part, counts)
    elif kind == "comments":
        yield from _comments(_own_comments(root, part, counts), part, counts)
    elif kind == "dataModel":
        yield from _shapes(points(root), f"{part};diagram", counts)
    elif kind == "chartSpace":
        yield from _shapes(root.iter("{*}rich"), f"{part};chart", counts)
    else:
        yield from _shapes(boxes(root), f"{part};box", counts)


def _shapes(shapes: Iterator[Any], place: str, counts: Counter[str]) -> Iterator[Aside]:
    for shape in shapes:
        counts[place] += 1
        yield Aside(f"{place}={counts[place]}", list(runs(shape)))


def _own_comments(root: Any, part: str, counts: Counter[str]) -> Iterator[Any]:
    """Yield the comments that are no copy of a threaded one which was read."""
    authors = {str(number): author.text or "" for number, author in enumerate(root.iter("{*}author"))}
    for comment in root.iter("{*}comment"):
        is_copy = authors.get(comment.get("authorId", ""), "").startswith(_COPY)
        if not (is_copy and counts[_note(comment, part)]):
            yield comment


def _comments(comments: Iterator[Any], part: str, counts: Counter[str]) -> Iterator[Aside]:
    for comment in comments:
        place = _note(comment, part)
        texts = [text for text in comment.iter("{*}t", "{*}text") if not len(text) and not _is_reading(text)]
        counts[place] += 1
        yield Aside(
            place if counts[place] == 1 else f"{place};reply={counts[place] - 1}", [(text, text.text or "") for text in texts]
        )


def _note(comment: Any, part: str) -> str:
    return f"{part};note={comment.get('ref', '')}"


def _is_reading(text: Any) -> bool:
    """Tell the reading of characters that stands above them."""
    return bool(text.getparent().tag.endswith("}rPh"))


def _titles(archive: zipfile.ZipFile, sheets: Mapping[str, str], name: str) -> dict[str, str]:
    """Return the title of the sheet that shows each part, or its drawing; of none where the workbook does not tell."""
    titles = dict[str, str]()
    try:
        for title, sheet in sheets.items():
            for entry in dict.fromkeys(target for _, target in related(archive, sheet, name)):
                if titles.setdefault(entry, title) == title:
                    for _, shown in related(archive, entry, name):  # the charts and diagrams of a drawing
                        titles.setdefault(shown, title)
    except InputError:
        return titles
    return titles
