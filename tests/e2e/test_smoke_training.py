"""The whole way on two small layers: train, export, verify, release, and tag with the released model alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_smoke_run_ends_in_a_model_that_tags(tmp_path: Path) -> None:
    run_dir, released = tmp_path / "run", tmp_path / "released"
    command = [sys.executable, "-m", "minshi_train.cli", "run", "configs/train/smoke.yaml", "--out", run_dir, "--to", released]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stderr[-2000:]
    losses = [
        entry["loss"] for entry in json.loads((run_dir / "checkpoints" / "history.json").read_text())["log"] if "loss" in entry
    ]
    assert losses[-1] < losses[0]
    report = json.loads((run_dir / "verify.json").read_text(encoding="utf-8"))
    assert report["differing_tags"] == 0
    assert report["test"]["int8"]["character_recall"] > 0.1, "thirty steps are enough to find something"

    sample = ROOT / "data" / "samples" / "低保公示.txt"
    tag = [sys.executable, "-m", "minshi", "tag", "--model", released, sample]
    tagged = subprocess.run(tag, capture_output=True, text=True, check=False, timeout=120)
    assert tagged.returncode == 0, tagged.stderr
    record = json.loads(tagged.stdout)
    assert record["model"].startswith("minshi-0.0.1-")
    assert "ID_CARD" in {span["label"] for span in record["spans"]}
