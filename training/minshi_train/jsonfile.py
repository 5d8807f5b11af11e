"""JSON and JSON Lines files, written one way: Chinese as it is, and a file is the old or the new one, whole, at any time."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from minshi.writers import atomic_file


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write `value` to `path`, readable."""
    content = json.dumps(value, ensure_ascii=False, indent=2) + "\n"
    with atomic_file(path) as file:
        file.write(content.encode())


def write_json_lines(path: Path, values: Iterable[dict[str, Any]]) -> None:
    """Write one value a line to `path`."""
    with atomic_file(path) as file:
        for value in values:
            file.write((json.dumps(value, ensure_ascii=False) + "\n").encode())
