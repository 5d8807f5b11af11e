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
from data.make_vectors import spans_at

from minshi.bundle import load_bundle, shipped_path
from minshi.points import BALANCED, HIGH_PRECISION, HIGH_RECALL

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "javascript"
VECTORS = ROOT / "tests" / "data" / "vectors.jsonl"
STITCHING = VECTORS.with_name("stitching.jsonl")
_LOAD_WITHOUT_SESSIONS = """
const [path, hex] = process.argv.slice(1);
const { Tagger } = await import(path);
const ort = { InferenceSession: { create: async () => { throw new Error("a session was made"); } } };
await Tagger.load(ort, Buffer.from(hex, "hex")).catch((error) => console.log(error.message));
"""
_TOLD = """
import { readFileSync } from "node:fs";
const [path, cases, contract] = process.argv.slice(1);
const { Tagger } = await import(path);
const { tags, ...rest } = JSON.parse(contract);
const ort = { Tensor: class { constructor(_type, data) { this.data = data; } } };
for (const line of readFileSync(cases, "utf8").trim().split("\\n")) {
  const { text, windows } = JSON.parse(line);
  const run = async ({ code_points: { data } }) => {
    const { shown, spans } = windows.shift();
    const asked = Array.from(shown, (char) => char.codePointAt(0));
    const log_probs = new Float32Array(data.length * tags.length).fill(-20);
    for (let at = 0; at < data.length; at++) log_probs[at * tags.length] = -0.1;
    for (const [start, end, label] of String(asked) === String(Array.from(data)) ? spans : [])
      for (let at = start; at < end; at++) log_probs[at * tags.length + tags.indexOf((at > start ? "I-" : "B-") + label)] = 0;
    return { log_probs: { data: log_probs } };
  };
  const found = await new Tagger(ort, { run }, { tags, ...rest }).tag(text);
  console.log(JSON.stringify(found.map(({ start, end, label }) => [start, end, label])));
}
"""


@pytest.fixture(scope="module")
def page_folder(node_modules: Path) -> Path:
    """Assemble the page."""
    subprocess.run(["make", "browser"], cwd=ROOT, capture_output=True, timeout=60, check=True)
    return ROOT / "build" / "browser"


@pytest.fixture(scope="module")
def page_address(page_folder: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(page_folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("browser") / "page.png"


@pytest.fixture(scope="module")
def in_browser(page_address: str, chromium: str, picture: Path) -> list[Any]:
    """What browser.mjs prints."""
    command = ["node", str(Path(__file__).with_name("browser.mjs")), chromium, page_address, str(VECTORS), str(picture)]
    environment = {**os.environ, "MINSHI_EXAMPLES": str(EXAMPLE)}
    done = subprocess.run(command, capture_output=True, timeout=300, check=False, env=environment)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def _vectors() -> list[dict[str, Any]]:
    return [json.loads(line) for line in VECTORS.read_text(encoding="utf-8").splitlines()]


def _assert_same(found: list[list[dict[str, Any]]], score_tolerance: float, point: str = BALANCED) -> None:
    vectors = _vectors()
    assert len(found) == len(vectors)
    for vector, spans in zip(vectors, found, strict=True):
        expected = spans_at(vector, point)
        assert [[span["start"], span["end"], span["label"]] for span in spans] == [span[:3] for span in expected]
        for span, (*_, score) in zip(spans, expected, strict=True):
            assert span["score"] == pytest.approx(score, abs=score_tolerance)


@pytest.mark.parametrize("point", [BALANCED, HIGH_RECALL, HIGH_PRECISION])
def test_node_finds_the_same_spans(page_folder: Path, point: str) -> None:
    command = ["node", str(EXAMPLE / "tag.mjs"), str(shipped_path() / "model.onnx"), point]
    done = subprocess.run(command, input=VECTORS.read_bytes(), capture_output=True, timeout=300, check=True)
    _assert_same([json.loads(line)["spans"] for line in done.stdout.splitlines()], 0.01, point)


def test_node_refuses_a_point_that_the_model_lacks(page_folder: Path) -> None:
    command = ["node", str(EXAMPLE / "tag.mjs"), str(shipped_path() / "model.onnx"), "constructor"]
    done = subprocess.run(command, input=b"", capture_output=True, timeout=60, check=False)
    assert b'no operating point "constructor"; it has balanced, high_' in done.stderr
    assert done.returncode != 0


def test_node_stitches_the_windows_that_it_is_told_of(node_modules: Path) -> None:
    bundle = load_bundle()
    contract = json.dumps({"window": bundle.window, "context": bundle.context, "tags": bundle.schema.tags})
    command = ["node", "--input-type=module", "-e", _TOLD, (node_modules / "minshi.mjs").as_uri(), str(STITCHING), contract]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    cases = [json.loads(line) for line in STITCHING.read_text(encoding="utf-8").splitlines()]
    assert [json.loads(line) for line in done.stdout.splitlines()] == [case["spans"] for case in cases]


def test_lines_without_a_record_are_skipped(page_folder: Path) -> None:
    command = ["node", str(EXAMPLE / "tag.mjs"), str(shipped_path() / "model.onnx")]
    stdin = '{"text": "甲"}\n\n \r\n{"text": "乙"}\n'.encode()
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=True)
    assert [json.loads(line)["text"] for line in done.stdout.splitlines()] == ["甲", "乙"]


def test_a_browser_finds_the_same_spans(in_browser: list[Any], picture: Path) -> None:
    shown, _, *found = in_browser
    assert ["NAME", "刘大勇"] in shown
    assert [label for label, text in shown if "尿毒症" in text] == ["HEALTH"]  # the person's, not the condition's
    _assert_same(found, 0.35)
    assert picture.stat().st_size > 10_000


def test_the_page_can_be_used_again_after_a_failure(in_browser: list[Any]) -> None:
    _, (is_disabled, status), *_ = in_browser
    assert not is_disabled
    assert status == "检查失败：no memory"


def _field(number: int, content: bytes) -> bytes:
    """Return a field of a protobuf message that is shorter than 128 bytes."""
    return bytes([8 * number + 2, len(content)]) + content


_FORMAT_2 = _field(14, _field(1, b"minshi") + _field(2, b'{"format": 2}'))
_CUT_VALUE = _field(14, _field(1, b"minshi") + b"\x12\x60" + b'{"format": 1}')  # says 96 bytes and has 13


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (_FORMAT_2, "the model has format 2; this program reads format 1"),
        (_CUT_VALUE, "not an ONNX file, or it was cut short"),
        (_field(7, b"graph")[:-1], "not an ONNX file, or it was cut short"),
        (b"\x09\x00\x00\x00", "not an ONNX file, or it was cut short"),  # three bytes of an eight-byte number
        (b"\x0d\x00\x00\x00", "not an ONNX file, or it was cut short"),  # three of a four-byte number
        (b"\x0b", "not an ONNX file, or it was cut short"),  # a group, which ONNX has none of
        (b"\x08\x07" + _field(7, b"graph"), "not a minshi model: it carries no metadata"),
    ],
)
def test_a_file_of_another_format_or_cut_is_refused_before_a_session_is_made(
    node_modules: Path, model: bytes, message: str
) -> None:
    module = (node_modules / "minshi.mjs").as_uri()
    command = ["node", "--input-type=module", "-e", _LOAD_WITHOUT_SESSIONS, module, model.hex()]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60, check=True)
    assert done.stdout.strip() == message


def test_a_cut_model_file_is_refused(page_folder: Path, tmp_path: Path) -> None:
    cut = tmp_path / "model.onnx"
    cut.write_bytes((shipped_path() / "model.onnx").read_bytes()[:100_000])
    done = subprocess.run(["node", str(EXAMPLE / "tag.mjs"), str(cut)], input=b"", capture_output=True, timeout=60, check=False)
    assert done.returncode != 0
