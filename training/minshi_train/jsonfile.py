"""JSON files of a run directory, written one way: readable, Chinese as it is."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from minshi.writers import atomic_file


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write `value` to `path`, which is the old file or the new one whole, whenever the process is killed."""
    content = json.dumps(value, ensure_ascii=False, indent=2) + "\n"
    with atomic_file(path) as file:
        file.write(content.encode())


def write_json_lines(path: Path, values: Iterable[dict[str, Any]]) -> None:
    """Write one value a line to `path`."""
    path.write_text("".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values), encoding="utf-8")
