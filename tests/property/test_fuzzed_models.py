"""Model files from anywhere: in a process of its own, since what is tested for is that onnxruntime takes none down with it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

TOY = Path(__file__).parents[1] / "data" / "toy"
CASES = 400  # of each kind
# Every file is announced to be what it is by a manifest that fits, so that the hash does not stop it.
FUZZ = """
import hashlib, json, random, shutil, sys
from pathlib import Path
from minshi import Tagger
from minshi.errors import ModelError

whole = (Path(sys.argv[1]) / "model.onnx").read_bytes()
manifest = json.loads((Path(sys.argv[1]) / "manifest.json").read_text(encoding="utf-8"))
folder, kind, cases = Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
structure = [*range(400), *range(len(whole) - 900, len(whole))]  # what is no table of numbers


def damaged(rng):
    data = bytearray(whole)
    if kind == "bits":
        for _ in range(rng.randint(1, 4)):
            data[rng.choice(structure)] ^= 1 << rng.randrange(8)
    elif kind == "cut":
        del data[rng.choice(structure):]
    elif kind == "bytes":
        data = bytearray(rng.randbytes(rng.randint(0, 400)))
    elif kind == "lengths":  # a varint of up to ten bytes where a length may stand
        place = rng.choice(structure)
        data[place:place + 1] = bytes(rng.choices([0xFF, 0x80, 0xFE], k=rng.randint(1, 9))) + b"\\x01"
    elif kind == "spliced":
        start, place = rng.choice(structure), rng.choice(structure)
        data[place:place] = data[start:start + rng.randint(1, 200)]
    return bytes(data)


outcomes = {"refused": 0, "ran": 0}
for seed in range(cases):
    data = damaged(random.Random(seed))
    (folder / "model.onnx").write_bytes(data)
    manifest["sha256"] = hashlib.sha256(data).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    try:
        Tagger.load(folder, threads=1).tag("领取人Nnn，患Hhh，信Rr")
        outcomes["ran"] += 1
    except ModelError as err:
        if chr(10) in str(err):
            raise SystemExit(f"case {seed}: more than one line")
        outcomes["refused"] += 1
    except BaseException as err:
        raise SystemExit(f"case {seed}: {type(err).__name__}: {err}")
print(json.dumps(outcomes))
"""


@pytest.mark.parametrize("kind", ["bits", "cut", "bytes", "lengths", "spliced"])
def test_a_damaged_model_is_refused_in_one_line_or_runs(kind: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", FUZZ, str(TOY), str(tmp_path), kind, str(CASES)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"exit {done.returncode}: {done.stderr[-500:]}"
    outcomes = json.loads(done.stdout)
    assert sum(outcomes.values()) == CASES
    assert outcomes["refused"] > 0
