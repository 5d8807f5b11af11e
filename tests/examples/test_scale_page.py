"""The job that docs/scale.md starts from Python runs as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "scale.md"


def test_a_job_from_python_says_what_it_found_and_where(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python batch\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "job.py").write_text(code, encoding="utf-8")
    (tmp_path / "dump").mkdir()
    (tmp_path / "dump" / "名单.csv").write_text("姓名,联系电话\n鲁春生,13900001234\n", encoding="utf-8")
    command = [sys.executable, "-X", "utf8", "job.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    counts, record = done.stdout.decode().splitlines()
    assert counts == "1 files, {'NAME': 1, 'PHONE': 1}"
    assert record.startswith("名单.csv [('NAME', 'row=2;field=姓名', '")
    assert "鲁春生" not in record
