"""What is told of a job while it runs: it goes on within seconds, in a file that takes hours too, and ends at the true counts."""

from __future__ import annotations

import contextlib
import csv
import gzip
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from minshi.batch import Outcome, Settings, run
from minshi.batch.progress import STEP
from minshi.batch.tally import Tally

MODEL = Path(__file__).parents[1] / "data" / "toy"
LINE = "溪口村三组村民 Nnn 家住 Aaaa，患 Hhh，已申请临时救助，公示七日无异议。\n"


def job(dump: Path, out: Path, *, when_told: Callable[[Tally], None] = lambda tally: None) -> tuple[list[Tally], Outcome]:
    told: list[Tally] = []

    def on_progress(tally: Tally) -> None:
        told.append(tally)
        when_told(tally)

    outcome = run(dump, out, settings=Settings(model=str(MODEL)), workers=2, on_progress=on_progress)
    assert all(count >= 0 for tally in told for count in (tally.listed, tally.characters, tally.size))
    total = Tally()
    for tally in told:
        total.add(tally)
    assert total == outcome.total
    assert total.size == sum(path.stat().st_size for path in (dump.rglob("*.*") if dump.is_dir() else [dump]))
    return told, outcome


def large_text(path: Path, lines: int = 16_000) -> Path:
    path.write_text(LINE * lines, encoding="utf-8")  # of 43 characters, 99 bytes
    return path


def large_table(path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["姓名", "家庭住址", "备注"])
        rows.writerows(["Nnn", "Aaaa", LINE.strip() * 3] for _ in range(5_000))
    return path


@pytest.mark.parametrize(("make", "name"), [(large_text, "大.txt"), (large_table, "大.csv")])
def test_a_large_file_is_told_in_steps_of_characters_and_bytes(tmp_path: Path, make: Callable[[Path], Path], name: str) -> None:
    path = make(tmp_path / name)
    told, outcome = job(path, tmp_path / "out")
    *before, last = told
    assert last.listed == 1
    assert not any(tally.listed for tally in before)
    assert len(before) > outcome.total.characters / STEP * 0.9
    assert max(tally.characters for tally in before) < STEP + 1_000
    share = sum(tally.size for tally in before) / path.stat().st_size
    assert 0.5 < share <= 1
    characters = size = 0
    for tally in before:  # the bar is where the work is, give or take the piece that is read at a time
        characters, size = characters + tally.characters, size + tally.size
        done = characters / outcome.total.characters * path.stat().st_size
        assert abs(size - done) < 1.1 * 2**20


@pytest.mark.parametrize("name", ["大.xlsx", "大.json", "大.txt.gz"])
def test_a_file_that_is_read_whole_tells_its_characters_as_it_goes_and_its_bytes_at_the_end(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for _ in range(3_000):
            book.active.append(["Nnn", LINE.strip()])
        book.save(path)
    elif path.suffix == ".json":
        path.write_text(json.dumps([{"备注": LINE.strip()}] * 3_000, ensure_ascii=False), encoding="utf-8")
    else:
        path.write_bytes(gzip.compress((LINE * 3_000).encode()))
    (*before, last), _ = job(path, tmp_path / "out")
    assert len(before) > 5
    assert not any(tally.size or tally.listed for tally in before)
    assert last.size == path.stat().st_size


def test_many_files_are_told_as_they_end_and_large_ones_among_them_before(tmp_path: Path) -> None:
    dump = tmp_path / "dump"
    dump.mkdir()
    for number in range(300):
        (dump / f"{number}.txt").write_text(LINE * (number % 4), encoding="utf-8")
    large_text(dump / "大.txt", 3_000)
    told, _ = job(dump, tmp_path / "out")
    assert sum(tally.listed for tally in told) == 301
    assert len(told) > 301 + 10


def test_a_worker_that_dies_makes_nothing_count_twice_and_nothing_of_it_is_written(tmp_path: Path) -> None:
    path, once, again = large_text(tmp_path / "大.txt", 3_000), tmp_path / "once", tmp_path / "again"
    job(path, once)
    killed: list[int] = []

    def kill(tally: Tally) -> None:
        (part,) = again.glob("findings/.part-*.tmp") if not killed and not tally.listed else (None,)
        if part:
            killed.append(int(part.name.split(".")[-2]))
            os.kill(killed[0], signal.SIGKILL)

    job(path, again, when_told=kill)
    assert killed
    assert written(again) == written(once)


def test_on_a_terminal_the_bar_moves_inside_a_file_and_elsewhere_nothing_more_is_said(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty")
    path = tmp_path / "大.txt"  # no line twice, which would be done before the bar is drawn again
    path.write_text("".join(f"{number}号{LINE}" for number in range(8_000)), encoding="utf-8")
    command = [sys.executable, "-m", "minshi", "batch", str(path), "--model", str(MODEL), "--workers", "1", "--out"]
    quiet = subprocess.run([*command, str(tmp_path / "quiet")], capture_output=True, text=True, timeout=120, check=True)
    assert quiet.stderr.count("\n") == 6
    ours, theirs = pty.openpty()
    shown = b""
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen([*command, str(tmp_path / "shown")], stderr=theirs, env=environment) as process:
        os.close(theirs)
        with contextlib.suppress(OSError):  # at the end of a terminal Linux raises
            while block := os.read(ours, 4096):
                shown += block
        os.close(ours)
    assert process.returncode == 0
    counts = set(re.findall(rb"0/1 files +([\d,]+) characters", shown))
    assert len(counts) > 2


def written(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
