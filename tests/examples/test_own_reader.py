"""The reader that docs/readers.md shows works, in `read` and in a batch job, by the module and the line that it says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from minshi.readers import FORMATS, Format

PAGE = (Path(__file__).parents[2] / "docs" / "readers.md").read_text(encoding="utf-8")
SUBTITLES = "1\n00:00:01,000 --> 00:00:02,000\n申请人鲁春生，\n电话13900001234。\n\n2\n00:01:02,000 --> 00:01:03,500\n谢谢。\n"
JOB = """
from pathlib import Path
from minshi.batch import run
from minshi.readers import read

if __name__ == "__main__":
    (doc,) = read("dump/a.srt")
    print([doc.text[anchor.start:anchor.end] + "@" + anchor.place for anchor in doc.anchors])
    print(run("dump", "out", workers=1).total.findings)
"""


def _block(name: str) -> str:
    (block,) = re.findall(rf"```python {re.escape(name)}\n(.*?)```", PAGE, re.DOTALL)
    return block


def test_a_reader_of_ones_own_takes_a_module_and_a_line(tmp_path: Path) -> None:
    (tmp_path / "srt.py").write_text(_block("srt.py"), encoding="utf-8")
    (tmp_path / "job.py").write_text(_block("register") + JOB, encoding="utf-8")
    (tmp_path / "dump").mkdir()
    (tmp_path / "dump" / "a.srt").write_text(SUBTITLES, encoding="utf-8")
    command = [sys.executable, "-X", "utf8", "job.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    read, found = done.stdout.decode().splitlines()
    assert read == "['申请人鲁春生，@time=00:00:01,000', '电话13900001234。@time=00:00:01,000', '谢谢。@time=00:01:02,000']"
    assert found == "{'NAME': 1, 'PHONE': 1}"
    (record,) = map(json.loads, (tmp_path / "out" / "findings" / "part-000000.jsonl").read_text(encoding="utf-8").splitlines())
    assert [(span["place"], span["start"]) for span in record["spans"]] == [("time=00:00:01,000", 3), ("time=00:00:01,000", 2)]


def test_the_line_that_the_page_shows_is_one_of_the_registry() -> None:
    assert eval(f"{{{_block('line')}}}", {"Format": Format}) == {"srt": Format("minshi.readers.srt:read_srt", suffixes=(".srt",))}


def test_the_page_has_a_row_for_every_format() -> None:
    assert set(re.findall(r"^\| `(\w+)`", PAGE, re.MULTILINE)) == set(FORMATS)
    for name, format in FORMATS.items():
        (row,) = re.findall(rf"^\| `{name}` .*", PAGE, re.MULTILINE)
        assert all(suffix in row for suffix in format.suffixes)
