"""A plan is read as it was written: all of it by who resumes a job, a chunk's files by who tags them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from minshi.batch.folder import is_job
from minshi.batch.plan import Entry, Job, Plan, Settings
from minshi.batch.plan_file import load, load_chunk, load_job, save
from minshi.errors import InputError


@pytest.fixture
def plan() -> Plan:
    names = ["a.txt", "名\n单.csv", "半\ud800.txt", "z" * 300, "末.txt"]
    entries = [Entry(name, size, 10**18 + size, "no regular file" if size == 2 else "") for size, name in enumerate(names)]
    job = Job("/公示", Settings(labels=("NAME",), fields=("applicant",)), "0" * 64, {"minshi": "0.1.0", "lxml": "none"})
    return Plan(job, entries, [(0, 2), (2, 3), (3, 5)])


def test_a_plan_is_read_as_it_was_written(plan: Plan, tmp_path: Path) -> None:
    save(plan, tmp_path)
    assert load(tmp_path) == plan
    assert load_job(tmp_path) == plan.job


def test_a_folder_is_a_job_only_with_all_three_files(plan: Plan, tmp_path: Path) -> None:
    save(plan, tmp_path)
    assert is_job(tmp_path)
    assert not is_job(tmp_path / "missing")
    (tmp_path / "chunks.jsonl").unlink()
    assert not is_job(tmp_path)


def test_each_chunk_is_read_alone_and_in_any_order(plan: Plan, tmp_path: Path) -> None:
    save(plan, tmp_path)
    for index in (2, 0, 1):
        start, end = plan.chunks[index]
        assert load_chunk(tmp_path, index) == plan.entries[start:end]


def test_the_lists_are_json_lines_that_a_person_can_read(plan: Plan, tmp_path: Path) -> None:
    save(plan, tmp_path)
    lines = (tmp_path / "chunks.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)[:2] for line in lines] == [[0, 2], [2, 3], [3, 5]]
    assert json.loads((tmp_path / "files.jsonl").read_text(encoding="utf-8").splitlines()[0]) == ["a.txt", 0, 10**18, ""]
    header = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert (header["root"], header["files"], header["chunks"]) == ("/公示", 5, 3)


@pytest.mark.parametrize("name", ["files.jsonl", "chunks.jsonl"])
def test_a_list_that_was_cut_short_is_said(plan: Plan, tmp_path: Path, name: str) -> None:
    save(plan, tmp_path)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-20])
    with pytest.raises(InputError, match="damaged"):
        load_chunk(tmp_path, 2)
    with pytest.raises(InputError, match="damaged"):
        load(tmp_path)


def test_a_job_of_another_version_is_refused(plan: Plan, tmp_path: Path) -> None:
    save(plan, tmp_path)
    header = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    (tmp_path / "plan.json").write_text(json.dumps({**header, "version": 3}), encoding="utf-8")
    with pytest.raises(InputError, match="another version"):
        load_job(tmp_path)
