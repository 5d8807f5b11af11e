"""report.html: what a job found, as one page for people. It holds no value that is not masked, and loads nothing.

The page draws itself from JSON that stands in it, and only ever as text: what a file's name or content says is never markup.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from minshi.batch.plan import Plan
from minshi.batch.survey import Row, Survey, read_excerpts
from minshi.labels import LabelInfo
from minshi.masking import printable
from minshi.writers import atomic_file, encoded

MAX_FILES = 20_000
MAX_EXCERPTS = 100_000
_SLOT = re.compile(r"\{\{(\w+)\}\}")
# Inside <script> only these could end it or begin markup; JSON may write any character as an escape.
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def write_report(
    plan: Plan, out: Path, found: Survey, summary: Mapping[str, Any], labels: Sequence[LabelInfo], *, model: str
) -> None:
    """Write report.html into the job's folder.

    Raises:
        InputError: it cannot be written.
    """
    shown = _with_excerpts(out, found.rows)
    page = render(
        {
            "dump": printable(Path(plan.job.root).name),
            "model": model,
            "labels": {label.id: {"zh": label.zh, "law": label.pipl} for label in labels},
            "filter": {"labels": plan.job.settings.labels, "min_score": plan.job.settings.min_score},
            "summary": summary,
            "files": [_columns(row, excerpts) for row, excerpts in shown],
        }
    )
    with atomic_file(out / "report.html") as file:
        file.write(encoded(page))


def render(data: Mapping[str, Any]) -> str:
    """Return the page about `data`."""
    css, js = _asset("report.css"), _asset("report.js")
    slots = {
        "css": css,
        "js": js,
        "policy": f"default-src 'none'; style-src '{_hash(css)}'; script-src '{_hash(js)}'",
        "data": as_script(data),
    }
    return _SLOT.sub(lambda slot: slots[slot[1]], _asset("report.html"))


def as_script(value: Any) -> str:
    """Return JSON that may stand inside a script element.

    >>> as_script("</script>")
    '"\\\\u003c/script\\\\u003e"'
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)


def _with_excerpts(out: Path, rows: Sequence[Row]) -> Iterator[tuple[Row, list[list[Any]]]]:
    """Give the riskiest files their excerpts, as many as the page has room for."""
    room = MAX_EXCERPTS
    for row in rows:
        excerpts = read_excerpts(out, row) if row.tally.findings and room else []
        yield row, excerpts[:room]
        room -= min(room, len(excerpts))


def _columns(row: Row, excerpts: list[list[Any]]) -> list[Any]:
    return [
        printable(row.source),
        row.kind,
        *row.persons.values(),
        sum(row.tally.findings.values()),
        row.tally.documents,
        row.tally.characters,
        row.tally.findings,
        row.tally.persons,
        printable(row.reason_zh),
        excerpts,
    ]


def _asset(name: str) -> str:
    return (resources.files("minshi.batch") / "page" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
