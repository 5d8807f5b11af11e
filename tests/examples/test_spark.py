"""The function for Spark gives a row a finding and a row an error; inside a real Spark it gives the same."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from minshi import ConfigError, Tagger
from minshi.masking import mask

TEXT = "申请人鲁春生，家住石桥镇溪口村3组17号，电话13900001234。"
PAGE = Path(__file__).parents[2] / "docs" / "scale.md"
MISSING = next(
    (
        reason
        for reason, is_there in {
            "pyspark is not installed: pip install 'minshi[spark]'": importlib.util.find_spec("pyspark"),
            "Java is not installed, which Spark needs": shutil.which("java"),
        }.items()
        if not is_there
    ),
    "",
)
needs_spark = pytest.mark.skipif(bool(MISSING), reason=MISSING)


@pytest.fixture(scope="module")
def spark() -> Any:
    pytest.importorskip("pandas", reason="pandas is not installed")
    from minshi.integrations import spark

    return spark


def rows(spark: Any, *batches: dict[str, list[object]], **options: object) -> list[dict[str, Any]]:
    import pandas as pd

    frames = list(spark.tag_partitions(map(pd.DataFrame, batches), **options))
    assert all(", ".join(frame.columns) == re.sub(r" \w+(?=,|$)", "", spark.SCHEMA) for frame in frames)
    return [row for frame in frames for row in frame.to_dict("records")]


def test_texts_give_a_row_a_finding_and_a_missing_text_an_error(spark: Any) -> None:
    found = rows(spark, {"id": ["a", 7], "text": [TEXT, None]}, {"id": ["c"], "text": ["公示"]})
    spans = Tagger.load(threads=1).tag(TEXT).spans
    assert len(spans) == 3
    assert [(row["id"], row["label"], row["start"], row["end"], row["error"]) for row in found] == [
        *(("a", span.label, span.start, span.end, None) for span in spans),
        ("7", None, None, None, "no text"),
    ]
    assert [row["masked"] for row in found[:-1]] == [mask(span.label, TEXT[span.start : span.end]) for span in spans]
    assert {row["text"] for row in found} == {None}


def test_paths_are_read_and_what_cannot_be_read_is_a_row(spark: Any, tmp_path: Path) -> None:
    (tmp_path / "名单.csv").write_text("姓名,联系电话\n鲁春生,13900001234\n", encoding="utf-8")
    good, gone = f"file:{tmp_path / '名单.csv'}", str(tmp_path / "gone.txt")
    found = rows(spark, {"path": [good, gone]}, with_text=True)
    assert [(row["source"], row["place"], row["label"], row["text"]) for row in found[:-1]] == [
        (good, "row=2;field=姓名", "NAME", "鲁春生"),
        (good, "row=2;field=联系电话", "PHONE", "13900001234"),
    ]
    assert (found[-1]["source"], found[-1]["label"], found[-1]["error"]) == (gone, None, "No such file or directory")


def test_a_partition_without_rows_gives_a_frame_without_rows(spark: Any) -> None:
    assert rows(spark) == []


def test_other_columns_are_an_error_that_says_which_are_needed(spark: Any) -> None:
    with pytest.raises(ConfigError, match="a column path, or columns id and text"):
        rows(spark, {"body": [TEXT]})


@needs_spark
def test_the_recipe_for_texts_runs_in_spark(tmp_path: Path) -> None:
    (tmp_path / "dump").mkdir()
    for number in range(4):
        record = {"id": f"{number}", "text": f"第{number}号。{TEXT}"}
        (tmp_path / "dump" / f"{number}.jsonl").write_text(json.dumps(record), encoding="utf-8")
    printed = run_in_spark(recipe("texts"), tmp_path)
    assert printed == "[Row(label='ADDRESS', count=4), Row(label='NAME', count=4), Row(label='PHONE', count=4)]\n"
    assert list((tmp_path / "findings").glob("*.parquet"))


@needs_spark
def test_the_recipe_for_paths_runs_in_spark_and_a_bad_file_is_a_row(tmp_path: Path) -> None:
    dump = tmp_path / "公示 dump"
    (dump / "子").mkdir(parents=True)
    (dump / "名单.csv").write_text("姓名,联系电话\n鲁春生,13900001234\n", encoding="utf-8")
    (dump / "子" / "通知.txt").write_text(TEXT, encoding="utf-8")
    (dump / "子" / "坏.docx").write_bytes(b"PK\x03\x04broken")
    code = recipe("paths").replace("file:///mnt/dump", str(dump)).replace("repartition(800)", "repartition(2)")
    rows = "for row in sorted(map(tuple, found.select('source', 'label', 'error').collect()), key=str): print(row)"
    printed = run_in_spark(f"{code}\nfound = spark.read.parquet('findings-of-files')\n{rows}", tmp_path).splitlines()
    assert [(Path(unquote(source)).name, label) for source, label, _ in map(ast.literal_eval, printed)] == [
        ("名单.csv", "NAME"),
        ("名单.csv", "PHONE"),
        ("坏.docx", None),
        ("通知.txt", "ADDRESS"),
        ("通知.txt", "NAME"),
        ("通知.txt", "PHONE"),
    ]
    assert [error is None for _, _, error in map(ast.literal_eval, printed)] == [True, True, False, True, True, True]


def recipe(name: str) -> str:
    (code,) = re.findall(rf"```python spark {name}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return str(code)


def run_in_spark(code: str, folder: Path) -> str:
    """Run a program that starts Spark on this machine, in a folder, and return what it prints."""
    options = "--master local[2] --conf spark.ui.enabled=false --conf spark.sql.shuffle.partitions=2 pyspark-shell"
    paths = os.pathsep.join(str(Path(each).resolve()) for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each)
    environ = {**os.environ, "PYSPARK_SUBMIT_ARGS": options, "SPARK_LOCAL_IP": "127.0.0.1", "PYTHONPATH": paths}
    environ |= {"PYSPARK_PYTHON": sys.executable, "PYTHONUTF8": "1"}
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environ, capture_output=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return done.stdout.decode()
