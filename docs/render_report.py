"""Render docs/report.png: the report of a batch job on a dump of fictional people. Needs Chromium, Node.js and npm.

make examples/javascript/node_modules && python docs/render_report.py
"""

from __future__ import annotations

import csv
import os
import random
import shutil
import subprocess
import tempfile
from pathlib import Path

from minshi.batch import run

_ROOT = Path(__file__).parent.parent
_SURNAMES, _GIVEN = "丁戊鲁韩欧阳方马邹尹柏", ("小蕙", "春生", "玉梅", "大同", "亮", "志远", "桂兰", "建国")
_HEALTH = ("肢体二级", "精神三级", "尿毒症", "听力二级", "先天性心脏病", "无")
_FAMILY = ("离异，独自抚养两个女儿", "丧偶", "独居", "已婚", "孤儿")
_TABLES = {
    "民政/2024年困难残疾人补贴花名册.csv": ("姓名", "残疾类别", "家庭住址", "联系电话"),
    "民政/临时救助公示表.csv": ("姓名", "病情", "家庭情况", "家庭住址"),
    "教育/资助学生名单.csv": ("姓名", "家庭情况", "联系电话"),
    "教育/家长联系表.csv": ("姓名", "联系电话", "家庭住址"),
    "党建/志愿者名单.csv": ("姓名",),
}


def main() -> None:
    """Write the dump, run the job, and look at its report."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("Chromium is not installed")
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder) / "示例文件夹"
        _write_dump(dump)
        run(dump, Path(folder) / "out")
        script = _ROOT / "tests" / "examples" / "report.mjs"
        command = ["node", str(script), chromium, f"{folder}/out/report.html", f"{folder}/report.png"]
        environment = {**os.environ, "MINSHI_EXAMPLES": str(_ROOT / "examples" / "javascript")}
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
        shutil.copy(f"{folder}/report.png", _ROOT / "docs" / "report.png")


def _write_dump(dump: Path) -> None:
    rng = random.Random(3)
    for name, headers in _TABLES.items():
        (dump / name).parent.mkdir(parents=True, exist_ok=True)
        with (dump / name).open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(headers)
            rows.writerows([_value(header, rng) for header in headers] for _ in range(rng.randrange(8, 20)))
    for sample in (_ROOT / "data" / "samples").iterdir():
        shutil.copy(sample, dump)
    (dump / "教育" / "扫描件.docx").write_bytes(b"")


def _value(header: str, rng: random.Random) -> str:
    values = {
        "姓名": rng.choice(_SURNAMES) + rng.choice(_GIVEN),
        "残疾类别": rng.choice(_HEALTH),
        "病情": rng.choice(_HEALTH),
        "家庭情况": rng.choice(_FAMILY),
        "家庭住址": f"石桥镇溪口村{rng.randrange(1, 9)}组{rng.randrange(1, 60)}号",
        "联系电话": f"1390000{rng.randrange(10000):04}",
    }
    return values[header]


if __name__ == "__main__":
    main()
