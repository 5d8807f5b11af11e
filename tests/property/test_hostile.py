"""Texts that nobody writes: whatever comes, it is tagged in time that grows with its length, and in bounded memory."""

from __future__ import annotations

import random
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import toy
from numpy.typing import NDArray

from minshi.readers import read_stream
from minshi.readers.text import PART_CHARS
from minshi.tagger import Tagger
from minshi.types import Document

SIZE = 100_000
_random = random.Random(7)
HOSTILE = {
    "one line": "张三住某村" * (SIZE // 5),
    "line breaks": "\n" * SIZE,
    "carriage returns": "\r\n" * (SIZE // 2),
    "spaces": " \t\u3000" * (SIZE // 3),
    "separators": "，。；：" * (SIZE // 4),
    "any code points": "".join(map(chr, _random.choices(range(0x110000), k=SIZE))),
    "lone surrogates": "".join(map(chr, _random.choices(range(0xD800, 0xE000), k=SIZE))),
    "NUL": "\0" * SIZE,
    "emoji": "👨\u200d👩\u200d👧😀" * (SIZE // 6),
    "combining marks": "e" + "\u0301" * SIZE,
    "right to left": "\u202e\u2066" * (SIZE // 2),
    "digits": "1" * SIZE,
    "masked numbers": "138****1234 " * (SIZE // 12),
}


def _finds_nothing(code_points: NDArray[np.int32]) -> NDArray[np.float32]:
    return _always(code_points, 0)


def _begins_everywhere(code_points: NDArray[np.int32]) -> NDArray[np.float32]:
    return _always(code_points, 1)


def _never_ends(code_points: NDArray[np.int32]) -> NDArray[np.float32]:
    log_probs = _always(code_points, 2)
    log_probs[:, 0] = _always(code_points, 1)[:, 0]
    return log_probs


def _breaks_every_rule(code_points: NDArray[np.int32]) -> NDArray[np.float32]:
    log_probs = _always(code_points, 2)
    log_probs[:, ::2] = _always(code_points, 4)[:, ::2]
    return log_probs


def _always(code_points: NDArray[np.int32], tag: int) -> NDArray[np.float32]:
    log_probs = np.full((*code_points.shape, len(toy.SCHEMA.tags)), -20, dtype=np.float32)
    log_probs[..., tag] = 0
    return log_probs


Scorer = Callable[[NDArray[np.int32]], NDArray[np.float32]]
SCORERS = [_finds_nothing, _begins_everywhere, _never_ends]


def _tagger(scorer: Scorer) -> Tagger:
    return Tagger(scorer, toy.SCHEMA, window=384, context=32, remember=1 << 16)


@pytest.mark.parametrize("scorer", SCORERS)
@pytest.mark.parametrize("kind", HOSTILE)
def test_spans_of_hostile_text_are_flat_sorted_and_in_range(kind: str, scorer: Scorer) -> None:
    text = HOSTILE[kind][: SIZE // 5 if scorer is _begins_everywhere else SIZE]
    doc = _tagger(scorer).tag(text)
    assert doc.text == text
    place = 0
    for span in doc.spans:
        assert place <= span.start < span.end <= len(text)
        place = span.end
    if scorer is _finds_nothing:
        assert all(span.by.startswith("rule:") for span in doc.spans)


@pytest.mark.parametrize("scorer", [*SCORERS, _breaks_every_rule])
def test_time_grows_with_the_length_and_not_faster(scorer: Scorer) -> None:
    text = HOSTILE["one line"][: SIZE // 20]
    short, long = (_least(lambda times=times: _tagger(scorer).tag(_varied(text * times))) for times in (1, 8))
    assert long < 8 * short * 2.5 + 0.1


def _varied(text: str) -> str:
    """Make every window another, so that none is answered from memory."""
    return "".join(f"{number}{text[start : start + 90]}" for number, start in enumerate(range(0, len(text), 90)))


def _least(job: Callable[[], object]) -> float:
    seconds = []
    for _ in range(2):
        began = time.process_time()
        job()
        seconds.append(time.process_time() - began)
    return min(seconds)


@pytest.mark.parametrize("kind", ["one line", "line breaks", "any code points"])
def test_a_long_stream_is_tagged_in_the_memory_of_one_document(kind: str) -> None:
    texts = [_varied(HOSTILE[kind][:20_000]) for _ in range(2)]
    tagger = _tagger(_finds_nothing)

    def peak(documents: int) -> int:
        tracemalloc.start()
        for _ in tagger.tag_many(texts[number % 2] + str(number) for number in range(documents)):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    few, many = peak(2), peak(12)
    assert many < few + 500_000


def test_what_is_remembered_stays_small() -> None:
    tagger = Tagger(_begins_everywhere, toy.SCHEMA, window=384, context=32, remember=4_000)
    tracemalloc.start()
    held = []
    for number in range(8):
        tagger.tag(_varied(str(number) + "张三住某村" * 1000))
        held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert held[-1] < 2 * held[0]  # eight times as much if all were kept


@pytest.mark.parametrize("kind", ["one line", "line breaks", "emoji"])
def test_a_large_file_comes_in_parts_and_is_tagged_whole(kind: str) -> None:
    content = HOSTILE[kind] * 3
    parts = read_stream(BytesIO(content.encode()), "a.txt", format="text")
    docs = list(_tagger(_finds_nothing).tag_many(part for part in parts if isinstance(part, Document)))
    assert "".join(doc.text for doc in docs) == content
    assert max(len(doc.text) for doc in docs) <= PART_CHARS


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak of a process from /proc")
@pytest.mark.parametrize("kind", ["one line", "line breaks", "emoji"])
def test_ten_megabytes_leave_the_process_below_300(kind: str, tmp_path: Path) -> None:
    content = HOSTILE[kind].encode("utf-8", "replace")
    path = tmp_path / "a.txt"
    path.write_bytes(content * (10_000_000 // len(content) + 1))
    done = subprocess.run([sys.executable, "-c", _TAG_AND_TELL, str(path)], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 300


# Tag a file with a model that finds nothing, and print the most memory that the process held, in MB, its imports included. What
# getrusage says of a child counts what its parent had when it was born.
_TAG_AND_TELL = """
import re, sys
from pathlib import Path
import numpy as np
from minshi.labels import LabelSchema
from minshi.readers import read
from minshi.tagger import Tagger

row = np.array([0, -20, -20], dtype=np.float32)
tagger = Tagger(lambda points: np.broadcast_to(row, (*points.shape, 3)), LabelSchema(("NAME",)), window=384, context=32)
for _ in tagger.tag_many(read(sys.argv[1])):
    pass
print(int(re.findall(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[0]) / 1024)
"""
