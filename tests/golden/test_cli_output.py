"""What the command line prints, byte by byte. MINSHI_GOLDEN=write rewrites the files; review the diff."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MODEL = ["--model", "../../data/toy"]
TAG = ["tag", *MODEL, "--threads", "1"]
PLAIN = {"COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1", "PYTHONUTF8": "1"}
FORCING = ("FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "TERMINAL_WIDTH", "CLICOLOR_FORCE", "TTY_COMPATIBLE")

COMMANDS = {
    "help.txt": ["--help"],
    "batch_help.txt": ["batch", "--help"],
    "redact_help.txt": ["redact", "--help"],
    "tag_help.txt": ["tag", "--help"],
    "labels_help.txt": ["labels", "--help"],
    "info_help.txt": ["info", "--help"],
    "bench_help.txt": ["bench", "--help"],
    "labels.jsonl": ["labels", *MODEL],
    "tag.jsonl": [*TAG, "notice.txt", "rows.jsonl"],
    "tag_with_text.jsonl": [*TAG, "notice.txt", "rows.jsonl", "--with-text"],
    "tag_filtered.jsonl": [*TAG, "notice.txt", "rows.jsonl", "--labels", "name, health,PHONE", "--min-score", "0.9"],
    "tag.csv": [*TAG, "notice.txt", "rows.jsonl", "-f", "csv"],
    "tag_with_text.csv": [*TAG, "notice.txt", "rows.jsonl", "-f", "csv", "--with-text"],
    "tag_pretty.txt": [*TAG, "notice.txt", "rows.jsonl", "-f", "pretty"],
    "tag_as_text.jsonl": [*TAG, "rows.jsonl", "--input-format", "text", "--with-text"],
}


def run(arguments: list[str]) -> bytes:
    environ = {name: value for name, value in os.environ.items() if name not in FORCING}
    command = [sys.executable, "-m", "minshi", *arguments]
    done = subprocess.run(command, cwd=HERE / "input", env={**environ, **PLAIN}, capture_output=True, check=False)
    assert done.stderr == b""
    assert done.returncode == 0
    return b"".join(line.rstrip(b" \r") + b"\n" for line in done.stdout.rstrip(b"\n").split(b"\n"))


@pytest.mark.parametrize("name", COMMANDS)
def test_the_output_is_the_golden_one(name):
    path = HERE / "output" / name
    printed = run(COMMANDS[name])
    if os.environ.get("MINSHI_GOLDEN") == "write":
        path.write_bytes(printed)
    assert printed.decode() == path.read_bytes().decode()


def test_every_golden_file_has_its_command():
    assert {path.name for path in (HERE / "output").iterdir()} == set(COMMANDS)
