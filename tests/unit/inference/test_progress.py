"""What is told of a large file while it is tagged goes with the share of it that is tagged, from the first seconds on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from minshi.batch.progress import STEP, FileProgress
from minshi.batch.reading import FileReader
from minshi.batch.tally import Tally
from minshi.types import Document

LINE = "溪口村三组村民张三家住溪口村12号，已申请临时救助，公示七日无异议。\n"
WINDOW = 500  # characters that the fake tagger does at a time


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileReader]:
    reader = FileReader(tmp_path_factory.mktemp("scratch"), seconds=60, memory_mb=512)
    yield reader
    reader.close()


def written(path: Path, size: int) -> Path:
    """Write a file of some `size` bytes in the encoding that is its name."""
    encoding = path.stem
    row = {".csv": f"张三,{LINE}", ".jsonl": json.dumps({"备注": LINE}, ensure_ascii=False) + "\n"}.get(path.suffix, LINE)
    head = "姓名,备注\n" if path.suffix == ".csv" else ""
    path.write_bytes((head + row * (size // len(row.encode(encoding)))).encode(encoding))
    return path


def shares(reader: FileReader, path: Path) -> list[tuple[float, float]]:
    """Tag a file by nothing; return the shares of its bytes that are told, and of its characters that are done then."""
    size, told, done = path.stat().st_size, Tally(), list[tuple[int, int]]()

    def advance(tally: Tally) -> None:
        told.add(tally)
        done.append((told.size, told.characters))

    progress = FileProgress(size, advance)
    characters = 0
    for doc in reader.documents(path, path.name, on_read=progress.read):
        assert isinstance(doc, Document)
        characters += len(doc.text)
        progress.give(len(doc.text))
        for start in range(0, len(doc.text), WINDOW):
            progress.tag(min(WINDOW, len(doc.text) - start))
    progress.end(Tally(listed=1, characters=characters, size=size))
    assert done[-1] == (size, characters)
    return [(bytes_ / size, tagged / characters) for bytes_, tagged in done]


@pytest.mark.parametrize("name", ["utf-8.txt", "gb18030.txt", "utf-16.txt", "utf-8.csv", "gb18030.csv", "utf-8.jsonl"])
def test_the_share_that_is_told_is_the_share_that_is_tagged(reader: FileReader, tmp_path: Path, name: str) -> None:
    told = shares(reader, written(tmp_path / name, 3_000_000))
    assert max(abs(share - true) for share, true in told) < 0.1
    steps = [after - before for (before, _), (after, _) in pairwise(told)]
    assert min(steps) >= 0
    assert max(steps) < 0.1
    assert told[0][0] > 0


@pytest.mark.parametrize("size", [300_000, 900_000])
def test_a_text_that_is_read_at_once_moves_too(reader: FileReader, tmp_path: Path, size: int) -> None:
    told = shares(reader, written(tmp_path / "utf-8.txt", size))
    assert max(abs(share - true) for share, true in told) < 0.05


def test_a_text_of_which_characters_take_more_bytes_later_on_never_jumps(reader: FileReader, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"id 4711 ok, and no more than that\n" * 40_000 + (LINE * 30_000).encode())
    told = shares(reader, path)
    assert max(after - before for (before, _), (after, _) in pairwise(told)) < 0.1
    assert all(share <= 1 for share, _ in told)


def test_bytes_between_two_documents_are_spread_over_the_characters_of_the_second() -> None:
    told: list[Tally] = []
    progress = FileProgress(1_000, told.append)
    progress.give(2 * STEP)  # reading has told nothing yet
    progress.tag(STEP)
    progress.tag(STEP)
    progress.read(600)
    progress.give(2 * STEP)
    progress.tag(STEP)
    progress.read(5_000)  # more than there is: the file grew
    progress.tag(STEP)
    progress.give(2 * STEP)
    progress.tag(STEP)
    progress.end(Tally(listed=1, characters=6 * STEP, size=1_000))
    assert [tally.size for tally in told] == [0, 0, 300, 300, 200, 200]
