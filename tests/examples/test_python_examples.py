"""The Python examples run as they are, and the one without minshi finds the spans of the test vectors."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from data.make_vectors import spans_at

from minshi import Document
from minshi.bundle import shipped_path
from minshi.points import BALANCED, HIGH_PRECISION, HIGH_RECALL

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "python"
VECTORS = [json.loads(line) for line in (ROOT / "tests" / "data" / "vectors.jsonl").read_text(encoding="utf-8").splitlines()]
MODEL = str(shipped_path() / "model.onnx")
_ALL_VECTORS = """
import json, sys
sys.modules["minshi"] = None
sys.path.insert(0, sys.argv[1])
from without_minshi import Model
vectors = [json.loads(line) for line in sys.stdin]
for point in sys.argv[3:]:
    model = Model(sys.argv[2], point)
    for vector in vectors:
        print(json.dumps(model.tag(vector["text"])))
"""


class _SlowTagger:
    """Still at work when the service stops."""

    @classmethod
    def load(cls, *, threads: int) -> _SlowTagger:
        return cls()

    def tag(self, text: str) -> Document:
        time.sleep(0.3)
        return Document("", text)


@pytest.fixture
def slow_service(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """async_service.py as a module, with a slow tagger."""
    spec = importlib.util.spec_from_file_location("async_service", EXAMPLES / "async_service.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "Tagger", _SlowTagger)
    return module


def _run(*arguments: str, stdin: bytes = b"") -> str:
    done = subprocess.run([sys.executable, *arguments], input=stdin, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return done.stdout.decode()


def _assert_same(found: list[dict[str, Any]], expected: list[list[Any]]) -> None:
    assert [[span["start"], span["end"], span["label"]] for span in found] == [span[:3] for span in expected]
    for span, (*_, score) in zip(found, expected, strict=True):
        assert span["score"] == pytest.approx(score, abs=0.01)


def test_without_minshi_every_vector_has_the_same_spans_at_every_point() -> None:
    stdin = "".join(json.dumps(vector) + "\n" for vector in VECTORS).encode()
    points = (BALANCED, HIGH_RECALL, HIGH_PRECISION)
    lines = _run("-c", _ALL_VECTORS, str(EXAMPLES), MODEL, *points, stdin=stdin).splitlines()
    expected = [spans_at(vector, point) for point in points for vector in VECTORS]
    assert len(lines) == len(expected)
    for line, spans in zip(lines, expected, strict=True):
        _assert_same(json.loads(line), spans)


def test_a_point_that_the_model_lacks_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "without_minshi.py"), MODEL, "high"],
        input=b"",
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert "no operating point 'high'; it has balanced, high_" in done.stderr.decode()
    assert done.returncode != 0


@pytest.mark.parametrize("index", [0, max(range(len(VECTORS)), key=lambda index: len(VECTORS[index]["text"]))])
def test_the_script_reads_standard_input(index: int) -> None:
    stdin = VECTORS[index]["text"].encode("utf-8", "surrogatepass")
    _assert_same(json.loads(_run(str(EXAMPLES / "without_minshi.py"), MODEL, stdin=stdin)), VECTORS[index]["spans"])


@pytest.mark.parametrize("tool", ["presidio_analyzer", "spacy"])
def test_the_integrations_page_shows_what_its_code_prints(tool: str) -> None:
    pytest.importorskip(tool, reason=f"{tool} is not installed")
    page = (ROOT / "docs" / "integrations.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```\s+```text\n(.*?)```", page, re.DOTALL)
    ((code, output),) = [block for block in blocks if f"{tool} import" in block[0] or f"import {tool}\n" in block[0]]
    assert _run("-c", code) == output


def test_threads_and_processes_find_the_same() -> None:
    lines = _run(str(EXAMPLES / "threads_and_processes.py")).splitlines()
    assert [line.split()[:2] for line in lines] == [[name, "100"] for name in ("stream", "threads", "processes")]
    assert len({line.split()[3] for line in lines}) == 1


def test_the_service_answers_what_fits_and_refuses_the_rest() -> None:
    counts, labels = _run(str(EXAMPLES / "async_service.py")).splitlines()
    assert counts == "8 answered, 12 refused"
    assert labels == "['NAME', 'PHONE']"


def test_a_service_that_stops_leaves_no_waiter_behind(slow_service: ModuleType) -> None:
    async def stop_under_load() -> tuple[set[asyncio.Task[Document]], set[asyncio.Task[Document]]]:
        async with slow_service.running() as service:
            waiters = [asyncio.create_task(service.tag("甲")) for _ in range(slow_service.WAITING)]
            await asyncio.sleep(0.1)
        return await asyncio.wait(waiters, timeout=5)

    ended, waiting = asyncio.run(stop_under_load())
    assert not waiting
    assert all(waiter.cancelled() for waiter in ended)


def test_a_service_that_has_stopped_refuses(slow_service: ModuleType) -> None:
    async def ask_too_late() -> None:
        async with slow_service.running() as service:
            pass
        await asyncio.wait_for(service.tag("甲"), timeout=5)

    with pytest.raises(slow_service.Busy):
        asyncio.run(ask_too_late())
