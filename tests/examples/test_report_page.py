"""The report of a batch job in headless Chromium, as a clerk would use it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from minshi.batch.report import render

HOSTILE = "<img src=x onerror=alert(1)><script>alert(1)<!--.txt"


@pytest.fixture
def look(chromium: str, node_modules: Path, tmp_path: Path) -> Any:
    """A function that opens a report and returns what report.mjs saw of it."""

    def see(report: Path) -> dict[str, Any]:
        script = Path(__file__).with_name("report.mjs")
        command = ["node", str(script), chromium, str(report), str(tmp_path / "page.png")]
        environment = {**os.environ, "MINSHI_EXAMPLES": str(node_modules)}
        done = subprocess.run(command, capture_output=True, timeout=120, check=False, env=environment)
        assert done.returncode == 0, done.stderr.decode()[-2000:]
        seen: dict[str, Any] = json.loads(done.stdout)
        assert seen["wrong"] == []
        assert seen["requests"] == [report.as_uri()]
        return seen

    return see


def test_a_report_shows_files_by_risk_and_their_findings_masked(look: Any, tmp_path: Path, toy_bundle: Path) -> None:
    dump, out = tmp_path / "dump", tmp_path / "out"
    dump.mkdir()
    (dump / "联系.txt").write_text("Nnn 电话13900001234", encoding="utf-8")
    (dump / HOSTILE).write_text("</script><script>alert(1)</script>Nnn Hhh <b>\n", encoding="utf-8")
    (dump / "空.txt").touch()
    (dump / "无.txt").write_text("-", encoding="utf-8")
    command = [sys.executable, "-m", "minshi", "batch", dump, "--out", out, "--model", toy_bundle, "--workers", "1"]
    subprocess.run(list(map(str, command)), capture_output=True, check=False)
    seen = look(out / "report.html")
    assert seen["by_risk"] == [HOSTILE, "联系.txt", "空.txt", "无.txt"]
    assert seen["kinds"] == ["高", "中", "读取失败", "无"]
    assert sorted(seen["by_name"]) == sorted(seen["by_risk"])
    assert seen["totals"][:3] == [["文件", "4"], ["高风险文件", "1"], ["涉及人次", "2"]]
    assert seen["charts"] == 3
    assert seen["people"] == ["高 姓名+健康：1 人次"]
    assert len(seen["excerpts"]) == 2
    assert all("N**" in text and "Nnn" not in text and "Hhh" not in text for text in seen["excerpts"])
    assert seen["found"] == [seen["by_name"][0]]
    assert seen["of_first_kind"] == [HOSTILE]


def test_a_page_with_100_000_findings_stays_usable(look: Any, tmp_path: Path) -> None:
    seen = look(_big_report(tmp_path / "report.html"))
    assert len(seen["by_risk"]) == 50
    assert len(seen["excerpts"]) == 50
    assert "前 200 处" in seen["capped"][0]
    assert "20,000" in seen["cut"]
    assert seen["load_ms"] < 10_000
    assert max(seen["open_ms"], seen["filter_ms"]) < 3_000


def _big_report(path: Path) -> Path:
    excerpt = ["sheet=名单;cell=C5", "NAME", "姓名：", "张**", "；家庭住址：石桥镇***；病…", 0.98]
    with_many = [3, 0, 0, 300, 1, 4000, {"NAME": 300}, {"NAME+HEALTH": 3}, "", [excerpt] * 200]
    with_none = [0, 0, 0, 0, 1, 4000, {}, {}, "", []]
    kinds = [("high", with_many)] * 500 + [("none", with_none)] * 19_500
    data = {
        "dump": "大",
        "model": "minshi",
        "labels": {"NAME": {"zh": "姓名", "law": None}, "HEALTH": {"zh": "健康", "law": "医疗健康"}},
        "filter": {"labels": None, "min_score": 0},
        "summary": {
            "files": {"listed": 30_000, "processed": 30_000, "partial": 0, "failed": 0, "skipped": 0},
            "files_by_risk": {"high": 500, "medium": 0, "low": 0, "none": 29_500},
            "documents": 30_000,
            "characters": 120_000_000,
            "findings": {"NAME": 150_000},
            "persons": {"high": 1500, "medium": 0, "low": 0},
            "combinations": [{"labels": ["NAME", "HEALTH"], "risk": "high", "persons": 1500}],
            "point": "balanced",
        },
        "files": [[f"街道/名单{number}.xlsx", kind, *columns] for number, (kind, columns) in enumerate(kinds)],
    }
    path.write_text(render(data), encoding="utf-8")
    return path
