from __future__ import annotations

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from minshi.cli import app

posix_only = pytest.mark.skipif(os.name != "posix", reason="signals and named pipes of POSIX")
SECRET = "Nnnnn患Hhhhh"  # the toy finds a name and an illness in it


class Cli:
    """Runs the command on the toy model, within this process."""

    def __init__(self, model: Path) -> None:
        self.model = model

    def __call__(self, *arguments: object, stdin: bytes | str = b"", command: str = "tag"):
        threads = ["--threads", "1"] if command == "tag" else []
        words = [command, "--model", str(self.model), *threads, *map(str, arguments)]
        result = CliRunner().invoke(app, words, input=stdin, env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"})
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.stderr
        assert "Nnnnn" not in result.stderr
        return result


def records(output: str | bytes) -> list[dict]:
    return [json.loads(line) for line in output.splitlines()]


def labels_of(record: dict) -> list[str]:
    return [span["label"] for span in record["spans"]]


def complaint(result, code: int) -> str:
    """Return the one line on standard error."""
    assert result.exit_code == code, result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith("minshi: ")
    return line


@pytest.fixture
def cli(toy_bundle) -> Cli:
    return Cli(toy_bundle)


@pytest.fixture
def notice(tmp_path) -> Path:
    path = tmp_path / "公示.txt"
    path.write_text(f"公示：{SECRET}，电话13812345678", encoding="utf-8")
    return path


# --- inputs


def test_a_file_is_tagged_and_nothing_else_is_printed(cli, notice):
    result = cli(notice)
    assert (result.exit_code, result.stderr) == (0, "")
    (record,) = records(result.stdout)
    assert record["id"] == str(notice)
    assert labels_of(record) == ["NAME", "HEALTH", "PHONE"]


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_standard_input_is_read_without_files_and_for_a_dash(arguments, cli):
    result = cli(*arguments, stdin=SECRET.encode())
    assert result.exit_code == 0
    assert [(record["id"], labels_of(record)) for record in records(result.stdout)] == [("-", ["NAME", "HEALTH"])]


def test_standard_input_may_be_gb18030_or_json_lines(cli):
    assert labels_of(*records(cli(stdin="关于Nnn的公示".encode("gb18030")).stdout)) == ["NAME"]
    result = cli("--input-format", "jsonl", stdin='{"id": "甲", "text": "Nnn"}\n{"text": "Aaa"}\n')
    assert [(record["id"], labels_of(record)) for record in records(result.stdout)] == [("甲", ["NAME"]), ("-:2", ["ADDRESS"])]


def test_several_inputs_are_tagged_in_the_order_given(cli, notice, tmp_path):
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"id": "a", "text": "Nnn"}\n{"id": "b", "text": ""}\n', encoding="utf-8")
    result = cli(rows, "-", notice, stdin="没有")
    assert [record["id"] for record in records(result.stdout)] == ["a", "b", "-", str(notice)]


def bad_inputs() -> dict[str, tuple[bytes | None, str]]:
    return {
        "empty": (b"", "empty file"),
        "only a mark": (b"\xef\xbb\xbf", "empty file"),
        "picture": (b"\x89PNG " + SECRET.encode(), "a picture, not plain text"),
        "binary": (bytes(500) + SECRET.encode(), "a binary file"),
        "undecodable": (SECRET.encode() + b"\xff\xff", "neither UTF-8 (byte 13) nor GB18030"),
        "other encoding": ("주민등록번호와 성명 및 주소를".encode("euc-kr") * 3 + b"Nnnnn", "no plausible Chinese"),
        "missing": (None, "no such file"),
    }


@pytest.mark.parametrize("kind", bad_inputs())
def test_an_input_that_cannot_be_read_is_named_and_the_others_are_tagged(kind, cli, notice, tmp_path):
    content, reason = bad_inputs()[kind]
    bad = tmp_path / "bad.txt"
    if content is not None:
        bad.write_bytes(content)
    result = cli(bad, notice)
    line = complaint(result, 1)
    assert f"{bad}: " in line
    assert reason in line
    assert [record["id"] for record in records(result.stdout)] == [str(notice)]


def test_a_directory_is_no_input(cli, tmp_path):
    line = complaint(cli(tmp_path), 1)
    assert f"{tmp_path}: is a directory" in line


def test_empty_standard_input_is_an_error(cli):
    assert "-: empty file" in complaint(cli(stdin=b""), 1)


def test_a_broken_json_line_is_named_and_the_other_lines_are_tagged(cli, tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": "a", "text": "Nnn"}\n{"id": "b", "text": "Nnnnn\n{"id": "c", "text": "Rr"}\n', encoding="utf-8")
    result = cli(path)
    assert f"{path}:2: broken JSON" in complaint(result, 1)
    assert [record["id"] for record in records(result.stdout)] == ["a", "c"]


def test_every_bad_line_and_file_has_its_own_line_of_complaint(cli, tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('Nnnnn\n{"text": 1}\n{"text": "a"}\n', encoding="utf-8")
    missing = tmp_path / "missing.txt"
    result = cli(path, missing)
    assert result.exit_code == 1
    assert [line.split(": ")[1] for line in result.stderr.splitlines()] == [f"{path}:1", f"{path}:2", str(missing)]


def test_an_empty_name_is_said_to_be_one_and_the_others_are_tagged(cli, notice):
    result = cli("", notice)
    assert complaint(result, 1) == 'minshi: "": an empty name is no file; - is standard input'
    assert [record["id"] for record in records(result.stdout)] == [str(notice)]


# --- where findings are


TABLE = "\ufeff序号,姓名,备注\n1,Nnn,无\n2,Nnnn,现患Hhhhh\n"


@pytest.fixture
def table(tmp_path) -> Path:
    path = tmp_path / "名单.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def cell(place: str) -> str:
    """Return what of the table a place names."""
    rows = list(csv.reader(io.StringIO(TABLE.lstrip("\ufeff"))))
    row, field = (part.partition("=")[2] for part in place.split(";"))
    return rows[int(row) - 1][rows[0].index(field)]


def test_offsets_in_a_table_count_inside_the_cell_that_is_named(cli, table):
    (record,) = records(cli(table, "--with-text").stdout)
    assert [(span["place"], span["start"], span["end"], span["label"]) for span in record["spans"]] == [
        ("row=2;field=姓名", 0, 3, "NAME"),
        ("row=3;field=姓名", 0, 4, "NAME"),
        ("row=3;field=备注", 2, 7, "HEALTH"),
    ]
    assert all(cell(span["place"])[span["start"] : span["end"]] == span["text"] for span in record["spans"])


def test_every_format_has_the_places(cli, table):
    (record,) = records(cli(table).stdout)
    rows = list(csv.DictReader(io.StringIO(cli(table, "-f", "csv").stdout)))
    wanted = [(span["place"], span["start"], span["end"]) for span in record["spans"]]
    assert [(row["place"], int(row["start"]), int(row["end"])) for row in rows] == wanted
    assert all(f" {place} " in cli(table, "-f", "pretty").stdout for place, *_ in wanted)


def test_plain_text_and_text_of_json_lines_have_no_place(cli, notice, tmp_path):
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"text": "现有Nnn"}\n', encoding="utf-8")
    spans = [span for record in records(cli(notice, rows).stdout) for span in record["spans"]]
    assert spans
    assert all("place" not in span for span in spans)
    assert (spans[-1]["start"], spans[-1]["end"]) == (2, 5)


def test_records_of_two_inputs_can_be_told_apart_when_their_ids_are_the_same(cli, tmp_path):
    paths = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for path in paths:
        path.write_text('{"id": 0, "text": "Nnn"}\n', encoding="utf-8")
    expected = [("0", str(path)) for path in paths]
    assert [(record["id"], record["source"]) for record in records(cli(*paths).stdout)] == expected
    rows = csv.DictReader(io.StringIO(cli(*paths, "-f", "csv").stdout))
    assert [(row["id"], row["source"]) for row in rows] == expected
    shown = cli(*paths, "-f", "pretty").stdout
    assert all(f"{path}: 0 " in shown for path in paths)


# --- what is kept and how it is written


def test_only_the_wanted_labels_are_kept_in_any_case(cli, notice):
    assert labels_of(*records(cli(notice, "--labels", "phone, NAME").stdout)) == ["NAME", "PHONE"]


def test_only_findings_sure_enough_are_kept(cli, notice):
    assert labels_of(*records(cli(notice, "--min-score", "0.95").stdout)) == ["NAME", "PHONE"]
    assert labels_of(*records(cli(notice, "--min-score", "0.96").stdout)) == ["NAME"]
    assert labels_of(*records(cli(notice, "--min-score", "1").stdout)) == []


@pytest.mark.parametrize("command", ["tag", "batch", "redact"])
@pytest.mark.parametrize("score", ["nan", "-0.1", "1.1"])
def test_a_score_that_is_none_is_a_usage_error_and_nothing_is_written(cli, notice, tmp_path, command, score):
    result = cli(notice, "--output" if command == "tag" else "--out", tmp_path / "out", "--min-score", score, command=command)
    assert result.exit_code == 2, result.output
    assert "--min-score" in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["batch", "redact"])
def test_a_time_that_is_none_is_a_usage_error(cli, notice, tmp_path, command):
    result = cli(notice, "--out", tmp_path / "out", "--file-seconds", "nan", command=command)
    assert (result.exit_code, "--file-seconds" in result.stderr) == (2, True)


def test_the_label_that_may_be_meant_is_named(cli, notice):
    assert "unknown label NAMES (nearest: NAME); known: " in cli(notice, "--labels", "phone,names").stderr


@pytest.mark.parametrize("labels", ["NAME,AGE", "", "NAME,,PHONE", "姓名"])
def test_an_unknown_label_is_a_usage_error_that_lists_the_known(labels, cli, notice):
    result = cli(notice, "--labels", labels)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "unknown label" in result.stderr
    assert "RELIGION" in result.stderr


@pytest.mark.parametrize(
    "arguments", [["--min-score", "1.5"], ["--min-score", "much"], ["--format", "xml"], ["--threads", "0"], ["--no-such-option"]]
)
def test_a_wrong_option_is_a_usage_error(arguments, cli, notice):
    result = cli(notice, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr


def test_the_covered_text_is_written_only_on_request(cli, notice):
    for format in ("jsonl", "csv"):
        assert "Nnnnn" not in cli(notice, "-f", format).stdout
        assert "Nnnnn" in cli(notice, "-f", format, "--with-text").stdout


def test_csv_has_a_row_a_finding(cli, notice):
    rows = list(csv.DictReader(io.StringIO(cli(notice, "-f", "csv").stdout)))
    assert [row["label"] for row in rows] == ["NAME", "HEALTH", "PHONE"]


def test_pretty_shows_text_and_table_in_a_pipe_too(cli, notice):
    result = cli(notice, "-f", "pretty")
    assert (result.exit_code, result.stderr) == (0, "")
    assert SECRET in result.stdout
    assert "\x1b" not in result.stdout


def test_a_lone_surrogate_passes_through_every_format(cli):
    for format in ("jsonl", "csv", "pretty"):
        result = cli("-f", format, "--with-text", "--input-format", "jsonl", stdin='{"id": "\\ud800", "text": "Nn\\udfff"}')
        assert result.exit_code == 0


# --- the output file


def test_the_output_file_holds_what_would_have_been_printed(cli, notice, tmp_path):
    out = tmp_path / "out.jsonl"
    result = cli(notice, "-o", out)
    assert (result.exit_code, result.stdout) == (0, "")
    assert out.read_text(encoding="utf-8") == cli(notice).stdout
    assert result.stderr.splitlines() == [f"1 documents, 3 findings, 0 failed -> {out}"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.jsonl", "公示.txt"]


@pytest.mark.parametrize("format", ["jsonl", "csv", "pretty"])
def test_every_format_can_be_written_to_a_file(format, cli, notice, tmp_path):
    assert cli(notice, "-o", tmp_path / "out", "-f", format).exit_code == 0
    assert "NAME" in (tmp_path / "out").read_text(encoding="utf-8")


def test_an_input_is_never_written_over(cli, notice, tmp_path):
    before = notice.read_bytes()
    link = tmp_path / "link"
    link.symlink_to(notice)
    for output in (notice, link):
        result = cli("missing.txt", notice, "-o", output)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "is one of the inputs" in result.stderr
    assert notice.read_bytes() == before


def test_an_unreadable_input_is_counted_and_the_output_written(cli, notice, tmp_path):
    out = tmp_path / "out.jsonl"
    result = cli(tmp_path / "missing.txt", notice, "-o", out)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == f"1 documents, 3 findings, 1 failed -> {out}"
    assert [record["id"] for record in records(out.read_text(encoding="utf-8"))] == [str(notice)]


@pytest.mark.parametrize("place", ["nowhere/out.jsonl", "公示.txt/out.jsonl", ".", "n" * 300])
def test_an_output_that_cannot_be_written_is_named(place, cli, notice, tmp_path):
    before = sorted(tmp_path.iterdir())
    line = complaint(cli(notice, "-o", tmp_path / place), 2)
    assert f"{tmp_path / place}: cannot be written" in line
    assert sorted(tmp_path.iterdir()) == before


def test_a_failure_leaves_the_old_output_and_nothing_beside_it(cli, notice, tmp_path, monkeypatch):
    out = tmp_path / "out.jsonl"
    out.write_text("old", encoding="utf-8")

    def fail_late(self, items, **options):
        from minshi.errors import MinshiError

        yield next(items)
        raise MinshiError("the model: something is wrong with it")

    monkeypatch.setattr("minshi.tagger.Tagger.tag_many", fail_late)
    assert "something is wrong" in complaint(cli(notice, "-o", out), 2)
    assert out.read_text(encoding="utf-8") == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.jsonl", "公示.txt"]


def test_a_usage_error_leaves_the_old_output(cli, notice, tmp_path):
    out = tmp_path / "out.jsonl"
    out.write_text("old", encoding="utf-8")
    assert cli(notice, "-o", out, "--labels", "AGE").exit_code == 2
    assert out.read_text(encoding="utf-8") == "old"


# --- the model


def damage(change: Callable[[Path], object], toy_bundle: Path, folder: Path) -> Cli:
    shutil.copytree(toy_bundle, folder)
    change(folder)
    return Cli(folder)


@pytest.mark.parametrize("command", ["tag", "labels", "info"])
@pytest.mark.parametrize(
    ("change", "name", "reason"),
    [
        (lambda folder: (folder / "model.onnx").write_bytes(b"x"), "model.onnx", "SHA-256"),
        (lambda folder: (folder / "model.onnx").unlink(), "model.onnx", "No such file"),
        (lambda folder: (folder / "manifest.json").unlink(), "manifest.json", "no such file"),
        (lambda folder: (folder / "manifest.json").write_bytes(b"{"), "manifest.json", "JSON"),
        (shutil.rmtree, "manifest.json", "no such file"),
    ],
    ids=["tampered", "no model", "no manifest", "broken manifest", "no folder"],
)
def test_a_model_that_cannot_be_trusted_is_one_line_and_exit_2(change, name, reason, command, toy_bundle, notice, tmp_path):
    cli = damage(change, toy_bundle, tmp_path / "model")
    result = cli(*([notice] if command == "tag" else []), command=command)
    line = complaint(result, 2)
    assert str(tmp_path / "model" / name) in line
    assert reason in line
    assert result.stdout == ""


def test_bench_needs_a_model_it_can_trust(toy_bundle, notice, tmp_path):
    cli = damage(lambda folder: (folder / "model.onnx").write_bytes(b"x"), toy_bundle, tmp_path / "model")
    assert "SHA-256" in cli(notice, command="bench").stderr


# --- the other commands


def test_labels_are_json_lines_in_a_pipe(cli):
    result = cli(command="labels")
    known = records(result.stdout)
    assert [label["id"] for label in known if label["kind"] == "model"] == ["NAME", "ADDRESS", "FAMILY", "HEALTH", "RELIGION"]
    assert all(label["zh"] and label["definition"] for label in known)


def test_info_names_the_model_and_what_runs_it(cli, toy_bundle):
    rows = dict(line.split(maxsplit=1) for line in cli(command="info").stdout.splitlines() if not line.startswith("model "))
    assert rows["python"] == ".".join(map(str, sys.version_info[:3]))
    assert len(rows["sha256"]) == 64
    assert str(toy_bundle) in cli(command="info").stdout


def test_bench_measures_and_names_what_it_could_not_read(cli, notice, tmp_path):
    result = cli(notice, tmp_path / "missing.txt", "--seconds", "0.1", command="bench")
    assert "missing.txt: no such file" in complaint(result, 1)
    assert "characters/s" in result.stdout


def test_bench_without_any_text_is_an_input_error(cli, tmp_path):
    result = cli(tmp_path / "missing.txt", command="bench")
    assert result.exit_code == 1
    assert "no text to measure on" in result.stderr


def test_the_version_is_that_of_minshi_and_of_the_shipped_model():
    from importlib.metadata import version

    from minshi.bundle import load_bundle

    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"minshi {version('minshi')}, model {load_bundle().name}\n")


@pytest.mark.parametrize("command", [[], ["tag"], ["batch"], ["redact"], ["labels"], ["info"], ["bench"]])
def test_h_is_help(command):
    short, long = (CliRunner().invoke(app, [*command, option]) for option in ("-h", "--help"))
    assert (short.exit_code, short.stdout) == (0, long.stdout)
    assert "Usage" in short.stdout


def test_no_command_shows_the_help():
    result = CliRunner().invoke(app, [])
    assert "Usage" in result.output


# --- as a process of its own


def spawn(model: Path, *arguments: object, **options) -> subprocess.Popen:
    command = [sys.executable, "-m", "minshi", "tag", "--model", str(model), "--threads", "2", *map(str, arguments)]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, **{**pipes, **options})


@posix_only
def test_an_interrupt_gives_130_and_leaves_the_old_output_alone(toy_bundle, notice, tmp_path):
    (tmp_path / "out").mkdir()
    out = tmp_path / "out" / "out.jsonl"
    out.write_text("old", encoding="utf-8")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = spawn(toy_bundle, notice, pipe, "-o", out)  # tags the notice, then waits for what never comes
    writer = os.open(pipe, os.O_WRONLY)
    deadline = time.monotonic() + 60
    while len(list(out.parent.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    os.close(writer)
    assert process.returncode == 130
    assert (stdout, stderr.decode().splitlines()) == (b"", ["minshi: interrupted"])
    assert out.read_text(encoding="utf-8") == "old"
    assert list(out.parent.iterdir()) == [out]


@posix_only
@pytest.mark.parametrize("format", ["jsonl", "csv", "pretty"])
def test_a_reader_that_goes_away_is_no_error(format, toy_bundle, tmp_path):
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"text": "Nnn患Hhhhh"}\n' * 20_000, encoding="utf-8")
    with spawn(toy_bundle, rows, "-f", format, "--labels", "NAME") as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


def closed(redirection: str, *arguments: object) -> tuple[int, list[str]]:
    """Run the command with a standard stream closed; return its status and what is on standard error."""
    command = ["sh", "-c", f'exec "$@" {redirection}', "sh", sys.executable, "-m", "minshi", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=120)
    return done.returncode, done.stderr.decode().splitlines()


@posix_only
@pytest.mark.parametrize("command", ["tag", "labels", "info", "--version"])
def test_a_closed_standard_output_is_one_line(command, toy_bundle, notice):
    arguments = {"--version": []}.get(command, ["--model", toy_bundle]) + ([notice] if command == "tag" else [])
    wanted = (2, ["minshi: cannot write the output (standard output is closed)"])
    assert closed(">&-", command, *arguments) == wanted


@posix_only
def test_what_does_not_write_to_standard_output_works_without(toy_bundle, notice, tmp_path):
    model = ["--model", toy_bundle]
    status, lines = closed(">&-", "tag", *model, notice, "-o", tmp_path / "out.jsonl")
    assert (status, lines) == (0, [f"1 documents, 3 findings, 0 failed -> {tmp_path / 'out.jsonl'}"])
    for command, out in (("redact", tmp_path / "copy.txt"), ("batch", tmp_path / "job")):
        status, lines = closed(">&-", command, *model, notice, "--out", out)
        assert (status, out.exists()) == (0, True), lines
        assert not any("Traceback" in line for line in lines)
    assert SECRET not in (tmp_path / "copy.txt").read_text(encoding="utf-8")


@posix_only
def test_a_closed_standard_input_is_one_line(toy_bundle):
    assert closed("<&-", "tag", "--model", toy_bundle, "-") == (1, ["minshi: -: standard input is closed"])


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_standard_output_is_one_line(toy_bundle, notice):
    wanted = (2, ["minshi: cannot write the output (No space left on device)"])
    assert closed(">/dev/full", "tag", "--model", toy_bundle, notice) == wanted


def test_python_m_minshi_fails_in_one_line_without_traceback(toy_bundle, tmp_path):
    bad = tmp_path / "bad.txt"
    bad.write_bytes(SECRET.encode() + b"\xff\xff")
    stdout, stderr = spawn(toy_bundle, bad).communicate(timeout=60)
    assert stdout == b""
    assert stderr.decode().splitlines() == [
        f"minshi: {bad}: neither UTF-8 (byte 13) nor GB18030 (byte 13); convert it to UTF-8 first"
    ]
