"""`minshi redact` as a user meets it: files, folders, exit statuses, Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from minshi.errors import ConfigError
from minshi.redact import Replacer
from minshi.redact.job import redact_all
from minshi.redact.process import Settings

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
    assert [(line["path"], line["status"]) for line in log] == [
        ("c.pdf", "refused"),
        ("d.docx", "refused"),
        ("~$lock.docx", "skipped"),
    ]
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


def noted(folder: Path) -> dict[str, tuple[str, str]]:
    """Return what not-redacted.jsonl says: status and reason by path."""
    lines = map(json.loads, (folder / "not-redacted.jsonl").read_text(encoding="utf-8").splitlines())
    return {line["path"]: (line["status"], line["reason"]) for line in lines}


def test_a_folder_without_refused_files_gives_0_and_its_copies_nothing_to_redact(dump: Path, tmp_path: Path) -> None:
    (dump / "~$lock.docx").unlink()
    assert redact(dump, "--out", tmp_path / "out").returncode == 0
    again = redact(tmp_path / "out", "--out", tmp_path / "again")
    assert files(tmp_path / "again") == files(tmp_path / "out")
    assert "0 redacted, 4 copied" in again.stderr


def test_a_copy_inside_the_folder_is_no_input(dump: Path) -> None:
    assert redact(dump, "--out", dump / "out").returncode == 0
    assert "out/plain.md" not in files(dump / "out")
    assert files(dump / "out").keys() == {"村/组/a.txt", "村/b.csv", "plain.md", "empty.txt", "not-redacted.jsonl"}


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_what_was_skipped_is_listed_so_that_a_mirror_with_gaps_does_not_pass_for_whole(dump: Path, tmp_path: Path) -> None:
    (dump / "dead.txt").symlink_to("nowhere")
    (dump / "linked").symlink_to(dump / "村", target_is_directory=True)
    assert redact(dump, "--out", tmp_path / "out").returncode == 0
    said = noted(tmp_path / "out")
    assert said.keys() == {"dead.txt", "linked", "~$lock.docx"}
    assert all(status == "skipped" and reason for status, reason in said.values())


def test_the_folder_of_a_batch_job_is_skipped_and_said(dump: Path, tmp_path: Path) -> None:
    job = dump / "村" / "结果"
    tag = [sys.executable, "-m", "minshi", "batch", str(dump / "plain.md"), "-o", str(job), "--with-text", "--model", str(MODEL)]
    assert subprocess.run(tag, capture_output=True, check=False).returncode == 0
    assert redact(dump, "--out", tmp_path / "out").returncode == 0
    assert not (tmp_path / "out" / "村" / "结果").exists()
    assert noted(tmp_path / "out")["村/结果"][0] == "skipped"


def test_a_log_of_the_source_is_a_file_like_others(dump: Path, tmp_path: Path) -> None:
    (dump / "not-redacted.jsonl").write_text('{"path": "a.pdf"}\n', encoding="utf-8")
    assert redact(dump, "--out", tmp_path / "out").returncode == 0
    copies = files(tmp_path / "out")
    assert copies["not-redacted.jsonl"] == b'{"path": "a.pdf"}\n'
    assert "~$lock.docx" in copies["_not-redacted.jsonl"].decode()


def test_an_empty_text_is_copied_and_an_empty_package_refused(tmp_path: Path) -> None:
    dump, out = tmp_path / "dump", tmp_path / "out"
    dump.mkdir()
    whole = {"a.txt": b"", "b.csv": b"", "c.jsonl": b"", "d.html": b"", "e": b"", "m.txt": b"\xef\xbb\xbf"}
    for name in (*whole, "a.docx", "b.xlsx", "c.pdf"):
        (dump / name).write_bytes(whole.get(name, b""))
    assert redact(dump, "--out", out).returncode == 1
    assert noted(out) == dict.fromkeys(("a.docx", "b.xlsx", "c.pdf"), ("refused", "empty file"))
    assert {name: data for name, data in files(out).items() if name != "not-redacted.jsonl"} == whole


def test_a_reason_names_its_file_once(tmp_path: Path) -> None:
    (tmp_path / "broken.jsonl").write_text('{"text": "好"}\n{"text": \n', encoding="utf-8")
    done = redact(tmp_path / "broken.jsonl", "--out", tmp_path / "out.jsonl")
    assert "minshi: broken.jsonl: refused: line 2: broken JSON" in done.stderr
    assert done.stderr.count("broken.jsonl") == 1


@pytest.mark.parametrize("name", ["p.docx", "p.PDF", "p.csv"])
def test_a_copy_of_another_suffix_than_its_format_is_refused_with_what_to_name_it(dump: Path, tmp_path: Path, name: str) -> None:
    for source in (dump / "plain.md", dump / "empty.txt"):
        done = redact(source, "--out", tmp_path / name)
        assert done.returncode == 1
        assert f"name it {source.suffix}, not {Path(name).suffix.lower()}" in done.stderr
    assert not (tmp_path / name).exists()
    assert redact(dump / "plain.md", "--out", tmp_path / "p.txt").returncode == 0


def test_standard_input_is_refused_with_what_to_name(tmp_path: Path) -> None:
    done = redact("-", "--out", tmp_path / "out.txt")
    assert done.returncode == 2
    assert "name a file" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_file_goes_into_a_file_or_a_folder_and_takes_the_place_of_none(dump: Path, tmp_path: Path) -> None:
    source = dump / "村" / "b.csv"
    assert redact(source, "--out", tmp_path / "new" / "c.csv").returncode == 0
    assert redact(source, "--out", tmp_path).returncode == 0
    assert (tmp_path / "b.csv").read_bytes() == (tmp_path / "new" / "c.csv").read_bytes()
    (tmp_path / "folder").mkdir()
    assert f"-> {tmp_path / 'folder' / 'b.csv'}\n" in redact(source, "--out", tmp_path / "folder").stderr
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
        ("dump", "--out", "out", "--labels", "NAMES"),
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


@pytest.mark.parametrize("wrong", [{"labels": "NAME"}, {"labels": ["name"]}, {"min_score": float("nan")}])
def test_settings_that_would_leave_all_in_clear_begin_no_copy(dump: Path, tmp_path: Path, wrong: dict[str, object]) -> None:
    settings = Settings(model=MODEL, **wrong)
    with pytest.raises(ConfigError, match=r"NAME|min_score="):
        list(redact_all(dump, tmp_path / "out", replace=Replacer(), settings=settings))
    assert not (tmp_path / "out").exists()


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
    missing = {path for path, (status, _) in noted(out).items() if status == "missing"}
    assert said == (
        f"minshi: interrupted; incomplete: {len(missing)} of 300 files are missing (see not-redacted.jsonl); "
        f"delete {out} and start anew\n"
    )
    written = {path: data for path, data in files(out).items() if path != "not-redacted.jsonl"}
    assert 0 < len(written) < 300
    assert set(written.values()) == {text.replace(PHONE, MASK).encode()}
    assert missing >= {f"{number}.txt" for number in range(300)} - written.keys()


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
def test_on_a_terminal_a_bar_stands_before_the_first_file_and_moves_within_a_large_one(tmp_path: Path) -> None:
    (tmp_path / "dump").mkdir()
    (tmp_path / "dump" / "大.txt").write_text(f"电话{PHONE}，今天天气好。\n" * 20_000, encoding="utf-8")
    ours, theirs = os.openpty()
    arguments = command(tmp_path / "dump", "--out", tmp_path / "out")
    with subprocess.Popen(arguments, stderr=theirs, env={**os.environ, "TERM": "xterm", "COLUMNS": "120"}) as job:
        os.close(theirs)
        shown = "".join(iter(lambda: piece(ours), ""))
    os.close(ours)
    assert job.returncode == 0
    counts = re.findall(r"(\d)/1 files +(?:\x1b\S*)?([\d,]+) characters tagged", shown)
    assert counts[0] == ("0", "0")
    assert len({characters for files_done, characters in counts if files_done == "0"}) > 2
    assert counts[-1][0] == "1"
    assert f"-> {tmp_path / 'out'}" in shown


def piece(terminal: int) -> str:
    """Return what was shown next, nothing after the end."""
    try:
        return os.read(terminal, 1 << 16).decode("utf-8", "ignore")
    except OSError:  # how Linux says the end
        return ""


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
