"""The claim of `minshi redact` with the shipped model: who tags the copy again finds nothing but what stands there on purpose.

Which spans the model finds is its own affair: what has to be gone is what it finds in the source, which is tagged once more here,
and then the copy has to be the source with these replaced, to the character. A replacement changes what the model sees, so more
may be replaced afterwards: that is known from the Replacer, and only what was given for a value may stand in its place.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from xml.etree import ElementTree

import notice_files
import pytest
from marked import Found, Marked, changed_into, replaced

from minshi import Tagger
from minshi.readers import read_stream
from minshi.redact import Replacer, redact_file
from minshi.redact.strategies import STRATEGIES
from minshi.types import Anchor, Document

POINTS = ("balanced", "high_recall")
MAY_BE_MARKUP = re.compile(r".|[A-Za-z]+|[ -~]{1,5}")
EDGES = " \t\r\n\u3000，。；：、！？,;:!?"


class Recording:
    """Replaces as a Replacer does, and keeps what it gave for each label and value."""

    def __init__(self, strategy: str) -> None:
        self._replace = Replacer(strategy)
        self.given: dict[tuple[str, str], str] = {}

    def __call__(self, label: str, value: str) -> str:
        return self.given.setdefault((label, value), self._replace(label, value))


def findings(data: bytes, name: str, tagger: Tagger, texts: Sequence[str]) -> list[list[Found]]:
    """Return what minshi finds in each of the texts that another parser read. Headers, keys and ids it does not read as such."""
    items = list(read_stream(io.BytesIO(data), name))
    assert all(isinstance(item, Document) or "no text in it" in str(item) for item in items)  # as a record that lost all it had
    read = []
    for doc in tagger.tag_many(item for item in items if isinstance(item, Document)):
        for anchor in doc.anchors or (Anchor(0, len(doc.text), ""),):
            spans = [span for span in doc.spans if anchor.start <= span.start and span.end <= anchor.end]
            found = [(span.start - anchor.start, span.end - anchor.start, span.label) for span in spans]
            read.append((doc.text[anchor.start : anchor.end], found))
    read.reverse()
    placed = [read.pop()[1] if read and read[-1][0] == text else [] for text in texts]
    assert not read, "minshi reads what the other parser does not"
    return placed


@dataclass(frozen=True)
class Copy:
    """A file that was redacted, its texts as another parser reads them, and what minshi finds in each of them.

    Attributes:
        marked: the texts with what was written in them, None for one that is not the source's with its findings replaced.
        replace: what was given for each finding.
    """

    data: bytes
    texts: Sequence[str]
    marked: Sequence[Marked | None]
    found_again: Sequence[Sequence[Found]]
    replace: Recording


@pytest.fixture(scope="module", params=POINTS)
def tagger(request: pytest.FixtureRequest) -> Tagger:
    return Tagger.load(threads=1, point=request.param)


@pytest.fixture(scope="module", params=notice_files.FORMATS)
def source(request: pytest.FixtureRequest) -> tuple[str, bytes]:
    make, _ = notice_files.FORMATS[request.param]
    return f"a.{request.param}", make(notice_files.notices())


@pytest.fixture(scope="module", params=STRATEGIES)
def copy(
    request: pytest.FixtureRequest, source: tuple[str, bytes], tagger: Tagger, tmp_path_factory: pytest.TempPathFactory
) -> Copy:
    return redacted(*source, request.param, tagger, tmp_path_factory.mktemp("copy"))


def redacted(name: str, data: bytes, strategy: str, tagger: Tagger, folder: Path) -> Copy:
    """Redact a file, and read its copy again."""
    source, target = folder / name, folder / f"copy-{name}"
    source.write_bytes(data)
    replace = Recording(strategy)
    redact_file(source, target, tagger=tagger, strategy=replace)
    copy = target.read_bytes()
    _, texts = notice_files.FORMATS[name[2:]]
    before, after = texts(data), texts(copy)
    expected = map(replaced, before, findings(data, name, tagger, before), repeat(replace.given))
    marked = [changed_into(text, new, replace.given) for text, new in zip(expected, after, strict=True)]
    return Copy(copy, after, marked, findings(copy, name, tagger, after), replace)


def contents(data: bytes) -> list[bytes]:
    """Return a file, or the parts of an archive."""
    if not data.startswith(b"PK"):
        return [data]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return [archive.read(name) for name in archive.namelist()]


def readable(content: bytes) -> str:
    """Return bytes as text, with the escapes of JSON and of markup undone."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("gb18030", "replace")
    return re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), html.unescape(text))


def test_a_copy_is_its_source_with_the_findings_replaced_and_not_a_character_else(copy: Copy) -> None:
    assert [text for text, marked in zip(copy.texts, copy.marked, strict=True) if marked is None] == []


def test_no_value_that_was_replaced_stays_out_of_sight(copy: Copy) -> None:
    """Where a text of the copy has one, as 二级 in a policy or 健康 in [健康], it is no finding: the test above sees to that."""
    staying = "\n".join([*copy.texts, *copy.replace.given.values()])
    values = {value for (_, value), new in copy.replace.given.items() if value != new}
    gone = {value for value in values if value not in staying and not MAY_BE_MARKUP.fullmatch(value)}
    assert gone.issuperset(notice_files.IDENTITY_NUMBERS)
    whole = "\n".join(map(readable, contents(copy.data)))
    assert {value for value in gone if value in whole} == set()


def test_what_is_found_in_a_copy_stands_there_on_purpose(copy: Copy) -> None:
    """It is what the strategy wrote, or what it leaves as it is: the town of an address, a name that was masked before."""
    for marked, found in zip(copy.marked, copy.found_again, strict=True):
        for start, end, label in found if marked else ():
            for value in marked.unwritten(start, end):
                value = value.strip(EDGES)
                assert copy.replace(label, value) == value or not any(map(str.isalnum, value)), (label, value)


def test_the_parts_of_an_office_file_are_well_formed(copy: Copy) -> None:
    for content in contents(copy.data) if copy.data.startswith(b"PK") else ():
        if content.startswith(b"<"):
            ElementTree.fromstring(content)
