"""A dump goes in as an office left it, and every file is accounted for, whatever happens to the job meanwhile."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import inspect
import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import asdict
from pathlib import Path

import pytest

from minshi.batch import Settings, begun, run
from minshi.batch.plan import check_unchanged, make_plan
from minshi.batch.plan_file import save
from minshi.batch_cli import PartFormat
from minshi.batch_cli import batch as batch_command
from minshi.errors import ConfigError

MODEL = Path(__file__).parents[1] / "data" / "toy"


COMMAND = [sys.executable, "-m", "minshi", "batch"]


def command(*arguments: object) -> list[str]:
    return [*COMMAND, *map(str, arguments), "--model", str(MODEL), "--workers", "2"]


def batch(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command(*arguments), capture_output=True, text=True, timeout=240, check=False, **options)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def findings(out: Path) -> list[dict[str, object]]:
    return [record for path in sorted((out / "findings").iterdir()) for record in lines(path)]


def digest(out: Path) -> dict[str, str]:
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Four chunks of small files."""
    dump = tmp_path / "dump"
    for number in range(900):
        path = dump / f"{number % 7}" / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"第{number}号 Nnn 患 Hhh\n" * (number % 5), encoding="utf-8")
    return dump


def test_a_mixed_dump_is_tagged_and_every_bad_file_is_said(tmp_path: Path) -> None:
    dump = tmp_path / "dump"
    (dump / "子").mkdir(parents=True)
    (dump / "通知.txt").write_text("Nnn 家住 Aaa", encoding="gb18030")
    (dump / "子" / "名单.csv").write_text("姓名,住址\nNnn,Aaaa\n", encoding="utf-8")
    (dump / "旧.txt.gz").write_bytes(gzip.compress(b"Nnn"))
    with zipfile.ZipFile(dump / "包.zip", "w") as archive:
        archive.writestr("内/a.txt", "Nnn")
        archive.writestr("坏.xlsx", b"PK\x03\x04broken")
    (dump / "空.txt").touch()
    (dump / "坏.docx").write_bytes(b"PK\x03\x04" + bytes(100))
    (dump / "乱.xls").write_bytes(random.Random(0).randbytes(4000))
    (dump / "NUL.txt").write_bytes(bytes(1000))
    (dump / "长.txt").write_text("Nnn，" * 75_000, encoding="utf-8")
    with zipfile.ZipFile(dump / "弹.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.txt", bytes(60 << 20))
    (dump / "~$名单.docx").write_bytes(b"lock")
    (dump / "子" / "环").symlink_to("..")
    done = batch(dump, "--out", tmp_path / "out")
    assert done.returncode == 1
    errors = {record["source"]: record for record in lines(tmp_path / "out" / "errors.jsonl")}
    assert {name for name, record in errors.items() if record["kind"] == "skipped"} == {"~$名单.docx", "子/环"}
    assert set(errors) == {"~$名单.docx", "子/环", "空.txt", "坏.docx", "乱.xls", "NUL.txt", "弹.zip", "包.zip"}
    assert {name for name, record in errors.items() if record["kind"] == "partial"} == {"包.zip"}
    assert errors["包.zip"]["part"] == "!坏.xlsx"
    assert "bomb" in str(errors["弹.zip"]["reason"])
    files = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))["files"]
    assert files == {"listed": 12, "processed": 5, "partial": 1, "failed": 5, "skipped": 2}
    assert "12 files: 5 processed (of which 1 partly), 5 failed, 2 skipped" in done.stderr
    found = {str(record["id"]): record["spans"] for record in findings(tmp_path / "out")}
    assert [(span["label"], span["place"]) for span in found["子/名单.csv"]] == [
        ("NAME", "row=2;field=姓名"),
        ("ADDRESS", "row=2;field=住址"),
    ]
    assert [span["label"] for span in found["包.zip!内/a.txt"]] == ["NAME"]
    assert len([record for record in found if record.startswith("长.txt")]) > 1
    assert "text" not in found["通知.txt"][0]


def test_jobs_interrupted_at_twenty_instants_go_on_to_the_same_bytes(many: Path, tmp_path: Path) -> None:
    """Each of five jobs is interrupted four times: its beginning and three of its resumptions."""
    whole = tmp_path / "whole"
    began = time.monotonic()
    assert batch(many, "--out", whole).returncode == 1  # a fifth of the files is empty
    seconds = time.monotonic() - began
    rng = random.Random(7)
    for attempt in range(5):
        out = tmp_path / f"out-{attempt}"
        for way in rng.sample(["parent", "group", "group", "Ctrl-C"], 4):
            interrupt(start(many, out), way, after=rng.uniform(0.3, 0.95) * seconds)
        assert start(many, out).wait(timeout=120) == 1
        assert digest(out) == digest(whole)


def start(dump: Path, out: Path) -> subprocess.Popen[bytes]:
    resume = ["--resume"] if (out / "plan.json").exists() else []
    return subprocess.Popen(command(dump, "--out", out, *resume), stderr=subprocess.DEVNULL, start_new_session=True)


def interrupt(job: subprocess.Popen[bytes], way: str, *, after: float) -> None:
    """Stop a job after some seconds; killed alone, its children must notice."""
    time.sleep(after)
    if way == "parent":
        job.kill()
    else:
        os.killpg(job.pid, signal.SIGINT if way == "Ctrl-C" else signal.SIGKILL)
    job.wait(timeout=20)


def test_a_job_killed_before_its_plan_was_whole_can_be_begun_anew(many: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "findings").mkdir(parents=True)
    for name in ("files.jsonl", ".plan.json.123.tmp", ".lock"):
        (out / name).write_text("[", encoding="utf-8")
    assert batch(many, "--out", out).returncode == 1
    assert not list(out.glob(".*.tmp"))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").touch()
    assert "not empty" in batch(many, "--out", tmp_path / "other").stderr


def test_an_interrupt_stops_at_once_and_says_how_to_go_on(many: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    job = subprocess.Popen(command(many, "--out", out), stderr=subprocess.PIPE, text=True, start_new_session=True)
    while not list(out.glob("findings/*")):
        time.sleep(0.02)
    os.killpg(job.pid, signal.SIGINT)
    _, errors = job.communicate(timeout=20)
    assert job.returncode == 130
    assert errors.count("\n") == 2
    assert "--resume" in errors
    assert batch(many, "--out", out, "--resume").returncode == 1


def test_on_a_terminal_a_bar_shows_the_job_and_an_interrupt_has_the_last_word(many: Path, tmp_path: Path) -> None:
    pty = pytest.importorskip("pty")
    out = tmp_path / "out"
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    job = subprocess.Popen(command(many, "--out", out), stderr=theirs, start_new_session=True, env=environment)
    os.close(theirs)
    while not list(out.glob("findings/*")):
        time.sleep(0.02)
    shown = os.read(ours, 4096)
    os.killpg(job.pid, signal.SIGINT)
    with contextlib.suppress(OSError):  # at the end of a terminal Linux raises
        while block := os.read(ours, 4096):
            shown += block
    os.close(ours)
    assert job.wait(timeout=20) == 130
    assert b"/900 files" in shown
    assert b" characters, " in shown
    assert b"--resume" in shown.splitlines()[-1]


def test_what_changed_since_the_job_began_is_said_and_nothing_is_tagged(many: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert batch(many, "--out", out).returncode == 1
    assert "holds a job already" in batch(many, "--out", out).stderr
    refused = batch(many, "--out", out, "--resume", "--min-score", "0.5").stderr
    assert "--min-score was 0 when the job began and is 0.5 now" in refused
    (many / "0" / "7.txt").write_text("anders", encoding="utf-8")
    done = batch(many, "--out", out, "--resume")
    assert done.returncode == 2
    assert "0/7.txt, changed" in done.stderr


def test_other_versions_than_the_job_began_with_are_said_in_one_line_and_it_goes_on(people: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    batch(people, "--out", out)
    plan = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    assert {"minshi", "onnxruntime", "lxml", "pypdfium2", "python-calamine", "selectolax"} == set(plan["versions"])
    plan["versions"] |= {"lxml": "1.0", "selectolax": "none"}
    (out / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    assert "other versions" not in batch("--resume", out).stderr  # nothing is left to be found
    next((out / "done").iterdir()).unlink()
    done = batch("--resume", out)
    assert done.returncode == 1
    (said,) = [line for line in done.stderr.splitlines() if "other versions" in line]
    assert "lxml 1.0, now " in said
    assert "selectolax none, now " in said
    assert "minshi 0" not in said


def test_two_jobs_in_one_folder_are_refused(many: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = subprocess.Popen(command(many, "--out", out), stderr=subprocess.DEVNULL)
    while not (out / "plan.json").exists():
        time.sleep(0.01)
    second = batch(many, "--out", out, "--resume")
    first.wait()
    assert second.returncode == 2
    assert "another job is running" in second.stderr


def test_a_full_disk_is_a_clear_error_and_the_job_can_go_on(many: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    limited = ["bash", "-c", 'ulimit -f 80; exec "$@"', "bash", *command(many, "--out", out)]  # 80 KiB a file
    done = subprocess.run(limited, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert done.stderr.count("\n") == 2
    assert batch(many, "--out", out, "--resume").returncode == 1


def test_a_disk_that_is_full_before_there_is_a_plan_leaves_a_job_to_be_started_anew(many: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    limited = ["bash", "-c", 'ulimit -f 8; exec "$@"', "bash", *command(many, "--out", out)]  # 8 KiB a file: the list has more
    done = subprocess.run(limited, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert "files.jsonl: cannot be written" in done.stderr
    assert "start it anew, not by --resume" in done.stderr
    assert done.stderr.count("\n") == 1
    assert batch(many, "--out", out).returncode == 1


def test_a_disk_that_is_full_while_an_archive_is_unpacked_stops_the_job_and_not_the_archive_alone(tmp_path: Path) -> None:
    dump, out = tmp_path / "dump", tmp_path / "out"
    dump.mkdir()
    with zipfile.ZipFile(dump / "包.zip", "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.json", '["Nnn"' + " " * (17 << 20) + "]")  # more than is unpacked in memory
    limited = ["bash", "-c", 'ulimit -f 4096; exec "$@"', "bash", *command(dump, "--out", out)]  # 4 MiB a file
    done = subprocess.run(limited, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert "包.zip!a.json: no room to unpack it in " in done.stderr
    assert "--resume" in done.stderr
    assert done.stderr.count("\n") == 2
    assert not list((out / "done").iterdir())
    assert batch("--resume", out).returncode == 0
    assert (out / "errors.jsonl").read_bytes() == b""


def test_a_file_that_hangs_or_eats_memory_costs_only_itself(tmp_path: Path) -> None:
    dump = tmp_path / "dump"
    dump.mkdir()
    (dump / "a.txt").write_text("Nnn", encoding="utf-8")
    (dump / "z.txt").write_text("Nnn", encoding="utf-8")
    with zipfile.ZipFile(dump / "m.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in _far_corners().items():
            book.writestr(name, content)
    done = batch(dump, "--out", tmp_path / "out", "--file-seconds", "5", "--memory-mb", "256")
    assert done.returncode == 1
    (error,) = lines(tmp_path / "out" / "errors.jsonl")
    assert error["source"] == "m.xlsx"
    assert "memory" in str(error["reason"]) or "longer than" in str(error["reason"])
    assert [record["id"] for record in findings(tmp_path / "out")] == ["a.txt", "z.txt"]


def _far_corners() -> dict[str, str]:
    """A sheet with two cells in far corners, which a reader may hold as 17 billion."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    cell = "<row r='{0}'><c r='{1}{0}' t='inlineStr'><is><t>x</t></is></c></row>"  # in quotes that no program writes
    rows = cell.format(1, "A") + cell.format(1048576, "XFD")
    sheet = '<sheet name="S" sheetId="1" r:id="r1"/>'
    root = f'<Relationship Id="r0" Type="{office}/officeDocument" Target="xl/workbook.xml"/>'
    link = f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
    return {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{relations}">{root}</Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{sheet}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{relations}">{link}</Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
    }


def test_a_file_read_in_part_is_processed_and_what_is_missing_of_it_is_said(tmp_path: Path) -> None:
    dump, out = tmp_path / "dump", tmp_path / "out"
    dump.mkdir()
    with zipfile.ZipFile(dump / "包.zip", "w") as archive:
        archive.writestr("a.txt", "Nnn")
        archive.writestr("坏.docx", b"PK\x03\x04broken")
        archive.writestr("空.txt", b"")
    (dump / "引号.csv").write_text('姓名,备注\nNnn,好\n"' + "Aaa\n" * 300_000, encoding="utf-8")
    (dump / "行.jsonl").write_text('{"text": "Nnn"}\n{"text": \n{"text": "Hhh"}\n', encoding="utf-8")
    (dump / "好.txt").write_text("Nnn", encoding="utf-8")
    done = batch(dump, "--out", out)
    assert done.returncode == 1
    assert "4 files: 4 processed (of which 3 partly), 0 failed, 0 skipped" in done.stderr
    errors = lines(out / "errors.jsonl")
    assert {record["kind"] for record in errors} == {"partial"}
    assert [(record["source"], record["part"]) for record in errors] == [
        ("包.zip", "!坏.docx"),
        ("包.zip", "!空.txt"),
        ("引号.csv", ""),
        ("行.jsonl", ":2"),
    ]
    assert [record["reason_zh"] for record in errors] == [
        "压缩包或 Office 文件已损坏，请打开检查后另存",
        "文件是空的",
        "第 3 行有一格超过 1,000,000 字（可能缺少右引号），从这里起没有读取",
        "JSON 格式有误（第 10 列），请改正",
    ]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert '"!坏.docx 压缩包或 Office 文件已损坏，请打开检查后另存"' in page
    assert all(str(record["reason"]) not in page for record in errors)
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert summary["files"] == {"listed": 4, "processed": 4, "partial": 3, "failed": 0, "skipped": 0}
    assert len([record for record in findings(out) if record["spans"]]) >= 5
    whole = digest(out)
    next((out / "done").iterdir()).unlink()
    assert batch("--resume", out).returncode == 1
    assert digest(out) == whole


def test_all_strings_of_json_lines_are_read_or_the_fields_that_are_named(tmp_path: Path) -> None:
    dump, out = tmp_path / "dump", tmp_path / "out"
    dump.mkdir()
    (dump / "a.jsonl").write_text(
        '\n{"id": 1, "text": "-", "detail": {"applicant": "Nnn患Hhh", "note": "Nnn"}}\n', encoding="utf-8"
    )
    assert batch(dump, "--out", out).returncode == 0
    (record,) = findings(out)
    assert [(span["label"], span["place"], span["start"]) for span in record["spans"]] == [
        ("NAME", "line=2;/detail/applicant", 0),
        ("HEALTH", "line=2;/detail/applicant", 4),
        ("NAME", "line=2;/detail/note", 0),
    ]
    out = tmp_path / "narrow"
    assert batch(dump, "--out", out, "--fields", "/detail/note", "--max-entries", "7").returncode == 0
    whole = digest(out)
    (record,) = findings(out)
    assert [span["place"] for span in record["spans"]] == ["line=2;/detail/note"]
    next((out / "done").iterdir()).unlink()
    assert batch("--resume", out).returncode == 0
    assert digest(out) == whole
    assert "--max-entries was 7 " in batch("--resume", out, "--max-entries", "8").stderr


@pytest.mark.parametrize("fields", ["/a~2", "a,,b", "detail/note"])
def test_a_bad_field_is_a_usage_error_and_begins_no_job(tmp_path: Path, fields: str) -> None:
    (tmp_path / "a.json").write_text("[]", encoding="utf-8")
    assert batch(tmp_path / "a.json", "--out", tmp_path / "out", "--fields", fields).returncode == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"labels": "NAME"},
        {"labels": ("NAMES",)},
        {"labels": ()},
        {"min_score": float("nan")},
        {"min_score": -1},
        {"min_score": 2},
    ],
)
def test_a_filter_that_lets_nothing_pass_begins_no_job(people: Path, tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"NAME|none is named|min_score="):
        run(people, tmp_path / "out", settings=Settings(model=str(MODEL), **wrong))
    assert not (tmp_path / "out").exists()


def test_the_command_has_the_settings_and_the_defaults_of_a_job() -> None:
    defaults = {name: each.default for name, each in inspect.signature(batch_command).parameters.items()}
    flags = {"model": None, "labels": None, "fields": None, "format": PartFormat.jsonl}
    for name, value in asdict(Settings()).items():
        assert defaults[name] == flags.get(name, value), name


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A table of persons, a notice that names nobody, a name alone, and a file that cannot be read."""
    dump = tmp_path / "people"
    dump.mkdir()
    (dump / "名单.csv").write_text("姓名,病情,电话\nNnn,Hhh,\nNnn,,13900001234\nNnnn,Hh,\n", encoding="utf-8")
    (dump / "签到.txt").write_text("Nnn", encoding="utf-8")
    (dump / "通知.txt").write_text("-", encoding="utf-8")
    (dump / "空.txt").touch()
    return dump


@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet"])
def test_every_format_has_the_same_findings_summary_and_report(people: Path, tmp_path: Path, format: str) -> None:
    if format == "parquet":
        pytest.importorskip("pyarrow")
    out, plain = tmp_path / "out", tmp_path / "plain"
    done = batch(people, "--out", out, "--format", format)
    assert done.returncode == 1
    assert "persons: high 2, medium 1, low 1" in done.stderr
    assert "most exposed: NAME+HEALTH 2, NAME+PHONE 1, NAME 1" in done.stderr
    assert [path.suffix for path in (out / "findings").iterdir()] == [f".{format}"]
    batch(people, "--out", plain)
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert summary.pop("format") == format
    assert summary["files_by_risk"] == {"high": 1, "medium": 0, "low": 1, "none": 1}
    assert summary["combinations"] == [
        {"labels": ["NAME", "HEALTH"], "risk": "high", "persons": 2},
        {"labels": ["NAME", "PHONE"], "risk": "medium", "persons": 1},
        {"labels": ["NAME"], "risk": "low", "persons": 1},
    ]
    assert {**summary, "format": "jsonl"} == json.loads((plain / "summary.json").read_text(encoding="utf-8"))
    assert len((out / "report.html").read_bytes()) > 10_000


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_a_resumed_job_keeps_its_format_and_its_bytes(people: Path, tmp_path: Path, format: str) -> None:
    if format == "parquet":
        pytest.importorskip("pyarrow")
    out = tmp_path / "out"
    batch(people, "--out", out, "-f", format)
    whole = digest(out)
    for kind in ("done", "findings", "report"):
        next((out / kind).iterdir()).unlink()
    (out / "report.html").unlink()
    refused = batch(people, "--out", out, "--resume", "-f", "jsonl")
    assert refused.returncode == 2
    assert f"--format was {format} " in refused.stderr
    assert batch(people, "--out", out, "--resume").returncode == 1
    assert digest(out) == whole


def test_a_job_is_resumed_by_its_folder_alone(people: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    batch(people, "--out", out, "--with-text", "--labels", "NAME,HEALTH", "--min-score", "0.1")
    whole = digest(out)
    for way in ([out], ["--out", out], [people, "--out", out, "--labels", "NAME,HEALTH"]):
        for kind in ("done", "findings", "report"):
            next((out / kind).iterdir()).unlink()
        done = subprocess.run([*COMMAND, "--resume", *map(str, way)], capture_output=True, text=True, timeout=240, check=False)
        assert done.returncode == 1, done.stderr
        assert digest(out) == whole
    refused = batch("--resume", out, "--labels", "NAME")
    assert refused.returncode == 2
    assert "--labels was NAME,HEALTH when the job began and is NAME now" in refused.stderr
    (people / "签到.txt").write_text("Nnnn", encoding="utf-8")
    assert "签到.txt, changed" in batch("--resume", out).stderr


def test_a_job_about_a_link_to_a_file_is_the_same_job_when_it_is_resumed(people: Path, tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(people / "名单.csv")
    (tmp_path / "out").mkdir()
    plan = make_plan(tmp_path / "link.csv", tmp_path / "out", Settings(model=str(MODEL), labels=("NAME",)))
    save(plan, tmp_path / "out")
    root, settings = begun(tmp_path / "out")
    assert settings == plan.job.settings
    check_unchanged(plan, make_plan(root, tmp_path / "out", settings))


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [([], "name a directory or a file"), (["dump"], "name the job's folder"), (["--resume"], "name the job's folder")],
)
def test_a_job_without_dump_or_folder_is_a_usage_error(arguments: list[str], reason: str) -> None:
    done = batch(*arguments)
    assert done.returncode == 2
    assert reason in done.stderr


def test_a_setting_that_the_job_began_without_is_said_as_it_is_typed(people: Path, tmp_path: Path) -> None:
    batch(people, "--out", tmp_path / "out")
    for given, said in [
        (["--labels", "NAME"], "--labels was not given when the job began and is NAME now"),
        (["--fields", "a,/b"], "--fields was not given when the job began and is a,/b now"),
        (["--with-text"], "--with-text was not given when the job began and is given now"),
    ]:
        assert said in batch("--resume", tmp_path / "out", *given).stderr


def test_what_was_not_read_and_that_nothing_was_left_to_do_are_said_at_the_end(people: Path, tmp_path: Path) -> None:
    whole, out = batch(people / "签到.txt", "--out", tmp_path / "whole"), tmp_path / "out"
    assert "1 file: 1 processed, 0 failed, 0 skipped | 1 document, 3 characters, " in whole.stderr
    assert "errors.jsonl" not in whole.stderr
    again = batch("--resume", tmp_path / "whole").stderr
    assert "1 document, 3 characters, nothing was left to do\n" in again
    assert "characters/s" not in again
    assert f"what was not read, and why: {out / 'errors.jsonl'}\n" in batch(people, "--out", out).stderr


def test_the_folder_of_another_job_in_the_dump_is_skipped_as_one(people: Path, tmp_path: Path) -> None:
    batch(people, "--out", people / "子" / "out", "--with-text")
    batch(people, "--out", tmp_path / "other")
    (skipped,) = [each for each in lines(tmp_path / "other" / "errors.jsonl") if each["kind"] == "skipped"]
    assert skipped["source"] == "子/out"
    assert "batch job" in str(skipped["reason"])
    assert "minshi batch" in str(skipped["reason_zh"])
    assert not [found for found in findings(tmp_path / "other") if str(found["source"]).startswith("子/out")]
    files = json.loads((tmp_path / "other" / "summary.json").read_text(encoding="utf-8"))["files"]
    assert (files["listed"], files["processed"], files["skipped"]) == (5, 3, 1)
    assert batch("--resume", people / "子" / "out").returncode == 1  # which changes files in there
    assert "nothing was left" in batch("--resume", tmp_path / "other").stderr


def test_what_is_no_job_cannot_be_resumed(people: Path) -> None:
    for path in (people, people / "通知.txt", people / "missing"):
        done = batch("--resume", path)
        assert done.returncode == 2
        assert "no job to resume there" in done.stderr


def test_the_report_holds_no_value_even_where_the_findings_do(people: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    batch(people, "--out", out, "--with-text", "--labels", "HEALTH")
    assert '"Hhh"' in "".join(path.read_text(encoding="utf-8") for path in (out / "findings").iterdir())
    for path in (out / "report.html", *(out / "report").iterdir()):
        text = path.read_text(encoding="utf-8")
        assert "N**" in text
        assert not any(value in text for value in ("Nnn", "Hhh", "13900001234"))
