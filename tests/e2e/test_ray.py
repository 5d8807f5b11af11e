"""Ray gives the bytes of the local engine, also when a worker dies; what is missing is said before a job begins."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from minshi.batch import Settings
from minshi.batch.plan import make_plan
from minshi.batch.plan_file import save
from minshi.batch.ray_engine import _Actor

MODEL = Path(__file__).parents[1] / "data" / "toy"
needs_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray is not installed")


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "minshi", "batch", *map(str, arguments), "--model", str(MODEL), "--workers", "2"]


def parts(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """Four chunks of small files, of which a fifth is empty."""
    folder = tmp_path / "dump"
    folder.mkdir()
    for number in range(900):
        (folder / f"{number}.txt").write_text(f"第{number}号 Nnn 患 Hhh\n" * (number % 5), encoding="utf-8")
    return folder


def being_written(out: Path) -> Path | None:
    """Return the temporary file of a part, `.part-000001.jsonl.PID.tmp`: it names the process that writes it."""
    return next(iter(out.glob("findings/.part-*.tmp")), None)


@needs_ray
def test_ray_gives_the_bytes_of_the_local_engine_though_a_worker_is_killed(dump: Path, tmp_path: Path) -> None:
    local, on_ray = tmp_path / "local", tmp_path / "ray"
    subprocess.run(command(dump, "--out", local), check=False, capture_output=True, timeout=300)
    job = subprocess.Popen(
        command(dump, "--out", on_ray, "--engine", "ray"), stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while (part := being_written(on_ray)) is None:
        assert job.poll() is None
        time.sleep(0.01)
    os.kill(int(part.name.split(".")[-2]), signal.SIGKILL)
    assert part.exists()  # it was killed in the middle
    _, errors = job.communicate(timeout=300)
    assert job.returncode == 1, errors
    assert errors.count("\n") == 7  # the lines of such a job, and nothing that Ray has to say
    assert parts(on_ray) == parts(local)


@needs_ray
def test_a_cluster_that_does_not_answer_is_said_before_a_job_begins(dump: Path, tmp_path: Path) -> None:
    address = {**os.environ, "RAY_ADDRESS": "127.0.0.1:9"}
    arguments = command(dump, "--out", tmp_path / "out", "--engine", "ray")
    done = subprocess.run(arguments, check=False, capture_output=True, text=True, timeout=120, env=address)
    assert done.returncode == 2
    assert done.stderr == "minshi: no Ray cluster answers at 127.0.0.1:9 (Connection refused)\n"
    assert not (tmp_path / "out").exists()


def test_where_ray_is_missing_the_command_that_installs_it_is_said(dump: Path, tmp_path: Path) -> None:
    code = "import sys; sys.modules['ray'] = None; from minshi.cli import app; app()"
    arguments = [sys.executable, "-c", code, *command(dump, "--out", tmp_path / "out", "--engine", "ray")[3:]]
    done = subprocess.run(arguments, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert 'pip install "minshi[ray]"' in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_node_without_the_mount_says_what_it_does_not_see_and_tags_nothing(dump: Path, tmp_path: Path) -> None:
    assert "elsewhere: not there on node" in str(_Actor().load(str(tmp_path / "elsewhere")))
    (tmp_path / "out").mkdir()
    save(make_plan(dump, tmp_path / "out", Settings(model=str(MODEL))), tmp_path / "out")
    dump.rename(tmp_path / "gone")
    assert "dump: not there on node" in str(_Actor().load(str(tmp_path / "out")))
