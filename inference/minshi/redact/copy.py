"""Redact one file: find, write back, and read the copy again until nothing is found in it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import cast

from minshi.columns import HEADERS
from minshi.errors import InputError, NoTextError
from minshi.labels import check_wanted
from minshi.merge import combine
from minshi.readers.sniff import sniff
from minshi.redact.lookup import Lookup, writings
from minshi.redact.naming import check_name, is_empty, is_plain
from minshi.redact.source import BESIDE, GIVEN, Edit, Patch, Patches, Source
from minshi.redact.strategies import Replacer
from minshi.replacements import fitted
from minshi.tagger import Tagger
from minshi.types import Anchor, Document, Span
from minshi.writers import atomic_file

FORMATS = {
    "text": "minshi.redact.text:open_text",
    "csv": "minshi.redact.csv:open_csv",
    "json": "minshi.redact.json:open_json",
    "jsonl": "minshi.redact.json:open_jsonl",
    "html": "minshi.redact.html:open_html",
    "docx": "minshi.redact.docx:open_docx",
    "sheets": "minshi.redact.xlsx:open_xlsx",
}
_REFUSED = {
    "pdf": "a PDF cannot be redacted in its format; redact what it was made from",
    "office": "doc, wps, rtf and slides cannot be redacted in their format; save it as docx",
    "zip": "an archive; unpack it first",
    "gz": "an archive; unpack it first",
}
_PASSES = 8  # a replacement may change what is found beside it: labels in a Word file took 4; more do not settle
_MAX_BYTES = 128 << 20  # of a file, which is held as a whole
_PIECE = 1 << 20  # bytes that are read at once: a read of n takes memory for n, though the file be small
_REPLACED = "replaced"  # label of what an earlier pass wrote
Keep = Callable[[Span], bool]


@dataclass(frozen=True)
class Copied:
    """What became of a file: how many findings of each label were replaced, and what of it was not looked at or not changed."""

    findings: Mapping[str, int]
    warnings: Sequence[str]


def redact_file(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    tagger: Tagger | None = None,
    strategy: str | Replacer = "mask",
    labels: Collection[str] | None = None,
    min_score: float = 0.0,
    name: str | None = None,
) -> Copied:
    """Write a copy of a file with its findings replaced; the copy appears whole, or not at all.

    Args:
        tagger: the shipped model by default.
        strategy: as for Replacer; give a Replacer to have the same pseudonyms in several files.
        labels: only findings of these; all by default.
        min_score: only findings at least so sure, from 0 to 1.
        name: what errors call the file; its path by default.

    Raises:
        InputError: the file cannot be read or redacted, findings remain in it, or `target` is there already or has a suffix
            of another format.
        ConfigError: no such strategy or label, or no score is `min_score`.
    """
    source, target = Path(source), Path(target)
    name = str(source) if name is None else name
    check_free(target)
    data = content(source, name)
    check_name(data, name, target.name)
    tagger = tagger or Tagger.load()
    redacted, copied = redact_bytes(
        data,
        name,
        tagger=tagger,
        replace=Replacer(strategy) if isinstance(strategy, str) else strategy,
        keep=keeping(labels, min_score, tagger.labels),
    )
    with atomic_file(target) as file:
        file.write(redacted)
    return copied


def check_free(target: Path) -> None:
    """Raise InputError where a copy would take the place of something."""
    if os.path.lexists(target):
        raise InputError(f"{target}: is there already; nothing is overwritten")


def keeping(labels: Collection[str] | None, min_score: float, known: Collection[str]) -> Keep:
    """Return what tells whether a finding is to be replaced: one of these labels, any for None, and the score.

    Raises:
        ConfigError: a label that is not known, or a score that is none: all would stay in clear.
    """
    check_wanted(labels, min_score, known)
    wanted = None if labels is None else frozenset(labels)
    return lambda span: span.score >= min_score and (wanted is None or span.label in wanted)


def redact_bytes(
    data: bytes,
    name: str,
    *,
    tagger: Tagger,
    replace: Replacer,
    keep: Keep,
    on_document: Callable[[], None] = lambda: None,
    on_window: Callable[[int], None] = lambda characters: None,
) -> tuple[bytes, Copied]:
    """Return the redacted file, the very bytes where nothing is found; raises InputError as `redact_file` does.

    `on_document` is called for every document that was read, in each pass, and `on_window` as characters of it are tagged.
    """
    counts: Counter[str] = Counter()
    overlooked: Sequence[str] = ()
    fixed, headers = [_file_name(name)], dict[str, None]()
    written, known = dict[str, str](), dict[str, str]()  # what stands there now, and what stood there
    for number in range(_PASSES + 1):
        if is_empty(data) and (number > 0 or is_plain(name)):
            break
        source = open_source(data, name)
        if number == 0:
            overlooked, fixed = source.overlooked, [*source.fixed, *fixed]
        headers.clear()  # an earlier pass may have changed some
        items = _readable(source.documents, on_document, may_be_empty=number > 0)
        docs = _noting(tagger.tag_many(items, on_window=on_window), headers)
        patches, found = _found(docs, partial(_written_in, source.encoding, replace), keep, Lookup(written), Lookup(known))
        if not patches:
            break
        if number == _PASSES:
            raise InputError(f"{name}: {len(found)} findings remain after {_PASSES} tries; not written")
        data = source.rewrite(patches)
        counts.update(label for label, _ in found)
        known.update((writing, label) for label, value in found for writing in writings(label, value))
        written |= {edit.text: _REPLACED for patch in patches.values() for edit in patch.edits if edit.text}
    fixed.append(Document("a header of a table", "\n".join(headers)))
    warnings = (*(f"not looked at: {part}" for part in overlooked), *_fixed(fixed, tagger, keep, Lookup(written), Lookup(known)))
    return data, Copied(dict(sorted(counts.items())), warnings)


def content(source: Path, name: str) -> bytes:
    """Return the bytes of a file; raises InputError where it cannot be read, or has too many."""
    try:
        with source.open("rb") as file:
            pieces = list(islice(iter(partial(file.read, _PIECE), b""), _MAX_BYTES // _PIECE + 1))
    except OSError as err:
        raise InputError(f"{name}: {err.strerror or 'cannot be read'}") from err
    data = b"".join(pieces)
    if len(data) > _MAX_BYTES:
        raise InputError(f"{name}: over {_MAX_BYTES >> 20} MiB; cut it into smaller files")
    return data


def open_source(data: bytes, name: str) -> Source:
    """Open a file of any format that can be written back; raises InputError for others."""
    format = sniff(BytesIO(data), name)
    if format in _REFUSED:
        raise InputError(f"{name}: {_REFUSED[format]}")
    module, function = FORMATS[format].split(":")
    try:
        opener = cast("Callable[[bytes, str], Source]", getattr(import_module(module), function))
    except ModuleNotFoundError as err:
        raise InputError(f'{name}: redacting it needs {err.name}: pip install "minshi[readers]"') from None
    return opener(data, name)


def _readable(
    items: Iterable[Document | InputError], on_document: Callable[[], None], *, may_be_empty: bool
) -> Iterator[Document]:
    """Yield all documents; a part that nobody could read is an error, since its copy would pass for redacted."""
    try:
        for item in items:
            on_document()
            if isinstance(item, Document):
                yield item
            elif not (may_be_empty and isinstance(item, NoTextError)):
                raise item
    except NoTextError:
        if not may_be_empty:
            raise


def _noting(docs: Iterable[Document], headers: dict[str, None]) -> Iterator[Document]:
    """Add the headers of tables, which a reader takes for context and nobody tags, to `headers`."""
    for doc in docs:
        headers.update(dict.fromkeys(doc.meta.get(HEADERS, ())))
        yield doc


def _found(
    docs: Iterable[Document], replace: Callable[[str, str], str], keep: Keep, written: Lookup, known: Lookup
) -> tuple[Patches, list[tuple[str, str]]]:
    """Return the edits at every place, and (label, value) of each; what an earlier pass wrote is no finding.

    What an earlier pass found is one wherever it stands out of sight: alone there, as the name in a filter, it tells little.
    """
    edits: dict[str, tuple[str, list[Edit]]] = {}
    found: list[tuple[str, str]] = []
    for doc in docs:
        anchors = doc.anchors or (Anchor(0, len(doc.text), ""),)
        spans = filter(keep, doc.meta.get(GIVEN, doc.spans))
        again = known.telling(doc.text) if doc.meta.get(BESIDE) else ()
        for anchor, span in _by_anchor(anchors, combine(doc.text, written.spans(doc.text), spans, again)):
            value = doc.text[span.start : span.end]
            if span.label == _REPLACED or not any(map(str.isalnum, value)):
                continue
            new = replace(span.label, value)
            if new != value:
                _, at_place = edits.setdefault(anchor.place, (doc.text[anchor.start : anchor.end], []))
                at_place.append(Edit(span.start - anchor.start, span.end - anchor.start, new))
                found.append((span.label, value))
    return {place: Patch(text, at_place) for place, (text, at_place) in edits.items()}, found


def _written_in(encoding: str, replace: Replacer, label: str, value: str) -> str:
    return fitted(replace(label, value), encoding)


def _by_anchor(anchors: Sequence[Anchor], spans: Iterable[Span]) -> Iterator[tuple[Anchor, Span]]:
    """Pair sorted spans with the anchor that holds them; what stands outside, as a written mask in a header, is left out."""
    at = 0
    for span in spans:
        while at < len(anchors) and anchors[at].end <= span.start:
            at += 1
        if at == len(anchors):
            return
        if anchors[at].start <= span.start and span.end <= anchors[at].end:
            yield anchors[at], span


def _file_name(name: str) -> Document:
    """Return a file's name as text, of a job that below its directory, whose folders are mirrored too."""
    path = Path(name)
    return Document("its file name", path.stem if path.is_absolute() else "\n".join(path.with_suffix("").parts))


def _fixed(docs: Iterable[Document], tagger: Tagger, keep: Keep, written: Lookup, known: Lookup) -> Iterator[str]:
    """Say what text that cannot be changed reads like a finding, or holds what was replaced elsewhere."""
    for doc in tagger.tag_many(docs):
        spans = combine(doc.text, written.spans(doc.text), filter(keep, doc.spans), known.telling(doc.text))
        if found := sum(span.label != _REPLACED for span in spans):
            yield f"not changed: {doc.id} ({found} finding{'s' if found > 1 else ''})"
