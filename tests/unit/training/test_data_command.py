"""`minshi-train data`: what annotators run on their files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from minshi_train.cli import app

LABELS = str(Path(__file__).parents[3] / "configs/labels.yaml")


def check(path, *lines):
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return CliRunner().invoke(app, ["data", "check", str(path), "--labels", LABELS])


def record(name, text, *spans):
    return {"id": name, "text": text, "spans": [{"start": s, "end": e, "label": label} for s, e, label in spans]}


def test_a_clean_file_passes(tmp_path):
    assert check(tmp_path / "a.jsonl", record("a", "丁一患病", (0, 2, "NAME"))).exit_code == 0


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{broken", "JSONDecodeError"),
        (record("b", "丁一", (0, 9, "NAME")), "leaves the text"),
        (record("b", "丁一患病", (0, 3, "NAME"), (2, 4, "HEALTH")), "overlaps"),
        (record("b", "丁一", (0, 2, "PERSON")), "unknown label"),
        (record("b", "丁一 患病", (0, 3, "NAME")), "white space"),
        (record("b", "丁一，患病", (0, 3, "NAME")), "punctuation"),
        (record("b", "丁一鸣来了，丁一鸣走了", (0, 3, "NAME")), "not marked here"),
        (record("a", "别的"), "the same id as line 1"),
        (record("b", "甲 乙"), "the same text as line 1"),
    ],
)
def test_each_problem_is_named_with_file_and_line(tmp_path, line, reason):
    result = check(tmp_path / "a.jsonl", record("a", "甲乙"), line)
    assert result.exit_code == 1
    assert "a.jsonl:2: " in result.output
    assert reason in result.output


def test_a_file_of_another_encoding_is_refused(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes("丁一".encode("gb18030"))
    result = CliRunner().invoke(app, ["data", "check", str(path), "--labels", LABELS])
    assert result.exit_code == 1
    assert ":1: not UTF-8" in result.output


def test_conversion_refuses_a_bad_file_and_writes_nothing(tmp_path):
    source, target = tmp_path / "a.conll", tmp_path / "new" / "folder" / "out.jsonl"
    source.write_text("丁\tB-NAME\n一\tI-HEALTH\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["data", "convert", str(source), str(target), "--from", "conll"])
    assert result.exit_code == 1
    assert "I-HEALTH" in result.output
    assert not target.exists()
    source.write_text("丁\tB-NAME\n一\tI-NAME\n", encoding="utf-8")
    assert CliRunner().invoke(app, ["data", "convert", str(source), str(target), "--from", "conll"]).exit_code == 0
    assert json.loads(target.read_text(encoding="utf-8"))["spans"] == [{"start": 0, "end": 2, "label": "NAME"}]


@pytest.mark.parametrize(
    ("first", "reason"),
    [('# {"id": ', 'a.conll:1: expected "# " and a JSON object'), ('# {"meta": []}', '"meta" must be an object')],
)
def test_a_damaged_head_of_a_document_is_refused_with_its_line(tmp_path, first, reason):
    source, target = tmp_path / "a.conll", tmp_path / "out.jsonl"
    source.write_text(f"{first}\n丁\tB-NAME\n", encoding="utf-8")
    result = CliRunner(env={"COLUMNS": "300"}).invoke(app, ["data", "convert", str(source), str(target), "--from", "conll"])
    assert result.exit_code == 1
    assert reason in result.output
    assert not target.exists()


def _stats(*paths: Path) -> dict[str, list[str]]:
    lines = CliRunner(env={"COLUMNS": "300"}).invoke(app, ["data", "stats", *map(str, paths)]).output.splitlines()
    rows = ([cell.strip() for cell in line.strip("│┃ ").split("│")] for line in lines)
    return {name: counts for name, *counts in rows if counts}


def test_stats_count_what_files_hold(tmp_path):
    paths = [tmp_path / f"{number}.jsonl" for number in range(9)]
    for path in paths:
        line = record(path.name, f"丁一患病，丁一、{path.stem}", (0, 2, "NAME"), (5, 7, "NAME"))
        path.write_text(json.dumps(line), encoding="utf-8")
    one, two, nine = (_stats(*paths[:count]) for count in (1, 2, 9))
    assert (one["spans NAME"], one["distinct_values NAME"]) == (["2"], ["1"])
    assert (two["spans NAME"], two["distinct_values NAME"]) == (["2", "2", "4"], ["1", "1", "1"])
    assert nine["documents"] == ["9"], "a terminal has no room for a column each"


def test_folds_hold_every_document_once_and_do_not_move_when_others_come(tmp_path):
    def fold(records):
        source, target = tmp_path / "all.jsonl", tmp_path / "folds"
        source.write_text("\n".join(json.dumps(record(name, "丁一患病")) for name in records), encoding="utf-8")
        assert CliRunner().invoke(app, ["data", "folds", str(source), str(target), "-k", "3"]).exit_code == 0
        lines = {number: (target / f"fold-{number}.jsonl").read_text(encoding="utf-8").splitlines() for number in (1, 2, 3)}
        return {json.loads(line)["id"]: number for number, rows in lines.items() for line in rows}

    few, many = fold([f"d{i}" for i in range(60)]), fold([f"d{i}" for i in range(90)])
    assert len(few) == 60
    assert len(many) == 90
    assert {name: many[name] for name in few} == few
    assert set(few.values()) == {1, 2, 3}
