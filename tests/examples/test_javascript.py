"""The JavaScript examples find the same spans as minshi, in Node and in a browser."""

from __future__ import annotations

import functools
import http.server
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minshi.bundle import shipped_path

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "javascript"
VECTORS = ROOT / "tests" / "data" / "vectors.jsonl"


@pytest.fixture(scope="module")
def page_folder(node_modules: Path) -> Path:
    """Assemble the page."""
    subprocess.run(["make", "browser"], cwd=ROOT, capture_output=True, timeout=60, check=True)
    return ROOT / "build" / "browser"


@pytest.fixture
def page_address(page_folder: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(page_folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def _vectors() -> list[dict[str, Any]]:
    return [json.loads(line) for line in VECTORS.read_text(encoding="utf-8").splitlines()]


def _assert_same(found: list[list[dict[str, Any]]], score_tolerance: float) -> None:
    vectors = _vectors()
    assert len(found) == len(vectors)
    for vector, spans in zip(vectors, found, strict=True):
        assert [[span["start"], span["end"], span["label"]] for span in spans] == [span[:3] for span in vector["spans"]]
        for span, (*_, score) in zip(spans, vector["spans"], strict=True):
            assert span["score"] == pytest.approx(score, abs=score_tolerance)


def test_node_finds_the_same_spans(page_folder: Path) -> None:
    command = ["node", str(EXAMPLE / "tag.mjs"), str(shipped_path() / "model.onnx")]
    done = subprocess.run(command, input=VECTORS.read_bytes(), capture_output=True, timeout=300, check=True)
    _assert_same([json.loads(line)["spans"] for line in done.stdout.splitlines()], 0.01)


def test_a_browser_finds_the_same_spans(page_address: str, chromium: str, tmp_path: Path) -> None:
    picture = tmp_path / "page.png"
    command = ["node", str(Path(__file__).with_name("browser.mjs")), chromium, page_address, str(VECTORS), str(picture)]
    environment = {**os.environ, "MINSHI_EXAMPLES": str(EXAMPLE)}
    done = subprocess.run(command, capture_output=True, timeout=300, check=False, env=environment)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    shown, *found = (json.loads(line) for line in done.stdout.splitlines())
    assert ["NAME", "刘大勇"] in shown
    assert [label for label, text in shown if "尿毒症" in text] == ["HEALTH"]  # the person's, not the condition's
    _assert_same(found, 0.35)
    assert picture.stat().st_size > 10_000


def test_a_cut_model_file_is_refused(page_folder: Path, tmp_path: Path) -> None:
    cut = tmp_path / "model.onnx"
    cut.write_bytes((shipped_path() / "model.onnx").read_bytes()[:100_000])
    done = subprocess.run(["node", str(EXAMPLE / "tag.mjs"), str(cut)], input=b"", capture_output=True, timeout=60, check=False)
    assert done.returncode != 0
