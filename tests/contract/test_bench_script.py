from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "docs" / "bench.py"
QUICK = ["--turns", "1", "--chars", "60", "--largest", "1", "--stream", "0.01", "--alone"]


def test_one_command_prints_every_table_with_figures() -> None:
    pytest.importorskip("onnx")
    done = subprocess.run([sys.executable, str(SCRIPT), *QUICK], capture_output=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    printed = done.stdout.decode()
    tables = printed.split("## ")[1:]
    titles = [table.splitlines()[0].split(",")[0] for table in tables]
    assert titles == [
        "Memory",
        "Start",
        "Latency",
        "Where the processor time goes",
        "What comes again",
        "int8 products",
        "Throughput",
    ]
    for table in tables:
        rows = [line for line in table.splitlines() if line.startswith("| ")][2:]
        assert rows, table
        assert all(any(char.isdigit() for char in row.split("|")[2]) for row in rows), table
