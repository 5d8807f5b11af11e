"""`minshi redact` as a user meets it: files, folders, exit statuses, Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
MODEL = TESTS / "data" / "toy"
HOSTILE = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS / "hostile"), os.environ.get("PYTHONPATH", "")])}
LEAST = ("--file-seconds", 4, "--memory-mb", 64)
PHONE, MASK = "13900001234", "139****1234"


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "minshi", "redact", *map(str, arguments), "--model", str(MODEL)]


def redact(*arguments: object, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command(*arguments), capture_output=True, text=True, timeout=120, check=False, env=env)
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    dump = tmp_path / "dump"
    (dump / "村" / "组").mkdir(parents=True)
    (dump / "村" / "组" / "a.txt").write_bytes(f"电话{PHONE}\r\n".encode("gb18030"))
    (dump / "村" / "b.csv").write_text(f"电话,数\n{PHONE},1\n", encoding="utf-8")
    (dump / "plain.md").write_text("好\n", encoding="utf-8")
    (dump / "empty.txt").write_bytes(b"")
    (dump / "~$lock.docx").write_bytes(b"x")
    return dump


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_is_mirrored_and_every_file_accounted_for(dump: Path, tmp_path: Path) -> None:
    (dump / "c.pdf").write_bytes(b"%PDF-1.4")
    (dump / "d.docx").write_bytes(b"PK\x03\x04 cut short")
    before = files(dump)
    done = redact(dump, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert files(dump) == before
    copies = files(tmp_path / "out")
    log = [json.loads(line) for line in copies.pop("not-redacted.jsonl").splitlines()]
    assert [(line["path"], line["status"]) for line in log] == [("c.pdf", "refused"), ("d.docx", "refused")]
    assert copies == {
        "村/组/a.txt": f"电话{MASK}\r\n".encode("gb18030"),
        "村/b.csv": f"电话,数\n{MASK},1\n".encode(),
        "plain.md": before["plain.md"],
        "empty.txt": b"",
    }
    for said in (
        "c.pdf: refused: a PDF",
        "d.docx: refused: damaged",
        "~$lock.docx: skipped",
        "2 redacted, 2 copied, 2 refused, 1 skipped",
    ):
        assert said in done.stderr
    assert PHONE not in done.stderr + done.stdout


def test_a_folder_without_refused_files_gives_0_and_its_copies_nothing_to_redact(dump: Path, tmp_path: Path) -> None:
    assert redact(dump, "--out", tmp_path / "out").returncode == 0
    again = redact(tmp_path / "out", "--out", tmp_path / "again")
    assert files(tmp_path / "again") == files(tmp_path / "out")
    assert "0 redacted, 4 copied" in again.stderr


def test_a_copy_inside_the_folder_is_no_input(dump: Path) -> None:
    assert redact(dump, "--out", dump / "out").returncode == 0
    assert "out/plain.md" not in files(dump / "out")
    assert files(dump / "out").keys() == {"村/组/a.txt", "村/b.csv", "plain.md", "empty.txt"}


def test_a_file_goes_into_a_file_or_a_folder_and_takes_the_place_of_none(dump: Path, tmp_path: Path) -> None:
    source = dump / "村" / "b.csv"
    assert redact(source, "--out", tmp_path / "new" / "c.csv").returncode == 0
    assert redact(source, "--out", tmp_path).returncode == 0
    assert (tmp_path / "b.csv").read_bytes() == (tmp_path / "new" / "c.csv").read_bytes()
    for taken in (tmp_path, tmp_path / "b.csv", source, dump / "村"):
        done = redact(source, "--out", taken)
        assert done.returncode == 2
        assert "nothing is overwritten" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("dump", "--out", "dump"),
        ("dump/村", "--out", "dump"),
        ("dump", "--out", "."),
        ("dump", "--out", "taken"),
        ("nosuch", "--out", "out"),
        ("dump", "--out", "out", "--strategy", "hide"),
        ("dump", "--out", "out", "--labels", "NOSUCH"),
        ("dump", "--out", "out", "--key", "nosuch"),
        ("dump", "--out", "out", "--point", "nosuch"),
    ],
)
def test_a_job_that_makes_no_sense_is_one_line_and_2(
    dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "a.txt").write_text("好", encoding="utf-8")
    before = files(tmp_path)
    done = redact(*arguments)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert files(tmp_path) == before


def test_pseudonyms_are_the_same_in_all_files_and_with_the_same_key_in_another_job(dump: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(bytes(range(32)))
    for out in ("one", "two"):
        assert redact(dump, "-o", tmp_path / out, "-s", "pseudonym", "--key", tmp_path / "key").returncode == 0
    assert files(tmp_path / "one") == files(tmp_path / "two")
    first = (tmp_path / "one" / "村" / "组" / "a.txt").read_text(encoding="gb18030").strip().removeprefix("电话")
    assert first in (tmp_path / "one" / "村" / "b.csv").read_text(encoding="utf-8")
    assert redact(dump, "-o", tmp_path / "other", "-s", "pseudonym").returncode == 0
    assert first not in (tmp_path / "other" / "村" / "b.csv").read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent otherwise there")
def test_ctrl_c_leaves_no_half_file(tmp_path: Path) -> None:
    dump, out = tmp_path / "dump", tmp_path / "out"
    dump.mkdir()
    text = f"电话{PHONE}，今天天气好。\n" * 200
    for number in range(300):
        (dump / f"{number}.txt").write_text(text, encoding="utf-8")
    with subprocess.Popen(command(dump, "--out", out), stderr=subprocess.PIPE, text=True) as job:
        while job.poll() is None and not (out.exists() and len(list(out.iterdir())) > 2):
            time.sleep(0.05)
        job.send_signal(signal.SIGINT)
        _, said = job.communicate(timeout=120)
    assert job.returncode == 130
    assert said == "minshi: interrupted\n"
    written = files(out)
    assert 0 < len(written) < 300
    assert set(written.values()) == {text.replace(PHONE, MASK).encode()}


def test_a_file_that_its_process_does_not_survive_is_refused_and_the_others_are_redacted(tmp_path: Path) -> None:
    dump, out = tmp_path / "dump", tmp_path / "out"
    dump.mkdir()
    names = ("a.md", "eat.md", "exit.md", "hang.md", "killed.md", "slow.md", "z.md")
    for name in names:
        (dump / name).write_text("好\n" if name == "slow.md" else f"电话{PHONE}\n", encoding="utf-8")
    done = redact(dump, "--out", out, "--strategy", "pseudonym", *LEAST, env=HOSTILE)
    assert done.returncode == 1
    crashed = "redacting it crashed; damaged, or needs more than 64 MiB of memory"
    assert [line for line in done.stderr.splitlines() if "refused: " in line] == [
        "minshi: eat.md: refused: needs too much memory",
        f"minshi: exit.md: refused: {crashed}",
        "minshi: hang.md: refused: redacting took longer than 4 s",
        f"minshi: killed.md: refused: {crashed}",
    ]
    copies = files(out)
    assert copies.keys() == {"a.md", "slow.md", "z.md", "not-redacted.jsonl"}
    assert copies["slow.md"].decode() == "好\n"
    assert copies["a.md"] == copies["z.md"]  # the random key outlives a process, as do the pseudonyms
    assert PHONE not in copies["a.md"].decode()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it looks for processes in /proc")
@pytest.mark.parametrize("name", ["hang.md", "a.md"])
def test_ctrl_c_on_a_terminal_at_any_time_is_one_line_and_leaves_no_process(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(f"电话{PHONE}\n" * 5000, encoding="utf-8")
    before = files(tmp_path)
    arguments = command(tmp_path / name, "--out", tmp_path / "out.md")
    job = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, env=HOSTILE, start_new_session=True)
    while not (served := spawned_by(job.pid)):
        time.sleep(0.01)
    time.sleep(1 if name == "hang.md" else 0)
    os.killpg(job.pid, signal.SIGINT)
    assert job.communicate(timeout=120)[1] == "minshi: interrupted\n"
    assert job.returncode == 130
    assert files(tmp_path) == before
    assert not any(Path(f"/proc/{pid}").exists() for pid in served)


def spawned_by(pid: int) -> list[str]:
    """Return the processes that redact for one, which has another of multiprocessing's own."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]
    except OSError:  # one is gone
        return []
